"""Whoever follows the log leaves one access an hour, with as many rows as they took; nothing is lost when they stop."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio

from services.audit.log.following import tell_what_is_over
from services.dispatch.facts import CaseWithdrawn
from tests.audit.conftest import minutes
from tests.audit.telling import Telling, telling
from tests.kit.world import World

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(world: World) -> AsyncIterator[Telling]:
    """Ten facts of one source."""
    async with telling(world.servers.bootstrap, "followed") as source:
        await source.tell(*[CaseWithdrawn(at=minutes(n), by="somebody", case_id=f"followed-{n}") for n in range(10)])

        async def received() -> bool:
            (row,) = await world.fetch("audit", "SELECT count(*) AS n FROM entries WHERE source = $1", source.source)
            return bool(row["n"] == 10)

        await world.until(received)
        yield source


@pytest.fixture
def clock(world: World, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The service's clock, which the test sets. Each test has a day of its own."""
    now = [world.runtime("audit").now()]
    monkeypatch.setattr(world.runtime("audit"), "now", lambda: now[0])
    return now


async def poll(world: World, source: Telling, after: int, limit: int = 3, **query: Any) -> int:
    """The last index given, or what was asked from where there is nothing more."""
    params = {"source": source.source, "after": after, "limit": limit, **query}
    async with world.client("audit", "audit.yan") as auditor:
        answer = await auditor.get("/v1/log", params=params)
    assert answer.status_code == 200, answer.text
    lines = answer.text.splitlines()
    return int(lines[-1].partition('"index":')[2].partition(",")[0]) if lines else after


async def accesses(world: World, since: datetime) -> list[int]:
    """Rows of each export of the log told since then, as they were recorded."""
    rows = await world.fetch(
        "audit",
        "SELECT attributes::jsonb ->> 'time' AS time, convert_from(data, 'UTF8')::jsonb AS told FROM ("
        " SELECT 0 AS sealed, id AS place, attributes, data, type FROM pending"
        " UNION ALL SELECT -1, position, attributes, data, type FROM log) AS facts"
        " WHERE type LIKE 'lianzhi.audit.export-made.%' ORDER BY sealed, place",
    )
    told = [(datetime.fromisoformat(row["time"]), orjson.loads(row["told"])) for row in rows]
    return [each["rows"] for at, each in told if at >= since and each["of"] == "log"]


async def test_reading_on_is_one_access_an_hour_with_an_honest_count(
    world: World, told: Telling, clock: list[datetime]
) -> None:
    clock[0] += timedelta(days=1)
    begun, place = clock[0], -1
    for _ in range(3):
        place = await poll(world, told, place)
        clock[0] += timedelta(minutes=1)
    assert await accesses(world, begun) == [3], "what is taken meanwhile is told within the hour"
    clock[0] = begun + HOUR - timedelta(microseconds=1)
    place = await poll(world, told, place)
    assert await accesses(world, begun) == [3]
    clock[0] = begun + HOUR
    await poll(world, told, place)
    assert await accesses(world, begun) == [3, 3 + 3 + 1 + 0]


async def test_who_stops_is_told_of_for_them(world: World, told: Telling, clock: list[datetime]) -> None:
    clock[0] += timedelta(days=2)
    begun = clock[0]
    place = await poll(world, told, -1)
    await poll(world, told, place, limit=2)
    audit = world.runtime("audit")
    await tell_what_is_over(audit, begun + HOUR - timedelta(microseconds=1))
    assert await accesses(world, begun) == [3]
    await tell_what_is_over(audit, begun + HOUR)
    await tell_what_is_over(audit, begun + HOUR)
    assert await accesses(world, begun) == [3, 2]
    [last] = await world.fetch(
        "audit",
        "SELECT attributes::jsonb ->> 'actor' AS by, attributes::jsonb ->> 'department' AS office FROM ("
        " SELECT attributes, type, 1 AS sealed, id AS place FROM pending"
        " UNION ALL SELECT attributes, type, 0, position FROM log) AS facts"
        " WHERE type LIKE 'lianzhi.audit.export-made.%' ORDER BY sealed DESC, place DESC LIMIT 1",
    )
    assert (last["by"], last["office"]) == ("audit.yan", "political_legal_committee")
    assert await world.fetch("audit", "SELECT * FROM followings WHERE since >= $1", begun) == []


async def test_another_filter_or_the_same_rows_again_are_other_accesses(
    world: World, told: Telling, clock: list[datetime]
) -> None:
    clock[0] += timedelta(days=3)
    begun = clock[0]
    place = await poll(world, told, -1)
    await poll(world, told, place, type="lianzhi.dispatch.case-withdrawn.v1")
    assert await accesses(world, begun) == [3, 3]
    await poll(world, told, place)
    await poll(world, told, -1, limit=10)
    assert await accesses(world, begun) == [3, 3, 10 + 3]


async def test_what_cannot_be_counted_is_not_given(world: World, told: Telling, clock: list[datetime]) -> None:
    clock[0] += timedelta(days=4)
    place = await poll(world, told, -1)
    async with world.admin("audit") as administrator:
        await administrator.execute(
            "CREATE FUNCTION no_counting() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END $$;"
            "CREATE TRIGGER no_counting BEFORE UPDATE ON followings FOR EACH ROW EXECUTE FUNCTION no_counting()"
        )
        try:
            async with world.client("audit", "audit.yan") as auditor:
                answer = await auditor.get("/v1/log", params={"source": told.source, "after": place})
            assert (answer.status_code, "followed-" in answer.text) == (503, False)
        finally:
            await administrator.execute("DROP TRIGGER no_counting ON followings")
