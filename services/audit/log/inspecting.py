"""Inspecting every night at four, and whenever an auditor asks; what is found is an alarm."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from typing import get_args

import httpx
import structlog

from services.audit.log.alarms import clear_alarms, raise_alarms
from services.audit.log.inspect import Inspection, Kind, inspect
from services.audit.log.publish import Publisher
from services.audit.log.witness import Copy
from services.audit.tree.notes import BadNote
from shared.clocks.zone import DISTRICT_ZONE
from shared.record.database import Connection, outages_passed_over
from shared.web.completeness import until_night
from shared.web.runtime import Runtime
from shared.world.world import WorldClock

log = structlog.get_logger("audit")
AFTER_MIDNIGHT = 3600.0
"""Seconds after the services count their own facts, so that both do not read at once."""


class Inspections:
    """The last inspection of this replica, and the one that runs: `read` entries so far.

    `apart`: witnesses that could not be had, so that the log was not compared with theirs.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.last: Inspection | None = None
        self.at: datetime | None = None
        self.seconds = 0.0
        self.apart: list[str] = []
        self.read = 0
        self.asked = asyncio.Event()

    def begin(self) -> None:
        """Nothing if one runs already."""
        self.asked.set()

    def is_running(self) -> bool:
        return self.asked.is_set()

    async def run(self) -> None:
        """Once, to its end."""
        began, at, self.read = time.monotonic(), WorldClock().now(), 0
        publisher = self.runtime.extra(Publisher)
        copies, apart = [], []
        for witness in publisher.beside():
            try:
                await witness.learn(publisher.keys)
                copies.append(Copy(witness, publisher.keys))
            except (httpx.HTTPError, BadNote):
                apart.append(witness.key.name)
        async with self.runtime.database.plain() as connection:
            found = await inspect(connection, copies, self._advance)
            await _tell(connection, found)
        self.last, self.at, self.apart = found, at, apart
        self.seconds = round(time.monotonic() - began, 3)

    def _advance(self, read: int, _: int) -> None:
        self.read = read

    def problem(self) -> str | None:
        """In a few words, for readiness."""
        if self.last is None or not self.last.damages:
            return None
        first = self.last.damages[0]
        return f"the log is damaged in {len(self.last.damages)} places, first {first.kind} {first.place} {first.first}"


async def _tell(connection: Connection, found: Inspection) -> None:
    for kind in get_args(Kind):
        places = [(each.place, each.first, each.last) for each in found.damages if each.kind == kind]
        for row in await raise_alarms(connection, kind, places):
            log.error("the log is damaged", kind=kind, place=row["source"], first=row["first"], last=row["last"])
        await clear_alarms(connection, kind, places)


async def inspect_nightly(runtime: Runtime) -> None:
    """By the replica that leads, and by the one that was asked."""
    real, inspections = WorldClock(), runtime.extra(Inspections)
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(until_night(real.now().astimezone(DISTRICT_ZONE)) + AFTER_MIDNIGHT):
                await inspections.asked.wait()
        if inspections.asked.is_set() or runtime.relay.leading:
            inspections.asked.set()
            try:
                with outages_passed_over():
                    await inspections.run()
            finally:
                inspections.asked.clear()
