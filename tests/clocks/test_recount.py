"""A year's notice arrives at a running centre: every clock that waited for it is counted again, once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.registry import load_service
from deploy.replay import check
from services.directory import facts as directory
from services.dispatch import recount
from shared.web.runtime import Runtime
from shared.world.world import set_clock
from tests.dispatch.conftest import Centre
from tests.kit.voice import Voice
from tests.kit.world import running

pytestmark = pytest.mark.asyncio(loop_scope="session")
MONDAY = datetime(2030, 2, 4, 1, tzinfo=UTC)
"""No notice for 2030 is known: two working days after it, and Thursday is too late."""
Says = Callable[..., Awaitable[None]]


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock") / "clock.json"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(clock_file: Path) -> AsyncIterator[Centre]:
    """A world of its own: what a notice says stays."""
    set_clock(clock_file, MONDAY)
    async with running("intake", "dispatch", "petition", "audit", clock_file=clock_file) as world:
        yield Centre(world)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def says(centre: Centre) -> AsyncIterator[Says]:
    """The directory's word on which days of February 2030 are off, in its `version`."""
    async with Voice(centre.world.servers.bootstrap, "directory") as voice:

        async def say(version: int, *off: int) -> None:
            days = tuple(date(2030, 2, day) for day in off)
            about = {"code": "2030", "source_zh": "通知", "source_en": "Notice", "valid_from": date(2030, 1, version)}
            fact = directory.HolidaysChanged(at=MONDAY, by="admin.ran", by_department=None, days_off=days, **about)
            await voice.send(voice.write(fact, "entry", "holidays:2030"))

        yield say


async def _all_sent(centre: Centre) -> bool:
    query = "SELECT NOT EXISTS (SELECT FROM pending) AND s.position = t.position AS so FROM sealing s, sending t"
    [row] = await centre.world.fetch("dispatch", query)
    return bool(row["so"])


async def _clock(centre: Centre, case_id: str) -> dict[str, Any]:
    """That of acceptance."""
    case = await centre.case(case_id)
    return dict(next(clock for clock in case["clocks"] if clock["deadline"]["rule"] == "handoff_acceptance"))


async def _recounted(centre: Centre) -> list[str]:
    query = "convert_from(data, 'UTF8')::jsonb ->> 'clock_id' AS clock FROM {} WHERE type LIKE '%clock-recounted%'"
    told = " UNION ALL ".join(f"SELECT {query.format(table)}" for table in ("log", "pending"))
    return [row["clock"] for row in await centre.world.fetch("dispatch", told)]


@asynccontextmanager
async def another_replica(centre: Centre) -> AsyncIterator[Runtime]:
    second = Runtime(load_service("dispatch"), centre.world.runtime("dispatch").settings)
    await second.start()
    try:
        yield second
    finally:
        await second.stop()


async def test_a_notice_moves_each_clock_that_waited_for_it_once_whoever_hears_it(
    centre: Centre, says: Says, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recount, "BATCH", 3)
    cases = [(await centre.a_case())["case_id"] for _ in range(8)]
    before = await _clock(centre, cases[0])
    assert (before["deadline"]["provisional"], before["deadline"]["due_at"]) == (True, "2030-02-07T00:00:00+08:00")
    listed = await centre.sees("dispatch.cheng", "clocks?limit=500")
    assert {row["provisional"] for row in listed["items"] if row["case_id"] in cases} == {True}
    async with another_replica(centre):
        await says(1, 5, 6)

        async def all_moved() -> bool:
            clocks = [await _clock(centre, case) for case in cases]
            return all(clock["deadline"]["due_at"] == "2030-02-09T00:00:00+08:00" for clock in clocks)

        await centre.world.until(all_moved, 20)
    listed = await centre.sees("dispatch.cheng", "clocks?limit=500")
    assert {row["provisional"] for row in listed["items"] if row["case_id"] in cases} == {False}
    told = await _recounted(centre)
    assert len(told) == len(set(told)) >= len(cases), "each once, by whichever replica"
    await asyncio.gather(*(recount.recount(centre.world.runtime("dispatch")) for _ in range(3)))
    assert await _recounted(centre) == told


async def test_a_correction_heard_while_dispatch_was_down_is_made_good_when_it_starts(centre: Centre, says: Says):
    case = (await centre.a_case())["case_id"]
    was = (await _clock(centre, case))["deadline"]["due_at"]
    assert was == "2030-02-09T00:00:00+08:00", "counted by the notice that is there"
    await centre.world.runtime("dispatch").stop()
    await says(2, 5, 6, 7)
    async with another_replica(centre):

        async def moved() -> bool:
            query = "SELECT due_at FROM clocks WHERE case_id = $1 AND rule = 'handoff_acceptance'"
            (row,) = await centre.world.fetch("dispatch", query, case)
            return bool(row["due_at"] == datetime(2030, 2, 11, 16, tzinfo=UTC))

        await centre.world.until(moved, 30)
        await centre.world.until(lambda: _all_sent(centre), 30, "what was recounted is sent")
    assert (await _recounted(centre)).count(f"{case}.1") == 1


async def test_the_log_gives_the_state_that_the_recount_left(centre: Centre):
    report = await check(centre.world.admin_url, ["dispatch", "petition"], reference=False)
    assert report.clean, report.differences
    assert report.services["dispatch"].facts > 0
