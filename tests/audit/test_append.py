"""Several appenders at once: indexes without a gap, in commit order, whatever rolls back."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from deploy.migrate import migrate_all, runtime_url
from services.audit.log.append import Received, append
from services.dispatch.facts import CaseWithdrawn
from shared.facts.envelope import read_envelope
from shared.listen.parking import Record
from tests.audit.conftest import minutes
from tests.audit.telling import Letter, Telling
from tests.kit.servers import shared_servers


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url() -> AsyncIterator[str]:
    """An empty database with audit's tables, for its own role."""
    servers = shared_servers()
    admin_url = await servers.fresh_database()
    await migrate_all(admin_url, ["audit"], servers.secrets)
    yield runtime_url(admin_url, "audit", servers.secrets)


def received(letter: Letter) -> Received:
    record = Record(letter.topic, letter.partition, letter.position, letter.key, letter.headers, letter.value)
    return Received.of(read_envelope(letter.headers, letter.value), record)


def letters(source: str, count: int) -> list[Letter]:
    telling = Telling(source, None)  # type: ignore[arg-type]
    facts = [CaseWithdrawn(at=minutes(n), by="somebody", case_id=f"{source}-{n % 7}") for n in range(count)]
    return [telling.write(fact) for fact in facts]


async def append_all(url: str, source: str, chance: random.Random) -> None:
    connection = await asyncpg.connect(url)
    waiting = [received(letter) for letter in letters(source, 300)]
    while waiting:
        batch = waiting[: chance.randint(1, 20)]
        transaction = connection.transaction()
        await transaction.start()
        await append(connection, batch)
        if chance.random() < 0.3:
            await transaction.rollback()
        else:
            await transaction.commit()
            waiting = waiting[len(batch) :]
    await connection.close()


async def fetch(url: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        rows: list[Any] = await connection.fetch(query)
        return rows
    finally:
        await connection.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_appenders_that_roll_back_leave_no_gap_and_no_disorder(url: str, seed: int) -> None:
    names = [f"many{seed}{n}" for n in range(4)]
    await asyncio.gather(*(append_all(url, name, random.Random(f"{name}")) for name in names))
    rows = await fetch(url, "SELECT index, source, position FROM entries ORDER BY index")
    assert [row["index"] for row in rows] == list(range(len(rows)))
    for name in names:
        positions = [row["position"] for row in rows if row["source"] == f"/services/{name}"]
        assert positions == list(range(1, 301))
    for row in await fetch(url, "SELECT highest, count FROM sources"):
        assert (row["highest"], row["count"]) == (300, 300)


async def test_a_batch_with_known_and_new_positions_keeps_only_the_new(url: str) -> None:
    connection = await asyncpg.connect(url)
    first, second, third = (received(letter) for letter in letters("mixed", 3))
    for batch in ([first], [first, second, second, third], [third]):
        async with connection.transaction():
            await append(connection, batch)
    rows = await connection.fetch("SELECT index, position FROM entries WHERE source = '/services/mixed' ORDER BY index")
    everything = await connection.fetch("SELECT index FROM entries ORDER BY index")
    await connection.close()
    assert [row["position"] for row in rows] == [1, 2, 3]
    assert [row["index"] for row in everything] == list(range(len(everything)))
