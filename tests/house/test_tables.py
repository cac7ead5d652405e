"""The migrated schema is the one that the code believes in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

import shared.record
from deploy.migrate import migrate_all, owner_url
from deploy.registry import SERVICES, load_service
from tests.kit.servers import shared_servers

# The tables that every service has stand in shared/record/spine, not in its metadata.
SPINE = {
    *("pending", "log", "sealing", "lanes", "sending", "anchors", "offsets", "marks", "parked", "quarantine"),
    *("idempotency", "reference", "reference_changes", "contents", "alembic_version", "spine_steps"),
}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def migrated() -> str:
    servers = shared_servers()
    admin_url = await servers.fresh_database()
    await migrate_all(admin_url, list(SERVICES), servers.secrets)
    return admin_url


def _differences(connection: Connection, service: str) -> list[object]:
    def ours(name: str | None, kind: str, parents: object) -> bool:
        return kind != "table" or not (name in SPINE or str(name).startswith(("log_p", "entries_")))

    context = MigrationContext.configure(
        connection, opts={"include_name": ours, "compare_type": True, "compare_server_default": False}
    )
    found = compare_metadata(context, load_service(service).metadata)
    # Indexes are the migrations' own: the code does not depend on them.
    return [difference for difference in found if difference[0] != "remove_index"]


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_give_the_tables_of_the_code(migrated: str, service: str) -> None:
    url = owner_url(migrated, service, shared_servers().secrets).replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SET search_path = {service}"))
            assert await connection.run_sync(_differences, service) == []
    finally:
        await engine.dispose()


async def test_migrating_again_changes_nothing(migrated: str) -> None:
    await migrate_all(migrated, list(SERVICES), shared_servers().secrets)


FIRST = Path(str(shared.record.__file__)).parent / "spine" / "0001_begin.sql"
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'police' AND table_name = ANY($1) ORDER BY 1, 2
"""


async def test_a_spine_from_before_its_steps_were_noted_grows_to_that_of_today(migrated: str) -> None:
    """What it holds stays, and is completed."""
    servers = shared_servers()
    url = await servers.fresh_database()
    async with connected(url) as admin:
        await admin.execute("CREATE SCHEMA police AUTHORIZATION lianzhi_police_owner")
        await admin.execute("SET ROLE lianzhi_police_owner")
        await admin.execute("SET search_path = police")
        await admin.execute(FIRST.read_text(encoding="utf-8"))
        await admin.execute("INSERT INTO anchors VALUES ('cases', 3, 17, 40)")
    await migrate_all(url, ["police"], servers.secrets)
    async with connected(url) as grown, connected(migrated) as fresh:
        assert await grown.fetch(COLUMNS, list(SPINE)) == await fresh.fetch(COLUMNS, list(SPINE))
        assert tuple(await grown.fetchrow("SELECT * FROM police.anchors")) == ("cases", 3, 17, 40, 17, 40)
        assert await grown.fetchval("SELECT array_agg(name ORDER BY name) FROM police.spine_steps") == sorted(
            step.name for step in FIRST.parent.glob("*.sql")
        )


async def test_no_service_can_read_anothers_tables(migrated: str) -> None:
    async with connected(migrated) as admin:
        for one in SERVICES:
            for other in SERVICES:
                allowed = await admin.fetchval("SELECT has_schema_privilege($1, $2, 'USAGE')", f"lianzhi_{one}", other)
                assert allowed == (one == other)


async def test_no_runtime_role_owns_anything_or_is_more_than_it_seems(migrated: str) -> None:
    admin = await asyncpg.connect(migrated)
    try:
        rows = await admin.fetch(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid) AS owns FROM pg_roles"
            " WHERE rolname = ANY($1)",
            [f"lianzhi_{name}" for name in SERVICES],
        )
        assert len(rows) == len(SERVICES)
        assert not [row for row in rows if any(tuple(row)[1:])]
    finally:
        await admin.close()
