"""Receipt numbers as those who file them see them: from 1 each day, without jumps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.embedded import keyring
from deploy.embedded.ports import free_ports
from deploy.embedded.postgres import Postgres
from deploy.migrate import migrate_all, owner_url, runtime_url
from services.intake.api.codes import SMALLEST, Numbers, give_back_at_the_end
from shared.record.database import Database
from tests.kit.servers import shared_servers

DAY = datetime(2021, 3, 5, 4, tzinfo=UTC)


def running(receipt_no: str) -> int:
    return int(receipt_no.split("-")[1])


@asynccontextmanager
async def office(url: str) -> AsyncIterator[Any]:
    """A runtime as far as numbers need one."""
    database = Database(url)
    runtime = SimpleNamespace(database=database)
    numbers = Numbers(runtime)  # type: ignore[arg-type]
    runtime.extra = lambda kind: numbers
    runtime.take = numbers.take
    try:
        yield runtime
    finally:
        await database.close()


@pytest.fixture
async def url() -> str:
    servers = shared_servers()
    admin_url = await servers.fresh_database()
    await migrate_all(admin_url, ["intake"], servers.secrets)
    return runtime_url(admin_url, "intake", servers.secrets)


async def test_numbers_begin_at_one_each_day(url: str) -> None:
    async with office(url) as intake:
        first = [await intake.take(DAY) for _ in range(3)]
        assert [number[:13] for number in first] == ["210305-000001", "210305-000002", "210305-000003"]
        assert running(await intake.take(DAY + timedelta(days=1))) == 1
        assert running(await intake.take(DAY)) == 4
        # Midnight is the district's.
        assert (await intake.take(datetime(2021, 3, 6, 16, tzinfo=UTC))).startswith("210307-000001-")


async def test_nobody_gets_a_number_twice_however_many_ask_at_once(url: str) -> None:
    async with office(url) as one, office(url) as other:
        taken = await asyncio.gather(*(intake.take(DAY) for _ in range(500) for intake in (one, other)))
    assert len(set(taken)) == 1000
    assert max(map(running, taken)) <= 1000 + 2 * 640


async def test_a_clean_stop_gives_back_what_is_left(url: str) -> None:
    for expected in (1, 2, 3):
        async with office(url) as intake:
            ending = asyncio.create_task(give_back_at_the_end(intake))
            assert running(await intake.take(DAY)) == expected
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)


async def test_what_another_has_taken_behind_is_not_given_back(url: str) -> None:
    async with office(url) as one, office(url) as other:
        taken = [await one.take(DAY), await other.take(DAY)]
        await one.extra(Numbers).give_back()
        taken += [await one.take(DAY), await other.take(DAY)]
    assert len(set(taken)) == 4


async def test_a_killed_postgres_makes_no_jump(tmp_path: Path) -> None:
    secrets = keyring.load(tmp_path / "secrets.json", ["intake"])
    postgres = Postgres(tmp_path, free_ports(1)[0], secrets[keyring.SUPERUSER])
    try:
        await asyncio.to_thread(postgres.start)
        await migrate_all(postgres.url(), ["intake"], secrets)
        highest = 0
        for _ in range(3):
            async with office(runtime_url(postgres.url(), "intake", secrets)) as intake:
                number = running(await intake.take(DAY))
                assert highest < number <= highest + 1 + SMALLEST
                highest = number
            await asyncio.to_thread(postgres.kill)
            await asyncio.to_thread(postgres.start)
    finally:
        await asyncio.to_thread(postgres.stop)


async def test_a_day_that_has_begun_under_the_old_way_goes_on_behind_its_numbers(url: str) -> None:
    owner = owner_url(url, "intake", shared_servers().secrets)
    engine = create_async_engine(owner.replace("postgresql://", "postgresql+asyncpg://", 1))
    receipt = text("INSERT INTO receipts (receipt_no, report_id, salt, digest) VALUES (:no, :no, '', '')")
    try:
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE receipt_numbers"))
            await connection.execute(text("CREATE SEQUENCE receipt_blocks INCREMENT BY 1000"))
            for number in ("210305-033001-2", "210305-000266-1", "210304-000007-1"):
                await connection.execute(receipt, {"no": number})
            await connection.run_sync(migrated)
            await connection.execute(text("GRANT ALL ON receipt_numbers TO lianzhi_intake"))
    finally:
        await engine.dispose()
    async with office(url) as intake:
        assert running(await intake.take(DAY)) == 33002
        assert running(await intake.take(DAY - timedelta(days=1))) == 8


def migrated(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        import_module("services.intake.migrations.0002_receipt_numbers").upgrade()
