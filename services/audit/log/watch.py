"""The watch: every few seconds, what is missing, who is silent, whether heads hold and the clock is right. An alarm is
told once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.audit.log.alarms import clear_alarms, raise_alarms
from services.audit.log.clock import Clock
from services.audit.log.completeness import Missing, Patience, missing, sources
from services.audit.log.heads import prove
from shared.record.database import Connection, outages_passed_over
from shared.web.runtime import Runtime

log = structlog.get_logger("audit")
BEHIND = 1000
MOST_TOLD = 20


class Watch:
    """Built at the service's start; also tells the API what counts as silent."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.head_every = runtime.settings.head_every
        self._since: datetime | None = None
        self._clock = Clock()

    async def patience(self, connection: Connection) -> Patience:
        if self._since is None:
            self._since = await connection.fetchval("SELECT now()")
        return Patience(self.head_every, self._since)

    async def look(self, at: datetime | None = None) -> None:
        """Once, as of that time, or of now by the database's clock, which says when records came."""
        async with self.runtime.database.plain() as connection:
            at = at or await connection.fetchval("SELECT now()")
            patience = await self.patience(connection)
            await self._gaps(connection, await missing(connection), at - timedelta(seconds=patience.seconds))
            silent = [row for row in await sources(connection, patience, at) if row["silent_since"] is not None]
            await self._silence(connection, silent)
            await prove(connection)
            await self._clock.look(connection, at)

    async def _gaps(self, connection: Connection, found: Sequence[Missing], until: datetime) -> None:
        old = [gap.place for gap in found if gap.since <= until]
        if old and not await self._is_behind():
            _tell_missing(await raise_alarms(connection, "gap", old))
        for row in await clear_alarms(connection, "gap", [gap.place for gap in found]):
            log.warning("facts that were missing have come", source=row["source"], first=row["first"])

    async def _is_behind(self) -> bool:
        """Catching up, one partition may be read long before another: what seems missing is only unread."""
        return sum((await self.runtime.listener.lag()).values()) > BEHIND

    async def _silence(self, connection: Connection, silent: Sequence[Any]) -> None:
        """The place is the last position that the source has told of: it does not move while it is silent."""
        places = [(row["source"], row["head_position"] or 0, row["head_position"] or 0) for row in silent]
        for row in await raise_alarms(connection, "silence", places):
            log.error("a source is silent: no head fact when one was due", source=row["source"], after=row["first"])
        for row in await clear_alarms(connection, "silence", places):
            log.warning("a source that was silent speaks again", source=row["source"])


def _tell_missing(raised: Sequence[Any]) -> None:
    for row in raised[:MOST_TOLD]:
        place = {name: row[name] for name in ("source", "first", "last")}
        log.error("facts are missing; have the source send them again", **place)
    if len(raised) > MOST_TOLD:
        log.error("more facts are missing; see /v1/gaps", gaps=len(raised) - MOST_TOLD)


async def watch(runtime: Runtime) -> None:
    """As long as the service runs."""
    looking = runtime.extra(Watch)
    pause = min(2.0, looking.head_every / 4)
    while True:
        with outages_passed_over():
            await looking.look()
        await asyncio.sleep(pause)
