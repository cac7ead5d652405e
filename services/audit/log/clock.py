"""The log's own clock: times of receipt never go back, so one that jumped far ahead stays there until the true time has
come up with it. Meanwhile a silent source goes unnoticed, and a month or a year may seem over that is not."""

from datetime import datetime, timedelta

import structlog

from services.audit.log.alarms import Place, clear_alarms, raise_alarms
from shared.record.database import Connection

log = structlog.get_logger("audit")
AHEAD = timedelta(minutes=1)
"""So much later than now is a clock that is put right."""
_LATEST = "SELECT latest, next FROM numbering"
_FROM = 'SELECT "index", source, position, received_at FROM entries WHERE "index" >= $1 ORDER BY "index" LIMIT 1'


class Clock:
    """Which entry was the first to be received ahead of time, as long as one is."""

    def __init__(self) -> None:
        self._first: Place | None = None

    async def look(self, connection: Connection, at: datetime) -> None:
        """As of that time by the database's clock."""
        row = await connection.fetchrow(_LATEST)
        assert row is not None
        if row["latest"] is None or row["latest"] <= at + AHEAD:
            self._first = None
        elif self._first is None:
            self._first = await _first_ahead(connection, at + AHEAD, row["next"])
        still = [] if self._first is None else [self._first]
        for told in await raise_alarms(connection, "clock", still):
            place = {"source": told["source"], "position": told["first"]}
            log.error("the clock had jumped ahead when this was received", until=row["latest"], **place)
        for told in await clear_alarms(connection, "clock", still):
            log.warning("the time has come up with the log's clock", source=told["source"], position=told["first"])


async def _first_ahead(connection: Connection, at: datetime, size: int) -> Place | None:
    """Times of receipt only rise, so that halving finds it; None where the log has nothing, only its clock."""
    low, high, found = 0, size, None
    while low < high:
        middle = (low + high) // 2
        row = await connection.fetchrow(_FROM, middle)
        if row is None or row["received_at"] > at:
            high, found = middle, row or found
        else:
            low = row["index"] + 1
    return None if found is None else (found["source"], found["position"], found["position"])
