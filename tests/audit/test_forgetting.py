"""What only tells whether reading goes on is forgotten when it is of no use; its facts stay, and nothing looks lost."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest_asyncio

from deploy.replay import check
from services.audit.tables import CERTIFICATE, EXPORT, OPENING
from services.dispatch.facts import CaseWithdrawn
from shared.accesses.recording import OF_USE
from shared.record.completeness import differing
from shared.record.forgetting import forget
from tests.audit.conftest import minutes
from tests.audit.telling import telling
from tests.kit.world import World

INSTANT = timedelta(microseconds=1)
ID = "forgotten:audit.yan"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def read(world: World) -> AsyncIterator[World]:
    """A case that somebody can open."""
    async with telling(world.servers.bootstrap, "forgetting") as source:
        await source.tell(CaseWithdrawn(at=minutes(0), by="somebody", case_id="forgotten"))

        async def received() -> bool:
            return bool(await world.fetch("audit", "SELECT 1 FROM entries WHERE source = $1", source.source))

        await world.until(received)
        yield world


async def open_it(world: World, what: str = "history") -> datetime:
    """When it was, by the fact."""
    async with world.client("audit", "audit.yan") as auditor:
        assert (await auditor.get(f"/v1/cases/forgotten/{what}")).status_code == 200
        assert (await auditor.get("/v1/facts")).status_code == 200
    await world.settled()
    [last] = await world.fetch(
        "audit",
        "SELECT attributes::jsonb ->> 'time' AS at FROM log WHERE aggregate_id = $1 ORDER BY version DESC LIMIT 1",
        ID,
    )
    return datetime.fromisoformat(last["at"])


async def versions(world: World) -> list[int]:
    """Of the row, if there is one."""
    return [row["version"] for row in await world.fetch("audit", "SELECT version FROM openings WHERE id = $1", ID)]


async def forget_by(world: World, now: datetime) -> None:
    await forget(world.runtime("audit").database, (OPENING, EXPORT, CERTIFICATE), now)


async def test_an_hour_after_its_last_fact_a_row_goes_and_its_facts_stay(read: World) -> None:
    at = await open_it(read)
    await forget_by(read, at + OF_USE - INSTANT)
    [version] = await versions(read)
    await forget_by(read, at + OF_USE)
    assert await versions(read) == []
    facts = await read.fetch("audit", "SELECT version FROM log WHERE aggregate_id = $1 ORDER BY version", ID)
    assert [row["version"] for row in facts] == list(range(1, version + 1))
    assert await differing(read.runtime("audit").database, (OPENING, EXPORT)) == {}


async def test_what_begins_again_goes_on_from_its_last_fact(read: World) -> None:
    at = await open_it(read, "film")
    [before] = await versions(read)
    await forget_by(read, at + OF_USE)
    await open_it(read, "state")
    assert await versions(read) == [before + 1]
    await open_it(read, "causes")
    assert await versions(read) == [before + 2]
    assert await differing(read.runtime("audit").database, (OPENING, EXPORT)) == {}


async def test_a_row_whose_fact_is_not_sealed_yet_stays(read: World) -> None:
    """Or its version could not be had again."""
    at = await open_it(read, "differences?from=2021-01-01T00:00:00Z")
    async with read.admin("audit") as database:
        await database.execute("UPDATE openings SET version = version + 1 WHERE id = $1", ID)
        await forget_by(read, at + OF_USE)
        assert len(await versions(read)) == 1
        await database.execute("UPDATE openings SET version = version - 1 WHERE id = $1", ID)


async def test_a_rebuild_from_the_log_misses_no_row_that_was_forgotten(read: World) -> None:
    """But whatever else lacks its row is told."""
    at = await open_it(read)
    await forget_by(read, at + OF_USE)
    report = await check(read.admin_url, ["audit"], patience=10)
    # The district was put into its copy here, not told.
    assert [each for each in report.differences if each.table != "reference"] == []
    assert CERTIFICATE.passing is None
