"""A backup is restored over the audit database: without its copy the log could never go on; with it, it does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from deploy.cli.main import app
from deploy.witness.held import copies
from shared.web.runtime import Runtime
from tests.audit.publishing import Published, publishing

pytestmark = pytest.mark.timeout(180)


@pytest_asyncio.fixture(loop_scope="session")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    async with publishing(tmp_path_factory.mktemp("witness")) as published:
        yield published


async def tables(database: asyncpg.Connection) -> list[str]:
    rows = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'audit' ORDER BY tablename")
    return [row["tablename"] for row in rows if not row["tablename"].startswith(("log_", "entries_"))]


async def back_up(log: Published) -> None:
    """All tables of the schema as of one moment."""
    async with log.world.admin("audit") as database, database.transaction(isolation="repeatable_read"):
        await database.execute("CREATE SCHEMA backup")
        for table in await tables(database):
            await database.execute(f"CREATE TABLE backup.{table} AS TABLE {table}")


async def restore(log: Published) -> None:
    async with log.world.admin("audit") as database, database.transaction():
        await database.execute("SET LOCAL session_replication_role = replica")
        for table in await tables(database):
            await database.execute(f"DELETE FROM {table}")
            columns = await database.fetchval(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped",
                f"audit.{table}",
            )
            await database.execute(
                f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM backup.{table}"
            )


@asynccontextmanager
async def audit_stopped(log: Published) -> AsyncIterator[None]:
    """Its database has no user meanwhile; afterwards it starts as after a restart of the machine."""
    application = log.world.apps["audit"]
    old: Runtime = application.state.runtime
    await old.stop()
    yield
    application.state.runtime = Runtime(old.service, old.settings)
    await application.state.runtime.start()


async def until_copied(log: Published, size: int) -> None:
    async def so() -> bool:
        [held] = copies(log.witness.folder)
        found = held.mirrored()
        return found is not None and found.size >= size

    await log.world.until(so, 15, "the copy has it all")


async def recovered(log: Published, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("ADMIN_DATABASE_URL", log.world.admin_url)
    return await asyncio.to_thread(CliRunner().invoke, app, ["recover", "--witness", str(log.witness.folder)])


async def problem(log: Published) -> str:
    async with log.world.client("audit") as nobody:
        return str((await nobody.get("/readyz")).json()["degraded"])


async def each_once(log: Published) -> None:
    """Every fact of the toy is in the log, and none twice."""
    [told] = await log.world.fetch("toy", "SELECT max(position) AS last FROM log")
    rows = await log.world.fetch(
        "audit", "SELECT count(*) AS all, count(DISTINCT position) AS each FROM entries WHERE source = '/services/toy'"
    )
    assert (rows[0]["all"], rows[0]["each"]) == (told["last"], told["last"])
    [counted] = await log.world.fetch("audit", "SELECT highest, count FROM sources WHERE source = '/services/toy'")
    assert (counted["highest"], counted["count"]) == (told["last"], told["last"])


async def test_a_restored_log_goes_on_after_it_was_brought_back(
    log: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.grown(*[f"before-{n % 9}" for n in range(300)])
    await back_up(log)
    later = await log.grown(*[f"after-{n % 9}" for n in range(400)])
    await until_copied(log, later.size)
    async with audit_stopped(log):
        await restore(log)
        found = await recovered(log, monkeypatch)
        assert found.exit_code == 0, found.output
        assert "now there are" in found.output
    checkpoint = await log.grown("afterwards")
    assert checkpoint.size > later.size
    await each_once(log)
    assert "checkpoint" not in await problem(log)


async def test_a_log_that_went_another_way_is_led_back(log: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody noticed the restored backup at first: audit heard on, in another order, and no witness would sign."""
    await log.grown(*[f"before-{n % 9}" for n in range(300)])
    await back_up(log)
    later = await log.grown(*[f"after-{n % 9}" for n in range(300)])
    await until_copied(log, later.size)
    async with audit_stopped(log):
        await restore(log)
        async with log.world.admin("audit") as database:
            # The last two entries of the backup come again, behind others.
            await database.execute("SET session_replication_role = replica")
            kept = await database.fetchval("SELECT max(index) - 1 FROM entries")
            await database.execute("DELETE FROM entries WHERE index >= $1", kept)
            await database.execute("DELETE FROM tiles WHERE level = 0 AND (number + 1) * 256 > $1", kept)
            await database.execute("UPDATE numbering SET next = $1", kept)
            await database.execute("UPDATE offsets SET next = 0, source = NULL, position = NULL")
    async with log.world.client("toy") as client:
        assert (await client.post("/v1/counters/unseen/add", json={"amount": 1})).status_code == 201

    async def told() -> bool:
        said = await problem(log)
        return "the log is not the one" in said or "the log is shorter" in said

    await log.world.until(told, 20, "readiness tells that the log is another")
    await log.world.settled()
    async with audit_stopped(log):
        found = await recovered(log, monkeypatch)
        assert found.exit_code == 0, found.output
    checkpoint = await log.grown("afterwards")
    assert checkpoint.size > later.size
    await each_once(log)
    assert "checkpoint" not in await problem(log)


async def test_nothing_is_brought_back_under_a_running_service(log: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    await until_copied(log, (await log.grown("running")).size)
    found = await recovered(log, monkeypatch)
    assert (found.exit_code, "stop it first" in found.output) == (1, True), found.output


async def test_a_damaged_copy_brings_nothing_back(log: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    await until_copied(log, (await log.grown(*["damaged"] * 10)).size)
    [held] = copies(log.witness.folder)
    async with audit_stopped(log):
        for file in (held.folder / "mirror" / "tile" / "entries").rglob("*"):
            if file.is_file():
                file.write_bytes(file.read_bytes()[:-1] + b"x")
        found = await recovered(log, monkeypatch)
    assert (found.exit_code, "itself is damaged" in found.output) == (1, True), found.output
