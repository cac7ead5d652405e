"""A gap or a silence that is a minute old raises an alarm that names source and position: not a second before."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio

from services.audit.log.watch import Watch
from services.dispatch.facts import CaseWithdrawn
from shared.web.settings import Settings
from tests.audit.conftest import minutes
from tests.audit.telling import Telling, telling
from tests.kit.toy import load_toy
from tests.kit.world import World, running

SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world() -> AsyncIterator[World]:
    """With head facts as often as they come in a district."""
    every = Settings.model_fields["head_every"].default
    async with running("audit", toys=(load_toy("toy"), load_toy("echo")), head_every=every) as world:
        yield world


def withdrawn(case_id: str) -> CaseWithdrawn:
    return CaseWithdrawn(at=minutes(0), by="somebody", case_id=case_id)


async def look(world: World, at: datetime) -> None:
    """The watch looks as if it were then. Between looks of its own, which it takes by the real clock."""
    await world.runtime("audit").extra(Watch).look(at)


async def alarms(world: World, source: str, kind: str) -> list[tuple[int, int, bool]]:
    """Of that source: first and last position, and whether it is over."""
    async with world.client("audit", "audit.yan") as auditor:
        items: list[dict[str, Any]] = (await auditor.get("/v1/alarms")).json()["items"]
    found = [each for each in items if (each["source"], each["kind"]) == (source, kind)]
    return [(each["first"], each["last"], each["cleared_at"] is not None) for each in found]


async def received(world: World, source: Telling, position: int) -> datetime:
    """When it came, by the database's clock."""

    async def so() -> datetime | None:
        rows = await world.fetch(
            "audit",
            "SELECT received_at FROM entries WHERE source = $1 AND position = $2",
            source.source,
            position,
        )
        return rows[0]["received_at"] if rows else None

    return await world.until(so)


async def test_a_gap_of_59_seconds_is_none_yet_and_one_of_61_is(world: World) -> None:
    async with telling(world.servers.bootstrap, "gapped") as source:
        first, missing, *later = [source.write(withdrawn(f"gapped-{n}")) for n in range(4)]
        await source.send(first, *later)
        since = min([await received(world, source, letter.position) for letter in later])
        await look(world, since + 59 * SECOND)
        assert await alarms(world, source.source, "gap") == []
        await look(world, since + 61 * SECOND)
        assert await alarms(world, source.source, "gap") == [(2, 2, False)]
        await source.send(missing)
        await received(world, source, 2)
        await look(world, since + 70 * SECOND)
        assert await alarms(world, source.source, "gap") == [(2, 2, True)], "what came clears it"


async def test_a_silence_of_59_seconds_is_none_yet_and_one_of_61_is(world: World) -> None:
    async with telling(world.servers.bootstrap, "silent") as source:
        await source.tell(withdrawn("silent-1"), withdrawn("silent-2"))
        await source.send(source.head(minutes(0)))
        last = await received(world, source, 3)
        await look(world, last + 59 * SECOND)
        assert await alarms(world, source.source, "silence") == []
        await look(world, last + 61 * SECOND)
        assert [(first, last) for first, last, _ in await alarms(world, source.source, "silence")] == [(2, 2)]
        await source.send(source.head(minutes(1)))
        again = await received(world, source, 4)
        await look(world, again + 59 * SECOND)
        assert await alarms(world, source.source, "silence") == [(2, 2, True)], "what is heard clears it"


async def test_a_source_that_sends_its_head_facts_in_time_is_never_called_silent(world: World) -> None:
    """They come so often that one may be late by half its interval."""
    before = await alarms(world, "/services/toy", "silence")  # of the looks ahead above
    [row] = await world.fetch("audit", "SELECT head_at FROM sources WHERE source = '/services/toy'")
    await look(world, row["head_at"] + timedelta(seconds=world.runtime("toy").relay.head_every + 15))
    assert await alarms(world, "/services/toy", "silence") == before


async def test_a_clock_that_jumped_ahead_is_an_alarm_at_the_first_fact_that_came_then(world: World) -> None:
    """By one minute it may, and when the true time has come up with it so far it is over."""
    async with telling(world.servers.bootstrap, "hasty") as source:
        await source.tell(withdrawn("hasty-1"))
        await received(world, source, 1)
        async with world.admin("audit") as database:
            await database.execute("UPDATE numbering SET latest = now() + interval '10 minutes'")
        await source.tell(withdrawn("hasty-2"), withdrawn("hasty-3"))
        jumped = await received(world, source, 2)
        [first] = await world.fetch(
            "audit", "SELECT source, position FROM entries WHERE received_at = $1 ORDER BY index LIMIT 1", jumped
        )
        await look(world, jumped - 61 * SECOND)
        place = first["position"], first["position"]
        assert (*place, False) in await alarms(world, first["source"], "clock")
        await look(world, jumped - 60 * SECOND)
        assert (*place, True) in await alarms(world, first["source"], "clock")
