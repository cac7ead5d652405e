"""A unit that ends is started again, and its last words are kept."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from signal import Signals

import pytest

from deploy.embedded.errors import CannotRun
from deploy.embedded.keeper import Keeper
from deploy.embedded.restarts import Pauses
from deploy.embedded.state import Entry, Stage
from tests.kit.until import until


class FakeProcess:
    """Ends when it is told to."""

    def __init__(self, pid: int, *, deaf: bool) -> None:
        self.pid = pid
        self.deaf = deaf
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def ended(self) -> int:
        return await asyncio.shield(self.code)

    def send(self, number: Signals) -> None:
        if not self.deaf and not self.code.done():
            self.code.set_result(-number)

    def kill(self) -> None:
        self.code.set_result(-Signals.SIGKILL)

    def last_lines(self, count: int = 10) -> list[str]:
        return ["first", "alas"][:count]


class FakeUnit:
    """Counts its lives."""

    name = "dispatch"
    address = "http://127.0.0.1:8102"
    stop_signal = Signals.SIGTERM
    stop_within = 0.05

    def __init__(self) -> None:
        self.lives: list[FakeProcess] = []
        self.ready = True
        self.deaf = False
        self.missing: str | None = None

    async def prepare(self) -> None:
        if self.missing:
            raise CannotRun(self.missing, self.missing)

    async def begin(self) -> FakeProcess:
        self.lives.append(FakeProcess(100 + len(self.lives), deaf=self.deaf))
        return self.lives[-1]

    async def is_ready(self) -> bool:
        return self.ready


@pytest.fixture
def unit() -> FakeUnit:
    return FakeUnit()


@asynccontextmanager
async def kept(unit: FakeUnit) -> AsyncIterator[Keeper]:
    keeper = Keeper(unit, Entry(unit.name, unit.address), lambda: None, Pauses(next=0.01))
    running = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        await keeper.stop()
        await running


async def test_a_unit_becomes_ready(unit: FakeUnit) -> None:
    async with kept(unit) as keeper:
        await keeper.first_ready()
        entry = keeper.entry
        assert (entry.stage, entry.pid, entry.restarts) == (Stage.READY, unit.lives[0].pid, 0)


async def test_a_unit_that_ends_is_started_again_and_counted(unit: FakeUnit) -> None:
    async with kept(unit) as keeper:
        await keeper.first_ready()
        unit.lives[0].code.set_result(7)
        await until(lambda: len(unit.lives) == 2 and keeper.entry.stage is Stage.READY)
        unit.lives[1].code.set_result(7)
        await until(lambda: len(unit.lives) == 3 and keeper.entry.stage is Stage.READY)
        assert (keeper.entry.restarts, keeper.entry.pid) == (2, unit.lives[2].pid)


async def test_its_last_lines_are_logged(unit: FakeUnit, caplog: pytest.LogCaptureFixture) -> None:
    async with kept(unit) as keeper:
        await keeper.first_ready()
        with caplog.at_level(logging.ERROR):
            unit.lives[0].code.set_result(7)
            await until(lambda: len(unit.lives) == 2)
    assert "dispatch ended with code 7" in caplog.text
    assert "alas" in caplog.text


async def test_who_waits_for_the_first_start_hears_that_it_failed(unit: FakeUnit) -> None:
    unit.ready = False
    async with kept(unit) as keeper:
        await until(lambda: unit.lives)
        unit.lives[0].code.set_result(1)
        with pytest.raises(CannotRun, match="code 1"):
            await keeper.first_ready()


async def test_what_is_missing_is_told_and_tried_again(unit: FakeUnit) -> None:
    unit.missing = "no jars"
    async with kept(unit) as keeper:
        with pytest.raises(CannotRun, match="no jars"):
            await keeper.first_ready()
        unit.missing = None
        await until(lambda: keeper.entry.stage is Stage.READY)
        assert keeper.entry.restarts >= 1


async def test_a_stopped_unit_is_not_started_again(unit: FakeUnit) -> None:
    async with kept(unit) as keeper:
        await keeper.first_ready()
        await keeper.stop()
    assert (keeper.entry.stage, keeper.entry.pid) == (Stage.STOPPED, None)
    assert len(unit.lives) == 1


async def test_a_unit_that_does_not_stop_is_killed(unit: FakeUnit) -> None:
    unit.deaf = True
    async with kept(unit) as keeper:
        await keeper.first_ready()
    assert await unit.lives[0].ended() == -Signals.SIGKILL
