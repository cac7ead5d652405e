"""Each month of receipt is a table of its own; a position is in the log once, whatever month it comes again in."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import services.audit
import shared.record
from deploy.migrate import migrate_all, owner_url, runtime_url
from deploy.replay import check
from services.audit.log import tiles
from services.audit.log.append import append
from services.audit.log.months import cut_back, months
from services.audit.scope import EVERYTHING
from services.audit.views import search
from shared.clocks.zone import DISTRICT_ZONE
from shared.record import migrations
from tests.audit.test_append import letters, received
from tests.kit.servers import shared_servers

MAY = "2031-05-31 23:59:59+08"
JUNE = "2031-06-01 00:00:00+08"


@pytest_asyncio.fixture(loop_scope="session")
async def urls() -> AsyncIterator[tuple[str, str]]:
    """An empty log, for audit's own role and for the superuser."""
    servers = shared_servers()
    admin_url = await servers.fresh_database()
    await migrate_all(admin_url, ["audit"], servers.secrets)
    yield runtime_url(admin_url, "audit", servers.secrets), admin_url


@pytest_asyncio.fixture(loop_scope="session")
async def log(urls: tuple[str, str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls[0])
    yield connection
    await connection.close()


async def it_is(log: asyncpg.Connection, time: str) -> None:
    """The log's time only goes forward, and waits there for the machine's to come up with it."""
    await log.execute("UPDATE numbering SET latest = $1", datetime.fromisoformat(time))


async def add(log: asyncpg.Connection, *batch: Any) -> None:
    async with log.transaction():
        await append(log, [received(letter) for letter in batch])


async def parts(log: asyncpg.Connection) -> list[tuple[str, int, int]]:
    """Each table with its first and last index, and that all in it was received in that month of the district."""
    rows = await log.fetch(
        "SELECT tableoid::regclass::text AS part, min(index) AS first, max(index) AS last,"
        " array_agg(DISTINCT to_char(received_at AT TIME ZONE 'Asia/Shanghai', '\"entries_\"YYYY_MM')) AS months"
        " FROM entries GROUP BY 1 ORDER BY 2"
    )
    assert all(row["months"] == [row["part"]] for row in rows), rows
    return [(row["part"], row["first"], row["last"]) for row in rows]


async def test_a_month_turns_between_two_batches(log: asyncpg.Connection) -> None:
    told = letters("turn", 5)
    await it_is(log, MAY)
    await add(log, *told[:2])
    await it_is(log, JUNE)
    await add(log, *told[2:])
    assert await parts(log) == [("entries_2031_05", 0, 1), ("entries_2031_06", 2, 4)]
    assert [(each.name, each.range) for each in await months(log)] == [("2031-05", (0, 2)), ("2031-06", (2, 5))]


async def test_the_same_positions_in_the_next_month_are_no_entries(log: asyncpg.Connection) -> None:
    told = letters("again", 3)
    await it_is(log, MAY)
    await add(log, *told)
    await it_is(log, JUNE)
    await add(log, *told)
    assert await parts(log) == [("entries_2031_05", 0, 2)]
    assert await log.fetchval("SELECT next FROM numbering") == 3
    await add(log, *told, *letters("more", 1))
    assert await parts(log) == [("entries_2031_05", 0, 2), ("entries_2031_06", 3, 3)]
    assert await log.fetchval("SELECT count(*) FROM conflicts") == 0


async def test_other_bytes_at_a_position_of_last_month_are_kept_as_evidence(log: asyncpg.Connection) -> None:
    await it_is(log, MAY)
    await add(log, *letters("forked", 2))
    await it_is(log, JUNE)
    await add(log, *letters("forked", 3)[::-1])
    assert await parts(log) == [("entries_2031_05", 0, 1), ("entries_2031_06", 2, 2)]
    evidence = await log.fetch("SELECT position FROM conflicts ORDER BY position")
    assert [row["position"] for row in evidence] == [1, 2]
    [alarms] = await log.fetch("SELECT count(*) FROM alarms WHERE kind = 'conflict'")
    assert alarms["count"] == 2


async def test_a_late_position_goes_where_it_is_received(log: asyncpg.Connection) -> None:
    told = letters("late", 4)
    await it_is(log, MAY)
    await add(log, told[0], told[3])
    await it_is(log, JUNE)
    await add(log, told[3], told[1], told[1], told[2], told[0])
    assert await parts(log) == [("entries_2031_05", 0, 1), ("entries_2031_06", 2, 3)]
    rows = await log.fetch("SELECT position FROM entries ORDER BY index")
    assert [row["position"] for row in rows] == [1, 4, 2, 3]


async def test_what_an_abandoned_batch_opened_is_not_there(log: asyncpg.Connection) -> None:
    told = letters("abandoned", 2)
    await it_is(log, MAY)
    await add(log, told[0])
    await it_is(log, JUNE)
    abandoned = log.transaction()
    await abandoned.start()
    await append(log, [received(told[1])])
    assert [each.name for each in await months(log)] == ["2031-05", "2031-06"]
    await abandoned.rollback()
    assert [each.name for each in await months(log)] == ["2031-05"]
    await add(log, told[1])
    assert [each.range for each in await months(log)] == [(0, 1), (1, 2)]


async def test_appenders_at_the_turn_open_one_month(urls: tuple[str, str], log: asyncpg.Connection) -> None:
    await it_is(log, MAY)
    await add(log, *letters("before", 1))

    async def play(name: str) -> None:
        chance, own = random.Random(name), await asyncpg.connect(urls[0])
        waiting = letters(name, 60)
        while waiting:
            batch = waiting[: chance.randint(1, 9)]
            await add(own, *batch)
            waiting = waiting[len(batch) - chance.randint(0, 1) :] if len(batch) > 1 else waiting[1:]
        await own.close()

    async def turn() -> None:
        for time in (JUNE, "2031-07-31 23:00:00+08", "2032-01-01 00:00:00+08"):
            await it_is(log, time)

    await asyncio.gather(*(play(f"racer{number}") for number in range(4)), turn())
    found = await parts(log)
    assert [first for _, first, _ in found[1:]] == [last + 1 for _, _, last in found[:-1]]
    assert found[0][0] == "entries_2031_05"
    assert [each.month for each in await months(log)] == sorted({each.month for each in await months(log)})
    rows = await log.fetch("SELECT index, source, position FROM entries ORDER BY index")
    assert [row["index"] for row in rows] == list(range(241))
    assert len({(row["source"], row["position"]) for row in rows}) == 241


async def test_who_reads_for_long_holds_up_the_turn_and_nothing_is_lost(
    urls: tuple[str, str], log: asyncpg.Connection
) -> None:
    told = letters("waiting", 2)
    await it_is(log, MAY)
    await add(log, told[0])
    await it_is(log, JUNE)
    reader = await asyncpg.connect(urls[0])
    async with reader.transaction():
        assert await reader.fetchval("SELECT count(*) FROM entries") == 1
        with pytest.raises(asyncpg.LockNotAvailableError):
            await add(log, told[1])
    await add(log, told[1])
    assert [each.name for each in await months(log)] == ["2031-05", "2031-06"]
    await reader.close()


async def test_proofs_and_recounts_go_across_months(urls: tuple[str, str], log: asyncpg.Connection) -> None:
    for number, time in enumerate((MAY, JUNE, "2031-07-15 12:00:00+08")):
        await it_is(log, time)
        await add(log, *letters(f"long{number}", 300))
    leaves = [row["leaf"] for row in await log.fetch("SELECT leaf FROM entries ORDER BY index")]
    assert await tiles.root(log, 900) == tiles.merkle.root_of(leaves)
    report = await check(urls[1], ["audit"], reference=False)
    assert [each for each in report.differences if each.table in ("numbering", "sources", "tiles")] == []


@pytest.mark.parametrize("statement", ["UPDATE {} SET value = ''", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
async def test_no_month_can_be_altered(urls: tuple[str, str], log: asyncpg.Connection, statement: str) -> None:
    """By audit's own role it is not allowed; its owner is stopped by the triggers, of closed months too."""
    for number, time in enumerate((MAY, JUNE)):
        await it_is(log, time)
        await add(log, *letters(f"kept{number}", 1))
    owner = await asyncpg.connect(owner_url(urls[1], "audit", shared_servers().secrets))
    for part in ("entries", "entries_2031_05", "entries_2031_06"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await log.execute(statement.format(part))
        if not statement.startswith("DROP"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await owner.execute(statement.format(part))
    await owner.close()


@pytest.mark.parametrize(
    ("size", "left"),
    [(0, []), (1, ["2031-05"]), (2, ["2031-05"]), (3, ["2031-05", "2031-06"]), (6, ["2031-05", "2031-06", "2031-07"])],
)
async def test_a_log_that_is_cut_back_goes_on_in_its_last_month(
    urls: tuple[str, str], log: asyncpg.Connection, size: int, left: list[str]
) -> None:
    """As `lianzhi recover` cuts it: what comes then is received now, in a month that opens behind what is left."""
    for number, time in enumerate((MAY, JUNE, "2031-07-15 12:00:00+08")):
        await it_is(log, time)
        await add(log, *letters(f"cut{number}", 2))
    admin = await asyncpg.connect(urls[1], server_settings={"search_path": "audit"})
    await admin.execute("SET session_replication_role = replica")
    async with admin.transaction():
        await cut_back(admin, size)
    await admin.close()
    assert [each.name for each in await months(log)] == left
    assert await log.fetchval("SELECT count(*) FROM entries") == size
    await it_is(log, "2031-08-01 00:00:00+08")
    await add(log, *letters("after", 3))
    assert [each.range for each in await months(log)][-1] == (size, size + 3)
    assert (await parts(log))[-1] == ("entries_2031_08", size, size + 2)


@pytest.mark.parametrize(("opened", "beginning"), [(date(2031, 5, 1), 9), (date(2031, 4, 1), 9), (date(2031, 6, 1), 0)])
async def test_no_month_opens_within_another(log: asyncpg.Connection, opened: date, beginning: int) -> None:
    await it_is(log, MAY)
    await add(log, *letters("once", 3))
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await log.execute("SELECT open_month($1, $2)", opened, beginning)


async def test_a_search_reads_the_newest_months_first(log: asyncpg.Connection) -> None:
    for number, time in enumerate((MAY, JUNE, "2031-07-15 12:00:00+08")):
        await it_is(log, time)
        await add(log, *letters(f"newest{number}", 40))
    found = await search(log, EVERYTHING, {}, 85, 10)
    assert [row["index"] for row in found] == list(range(84, 74, -1))


AT_0005 = """
INSERT INTO entries (index, source, position, topic, partition, "offset", lane, sequence, id, type, key, time, actor,
                     aggregate, aggregate_id, version, correlation, headers, value, received_at, leaf)
SELECT number, '/services/old', number + 1, 'cases', 0, number, 0, number + 1, 'id' || number, 'lianzhi.old.fact.v1',
       'key', at, 'somebody', 'case', 'key', number + 1, 'key', '[]', '{}', at, sha256(number::text::bytea)
FROM (SELECT n AS number, timestamptz '2030-11-20 00:00:00+08' + n * interval '1 day' AS at
      FROM generate_series(0, 99) n) told;
UPDATE entries SET received_at = '2030-11-30 23:59:59+08' WHERE index = 12;
UPDATE numbering SET next = 100;
"""


def _migrate(connection: Connection, version: str) -> None:
    migrations._grow_spine(connection)
    config = Config()
    config.set_main_option("script_location", str(Path(str(shared.record.__file__)).parent / "alembic"))
    config.set_main_option("version_locations", str(Path(str(services.audit.__file__)).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


async def test_a_log_from_before_is_divided_where_it_lies() -> None:
    """One entry came a second late over midnight: it stays where the order of the log has it."""
    servers = shared_servers()
    admin_url = await servers.fresh_database()
    await migrate_all(admin_url, [], servers.secrets)
    admin = await asyncpg.connect(admin_url)
    await admin.execute("CREATE SCHEMA audit")
    url = admin_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, connect_args={"server_settings": {"search_path": "audit"}})
    async with engine.begin() as connection:
        await connection.run_sync(_migrate, "0005")
    await admin.execute("SET search_path = audit; SET session_replication_role = replica")
    await admin.execute(AT_0005)
    before = await admin.fetch("SELECT * FROM entries ORDER BY index")
    async with engine.begin() as connection:
        await connection.run_sync(_migrate, "head")
    await engine.dispose()
    after = await admin.fetch("SELECT * FROM entries ORDER BY index")
    assert [dict(row) for row in after] == [dict(row) for row in before]
    found = [(each.name, each.range) for each in await months(admin)]
    assert found[:2] == [("2030-11", (0, 11)), ("2030-12", (11, 42))]
    assert found[-1] == ("2031-02", (73, 100))
    assert (await admin.fetchval("SELECT latest FROM numbering")).astimezone(DISTRICT_ZONE).month == 2
    await admin.close()
