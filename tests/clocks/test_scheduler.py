"""The scheduler stopped, killed, doubled, its clock set back: each event is told once, as of its own moment."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy.embedded.ports import free_ports
from deploy.migrate import runtime_url
from deploy.registry import load_service
from services.dispatch.model import MODEL, Case
from services.dispatch.scheduler import tell_due
from shared.record.aggregate import load
from shared.web.runtime import Runtime
from shared.world.world import set_clock
from tests.dispatch.conftest import Centre
from tests.kit.issuer import the_issuer
from tests.kit.processes import RECORDING_AT_ONCE, Interruption, Running, start
from tests.kit.world import running

MONDAY = datetime(2025, 3, 3, 1, tzinfo=UTC)
CASES = 12
Event = tuple[str, str, datetime]
"""Clock, fact, moment."""


@asynccontextmanager
async def a_centre(clock_file: Path) -> AsyncIterator[Centre]:
    """With cases that no office has accepted yet."""
    set_clock(clock_file, MONDAY)
    async with running("intake", "dispatch", clock_file=clock_file) as world:
        centre = Centre(world)
        for _ in range(CASES):
            await centre.a_case()
        yield centre


async def cases(centre: Centre) -> list[Case]:
    return [load(MODEL, row["state"]) for row in await centre.world.fetch("dispatch", "SELECT state FROM cases")]


async def to_come(centre: Centre, upto: datetime) -> list[Event]:
    """What the clocks' rows say is to be told by then, each at its moment."""
    found: list[Event] = []
    for case in await cases(centre):
        for clock in case.clocks:
            due = clock.deadline
            moments = [*(("clock-warned", moment) for moment in due.warnings), ("clock-lapsed", due.due_at)]
            found += [(clock.clock_id, kind, at.astimezone(UTC)) for kind, at in moments if at <= upto]
    return sorted(found)


async def told(centre: Centre) -> list[Event]:
    """What the log has of them."""
    rows = await centre.world.fetch(
        "dispatch",
        "SELECT type, attributes, data FROM log WHERE type LIKE '%.clock-%' UNION ALL"
        " SELECT type, attributes, data FROM pending WHERE type LIKE '%.clock-%'",
    )
    return sorted(
        (
            orjson.loads(row["data"])["clock_id"],
            row["type"].split(".")[2],
            datetime.fromisoformat(orjson.loads(row["attributes"])["time"]),
        )
        for row in rows
    )


async def all_told(centre: Centre, upto: datetime) -> list[Event]:
    wanted = await to_come(centre, upto)

    async def so() -> bool:
        return len(await told(centre)) >= len(wanted)

    await centre.world.until(so, 40, f"{len(wanted)} events of clocks are told")
    assert await told(centre) == wanted
    return wanted


@asynccontextmanager
async def replicas(centre: Centre, number: int) -> AsyncIterator[list[Runtime]]:
    settings = centre.world.runtime("dispatch").settings
    started = [Runtime(load_service("dispatch"), settings) for _ in range(number)]
    await asyncio.gather(*(runtime.start() for runtime in started))
    try:
        yield started
    finally:
        await asyncio.gather(*(runtime.stop() for runtime in started))


async def test_a_clock_set_back_a_day_and_on_again_tells_nothing_twice_and_forgets_nothing(tmp_path: Path):
    clock_file = tmp_path / "clock.json"
    async with a_centre(clock_file) as centre:
        dispatch = centre.world.runtime("dispatch")
        noon = MONDAY + timedelta(days=1, hours=12)
        set_clock(clock_file, noon)
        before = await all_told(centre, noon)
        assert 0 < len(before) < len(await to_come(centre, MONDAY + timedelta(days=30)))
        set_clock(clock_file, noon - timedelta(days=1))
        assert await tell_due(dispatch) == 0
        assert await told(centre) == before
        set_clock(clock_file, noon)
        await tell_due(dispatch)
        assert await told(centre) == before
        set_clock(clock_file, noon + timedelta(days=30))
        assert len(await all_told(centre, noon + timedelta(days=30))) == CASES * 2 * 3


async def test_after_a_stop_two_replicas_that_start_at_once_tell_everything_once_as_of_its_moment(tmp_path: Path):
    clock_file = tmp_path / "clock.json"
    async with a_centre(clock_file) as centre:
        await centre.world.settled()
        await centre.world.runtime("dispatch").stop()
        set_clock(clock_file, MONDAY + timedelta(days=200))
        assert await told(centre) == [], "nobody was there to tell"
        async with replicas(centre, 2) as both:
            events = await all_told(centre, MONDAY + timedelta(days=200))
            await asyncio.gather(*(tell_due(runtime) for runtime in both * 3))
            assert await told(centre) == events
        assert Counter(kind for _, kind, _ in events) == {"clock-warned": CASES * 4, "clock-lapsed": CASES * 2}
        assert all(clock.lapsed and clock.next_at is None for case in await cases(centre) for clock in case.clocks)


def a_process(centre: Centre, clock_file: Path, at: Interruption | None = None) -> Running:
    world, [port] = centre.world, free_ports(1)
    environment: dict[str, Any] = {
        "DATABASE_URL": runtime_url(world.admin_url, "dispatch", world.servers.secrets),
        "KAFKA_BOOTSTRAP": world.servers.bootstrap,
        "OIDC_ISSUER": the_issuer().url,
        "MASTER_KEY": world.servers.secrets["master"],
        "PORT": str(port),
        "SESSION_TIMEOUT": "6",
        "CLOCK_FILE": str(clock_file),
    }
    return start("dispatch", environment, clock_file.with_name(f"dispatch-{port}.log"), at)


@pytest.mark.parametrize("statement", [1, 2], ids=["before it reads", "before it writes"])
async def test_a_scheduler_killed_while_it_tells_is_made_good_by_the_next(tmp_path: Path, statement: int):
    clock_file = tmp_path / "clock.json"
    async with a_centre(clock_file) as centre:
        await centre.world.settled()
        await centre.world.runtime("dispatch").stop()
        for number, upto in enumerate((MONDAY + timedelta(days=1, hours=12), MONDAY + timedelta(days=30))):
            before = await told(centre)
            at = Interruption(RECORDING_AT_ONCE, statement, once=tmp_path / f"trigger-{number}")
            at.arm()
            set_clock(clock_file, upto)
            killed = a_process(centre, clock_file, at)
            await centre.world.until(lambda process=killed: not process.alive, 40, "it is killed")
            assert await told(centre) == before, "nothing half told"
            heir = a_process(centre, clock_file)
            try:
                await all_told(centre, upto)
            finally:
                heir.end()
