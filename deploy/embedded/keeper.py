"""Keeps one unit alive: notices its end, reports it with its last words, starts it again after a pause."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from deploy.embedded.errors import CannotRun
from deploy.embedded.restarts import Pauses
from deploy.embedded.state import Entry, Stage
from deploy.embedded.units import Process, Unit

POLL = 0.05

_log = logging.getLogger(__name__)


class Keeper:
    """Of one unit; writes what it sees into `entry` and then calls `changed`."""

    def __init__(self, unit: Unit, entry: Entry, changed: Callable[[], None], pauses: Pauses | None = None) -> None:
        self.unit = unit
        self.entry = entry
        self._changed = changed
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._first = asyncio.get_running_loop().create_future()
        self._pauses = pauses or Pauses()

    async def first_ready(self) -> None:
        """Returns when the unit has been ready once; CannotRun if its first life ended before that."""
        await asyncio.shield(self._first)

    async def ready(self) -> None:
        """Returns when the unit is ready, in whatever life."""
        while self.entry.stage is not Stage.READY:
            await asyncio.sleep(POLL)

    async def run(self) -> None:
        """Until it is stopped."""
        while not self._stopping.is_set():
            began = time.monotonic()
            await self._live()
            if not self._stopping.is_set():
                await self._pause(self._pauses.after(time.monotonic() - began))

    async def stop(self) -> None:
        """Stops the unit for good, cleanly if it does so in its time."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        process.send(self.unit.stop_signal)
        try:
            async with asyncio.timeout(self.unit.stop_within):
                await process.ended()
        except TimeoutError:
            _log.warning("%s did not stop within %g s and is killed", self.unit.name, self.unit.stop_within)
            process.kill()
            await process.ended()
        self._show(Stage.STOPPED)

    async def _live(self) -> None:
        try:
            self._show(Stage.PREPARING)
            await self.unit.prepare()
            if self._stopping.is_set():
                return
            self._process = await self.unit.begin()
            self._show(Stage.STARTING, self._process.pid)
            await self._watch(self._process)
        except (CannotRun, OSError) as failure:
            told = failure.one_line if isinstance(failure, CannotRun) else str(failure)
            zh, en = f"{self.unit.name} 无法启动。", f"{self.unit.name} could not be started: {told}"
            self._fail(CannotRun(zh, en))
        finally:
            self._process = None

    async def _watch(self, process: Process) -> None:
        becoming_ready = asyncio.create_task(self._become_ready())
        try:
            code = await process.ended()
        finally:
            becoming_ready.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await becoming_ready
        if not self._stopping.is_set():
            zh = f"{self.unit.name} 已退出，代码 {code}；最后的输出如下。"
            en = f"{self.unit.name} ended with code {code}. Its last lines:"
            self._fail(CannotRun(zh, en, "\n".join(f"  {line}" for line in process.last_lines())))

    async def _become_ready(self) -> None:
        while not await self.unit.is_ready():
            await asyncio.sleep(POLL)
        self._show(Stage.READY, self.entry.pid)
        if not self._first.done():
            self._first.set_result(None)

    def _fail(self, failure: CannotRun) -> None:
        _log.error("%s", failure.one_line)
        if not self._first.done():
            self._first.set_exception(failure)
            # Nobody need ask: a service that fails is started again like any other.
            self._first.exception()

    async def _pause(self, seconds: float) -> None:
        self.entry.restarts += 1
        self._show(Stage.PAUSING)
        _log.warning("%s is started again in %g s", self.unit.name, seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _show(self, stage: Stage, pid: int | None = None) -> None:
        self.entry.stage = stage
        self.entry.pid = pid
        self._changed()
