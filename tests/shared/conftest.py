"""Worlds of toys: one for each module, each test with counters of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.kit.toy import load_toy
from tests.kit.toys.echo import reactions
from tests.kit.voice import Voice
from tests.kit.world import World, running


@dataclass
class Echo:
    """echo alone, hearing a `voice` that a test makes say anything."""

    world: World
    voice: Voice

    async def heard(self, counter: str) -> list[int]:
        """The amounts that had an effect, in order."""
        rows = await self.world.fetch("echo", "SELECT amount FROM effect WHERE key = $1 ORDER BY nr", counter)
        return [row["amount"] for row in rows]

    async def until_heard(self, counter: str, *amounts: int) -> None:
        async def so() -> bool:
            return await self.heard(counter) == list(amounts)

        await self.world.until(so, 10, f"{counter} is heard as {amounts}")

    async def parked(self, *keys: str) -> list[dict[str, Any]]:
        """What waits, as (key, cause, sequence), oldest first."""
        return await self.world.fetch("echo", "SELECT * FROM parked WHERE key = ANY($1) ORDER BY sequence", list(keys))

    async def until_parked(self, key: str, *causes: str) -> list[dict[str, Any]]:
        """Until the facts of that key wait for just these causes, or none waits: their rows."""
        rows: list[dict[str, Any]] = []

        async def so() -> bool:
            rows[:] = await self.parked(key)
            return [row["cause"] for row in rows] == list(causes)

        try:
            await self.world.until(so, 10, f"{key} waits as {causes}")
        except AssertionError as over:
            seen = [f"{row['sequence']} {row['cause']}: {row['problem']}" for row in rows]
            raise AssertionError(f"{over}; it waits as {seen}") from None
        return rows

    async def until_read(self) -> None:
        """Every record that the voice has sent is read."""
        listener = self.world.runtime("echo").listener

        async def so() -> bool:
            ends = await self.voice.ends()
            return all((r := listener.readings.get(place)) and r.next >= end for place, end in ends.items())

        await self.world.until(so, 15, "all records are read")


@pytest.fixture(autouse=True)
def _no_faults_left() -> Any:
    yield
    reactions.FAULTS.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def toys() -> AsyncIterator[World]:
    async with running(toys=[load_toy("toy"), load_toy("echo")], session_timeout=6) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def echo() -> AsyncIterator[Echo]:
    async with (
        running(toys=[load_toy("echo")], session_timeout=6) as world,
        Voice(world.servers.bootstrap) as voice,
    ):
        yield Echo(world, voice)
