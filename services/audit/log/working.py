"""Moments that somebody has asked for, worked out one after the other beside the service's other work."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from services.audit.log.moments import forget_all, keep, kept
from services.audit.log.removed import refuse_archived_moment
from services.audit.refusals import TooManyMoments
from shared.procedure.folds import Folds
from shared.record.database import outages_passed_over
from shared.web.runtime import Runtime

AT_ONCE = 2.0
"""Seconds for which an asker waits."""
MOST_WAITING = 8


@dataclass
class Work:
    """`read` of `facts` so far; `facts` 0: it has not begun. `over`: also when it came to nothing."""

    at: datetime
    read: int = 0
    facts: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def advance(self, read: int, facts: int) -> None:
        self.read, self.facts = read, facts


class Moments:
    """Of this replica; what is worked out is in the database, for all."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._waiting: dict[datetime, Work] = {}
        self._asked = asyncio.Event()

    async def at(self, moment: datetime) -> int | Work:
        """The number of the moment kept, or how far it is. Raises TooManyMoments, MomentArchived."""
        async with self.runtime.database.plain() as connection:
            await refuse_archived_moment(connection, moment)
        found = await self._kept(moment)
        if found is not None:
            return found
        work = self._begin(moment)
        with suppress(TimeoutError):
            async with asyncio.timeout(AT_ONCE):
                await work.over.wait()
        return work if (found := await self._kept(moment)) is None else found

    def _begin(self, moment: datetime) -> Work:
        if moment not in self._waiting:
            if len(self._waiting) >= MOST_WAITING:
                raise TooManyMoments(MOST_WAITING)
            self._waiting[moment] = Work(moment)
            self._asked.set()
        return self._waiting[moment]

    async def _kept(self, moment: datetime) -> int | None:
        async with self.runtime.database.plain() as connection:
            return await kept(connection, self.runtime.extra(Folds), moment)

    async def run(self) -> None:
        """Whichever waits longest, once somebody has asked."""
        await self._asked.wait()
        work = next(iter(self._waiting.values()))
        try:
            async with self.runtime.database.plain() as connection:
                await keep(connection, self.runtime.extra(Folds), work.at, work.advance)
        finally:
            del self._waiting[work.at]
            work.over.set()
            if not self._waiting:
                self._asked.clear()


async def keep_moments(runtime: Runtime) -> None:
    moments = runtime.extra(Moments)
    with outages_passed_over():
        async with runtime.database.plain() as connection:
            await forget_all(connection)
    while True:
        with outages_passed_over():
            await moments.run()
