"""The migrated schema is the one that the code believes in."""

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.migrate import migrate_all, owner_url
from deploy.registry import SERVICES, load_service
from tests.kit.servers import shared_servers

# The tables that every service has stand in shared/record/schema.sql, not in its metadata.
SPINE = {
    *("pending", "log", "sealing", "lanes", "sending", "anchors", "offsets", "marks", "parked", "quarantine"),
    *("idempotency", "reference", "reference_changes", "contents", "alembic_version"),
}


@pytest.fixture(scope="module")
async def migrated() -> str:
    servers = shared_servers()
    admin_url = await servers.fresh_database()
    await migrate_all(admin_url, list(SERVICES), servers.secrets)
    return admin_url


def _differences(connection: Connection, service: str) -> list[object]:
    def ours(name: str | None, kind: str, parents: object) -> bool:
        return kind != "table" or not (name in SPINE or str(name).startswith("log_p"))

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


async def test_no_service_can_read_anothers_tables(migrated: str) -> None:
    admin = await asyncpg.connect(migrated)
    try:
        for one in SERVICES:
            for other in SERVICES:
                allowed = await admin.fetchval("SELECT has_schema_privilege($1, $2, 'USAGE')", f"lianzhi_{one}", other)
                assert allowed == (one == other)
    finally:
        await admin.close()


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
