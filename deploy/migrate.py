"""Roles, schemas and migrations, under a lock: per service an owner that migrates, and a role that owns nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from shared.record.migrations import upgrade
from shared.record.rights import APPEND_ONLY

_LOCK = 0x6C7A4D16
_GRANTS = """
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role};
"""
_TABLES = """
SELECT relname AS name, relispartition OR relname IN ('alembic_version', 'spine_steps') AS hidden
FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p')
"""


def migrate(admin_url: str, names: Sequence[str], secrets: Mapping[str, str]) -> None:
    """`secrets`: `db:<name>` and `owner:<name>` passwords. Safe to run at every start and by several at once."""
    asyncio.run(migrate_all(admin_url, names, secrets))


async def migrate_all(admin_url: str, names: Sequence[str], secrets: Mapping[str, str], home: str = "services") -> None:
    """`home`: the package that the services' packages are in."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for name in names:
            await _roles(admin, name, secrets)
            await _tables(owner_url(admin_url, name, secrets), f"{home}.{name}")
            await _grants(admin, name)
    finally:
        await admin.close()


def owner_url(admin_url: str, name: str, secrets: Mapping[str, str]) -> str:
    return _with_user(admin_url, f"lianzhi_{name}_owner", secrets[f"owner:{name}"])


def runtime_url(admin_url: str, name: str, secrets: Mapping[str, str]) -> str:
    return _with_user(admin_url, f"lianzhi_{name}", secrets[f"db:{name}"])


async def _roles(admin: asyncpg.Connection, name: str, secrets: Mapping[str, str]) -> None:
    for role, secret in ((f"lianzhi_{name}_owner", f"owner:{name}"), (f"lianzhi_{name}", f"db:{name}")):
        known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        verb = "ALTER" if known else "CREATE"
        password = secrets[secret].replace("'", "''")
        await admin.execute(
            f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{password}'"
        )
        await admin.execute(f"ALTER ROLE {role} SET search_path = {name}")
    await admin.execute(f"GRANT lianzhi_{name}_owner TO CURRENT_USER")
    await admin.execute(f"CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION lianzhi_{name}_owner")


async def _tables(url: str, package_name: str) -> None:
    package = import_module(package_name)
    versions = Path(str(package.__file__)).parent / "migrations"
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, versions)
    finally:
        await engine.dispose()


async def _grants(admin: asyncpg.Connection, name: str) -> None:
    """What goes through `log` needs no right on its parts. In one transaction: a service that runs notices nothing."""
    role = f"lianzhi_{name}"
    async with admin.transaction():
        await admin.execute(_GRANTS.format(schema=name, role=role))
        for table in await admin.fetch(_TABLES, name):
            about = f"ON {name}.{table['name']}"
            await admin.execute(f"REVOKE ALL {about} FROM {role}")
            if not table["hidden"]:
                changes = "" if table["name"] in APPEND_ONLY else ", UPDATE, DELETE"
                await admin.execute(f"GRANT SELECT, INSERT{changes} {about} TO {role}")


def _with_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))
