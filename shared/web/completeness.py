"""Every night at three, and whenever an administrator asks: does the number of facts fit every aggregate's version?"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from pydantic import BaseModel, Field

from shared.clocks.zone import DISTRICT_ZONE
from shared.record.completeness import AT_MOST, differing
from shared.record.database import retry_transient
from shared.world.world import WorldClock

if TYPE_CHECKING:
    from shared.web.runtime import Runtime

log = structlog.get_logger("record")
AGAIN_AFTER = (60.0,) * 60
"""Seconds: while the database is away at that hour, the check waits for it."""
AT_HOUR = 3
"""Of the machine's own time in the district: a story's clock may run through months in a minute."""


class Completeness(BaseModel):
    checked_at: datetime | None = Field(None, description="as of when; none before the first night")
    seconds: float = Field(0.0, description="how long it took")
    differing: dict[str, list[str]] = Field(
        {}, description=f"by kind, at most {AT_MOST} each: version and number of facts are not the same"
    )


@dataclass(slots=True)
class Checks:
    """The last check of this replica."""

    last: Completeness = field(default_factory=Completeness)

    async def run(self, runtime: "Runtime") -> Completeness:
        began, at = time.monotonic(), runtime.now()
        found = await differing(runtime.database, runtime.service.aggregates)
        self.last = Completeness(checked_at=at, seconds=round(time.monotonic() - began, 3), differing=found)
        for kind, ids in found.items():
            log.error("the number of facts does not fit the version", aggregate=kind, count=len(ids), first=ids[0])
        return self.last

    def problem(self) -> str | None:
        """In a few words, for readiness."""
        count = sum(map(len, self.last.differing.values()))
        return f"versions and facts differ in {count}" if count else None


async def check_nightly(runtime: "Runtime") -> None:
    """By the replica that leads."""
    real = WorldClock()
    while True:
        await asyncio.sleep(until_night(real.now().astimezone(DISTRICT_ZONE)))
        if runtime.relay.leading:
            await retry_transient(lambda: runtime.checks.run(runtime), AGAIN_AFTER)


def until_night(now: datetime) -> float:
    """Seconds until the next check."""
    night = now.replace(hour=AT_HOUR, minute=0, second=0, microsecond=0)
    return ((night if night > now else night + timedelta(days=1)) - now).total_seconds()
