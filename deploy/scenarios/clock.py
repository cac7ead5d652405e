"""The district's clock on stage: set to the time of each step, never back."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.embedded.folder import Folder
from shared.world.world import WorldClock, set_clock

TICK = 0.25


def domain_time(folder: Folder) -> datetime | None:
    """The time that the services of a data directory go by; None where it is the machine's."""
    return WorldClock(folder.clock).now() if folder.clock.exists() else None


class StageClock:
    """`speed`: simulated seconds a real second; None: as fast as can be. Without a file it stands aside."""

    def __init__(self, file: Path | None, speed: float | None = None) -> None:
        self.file, self.speed = file, speed
        self._clock = WorldClock(file)

    @property
    def begun(self) -> bool:
        """Whether the time was ever set here."""
        return self.file is not None and self.file.exists()

    def now(self) -> datetime:
        return self._clock.now()

    async def until(self, when: datetime) -> None:
        """Returns when it is `when`, or was already."""
        if self.file is None:
            return
        if self.speed is not None and self.begun:
            await self._pass(self.file, when, self.speed)
        if not self.begun or self.now() < when:
            set_clock(self.file, when.astimezone(UTC))

    async def _pass(self, file: Path, when: datetime, speed: float) -> None:
        """At its pace: the clock is moved a little at a time, so that what is due in between falls due."""
        begin, started = self.now(), time.monotonic()
        while (now := begin + timedelta(seconds=(time.monotonic() - started) * speed)) < when:
            if now > self.now():
                set_clock(file, now)
            await asyncio.sleep(min(TICK, (when - now).total_seconds() / speed))
