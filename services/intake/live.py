"""What comes in and changes while somebody screens (decision 22): the log of reports, followed for all who listen
here."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from services.intake import views
from services.intake.seeing import seen_by
from services.intake.views import Seen
from shared.identity.tokens import Bearer
from shared.procedure.actor import Actor
from shared.record.database import Connection, outages_passed_over
from shared.refusals.refusals import Unavailable
from shared.web.listeners import Listener, Listeners
from shared.web.runtime import Runtime
from shared.web.streaming import EventStream, event

IDLE, PAUSE = 1.0, 0.05
"""Seconds between looks when nothing is sealed here; and after each, in which more is gathered."""
MOST_MISSED = 2000


@dataclass(frozen=True, slots=True)
class Changed:
    """One report; nothing that is written in it."""

    report_id: str
    version: int
    status: str


Reader = Listener[Changed]


class Feed:
    """One per process. It looks at nothing while nobody listens."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.readers = runtime, Listeners[Reader]()
        self.position = 0
        self._somebody, self._wake = asyncio.Event(), asyncio.Event()
        self._joining = asyncio.Lock()
        self._ending = False
        runtime.relay.when_sealed.append(self._wake.set)
        runtime.when_stopping.append(self.end)

    def end(self) -> None:
        """The process is about to stop: all streams end, and none begins."""
        self._ending = True
        for reader in self.readers.every():
            reader.end()

    async def join(self, bearer: Bearer, actor: Actor) -> Reader:
        """From now on all that comes is kept for them. Raises TooManyStreams, Unavailable."""
        async with self._joining:
            if self._ending:
                raise Unavailable("service")
            self.readers.check(actor.id)
            if not self.readers:
                async with self.runtime.database.plain() as connection:
                    self.position = await views.head(connection)
            reader = Reader(bearer, actor, self.position)
            self.readers.add(reader)
            self._somebody.set()
        return reader

    def leave(self, reader: Reader) -> None:
        self.readers.remove(reader)
        if not self.readers:
            self._somebody.clear()

    async def missed(self, reader: Reader, after: int) -> Sequence[Changed] | None:
        upto = reader.since
        if not max(0, upto - MOST_MISSED) <= after <= upto:
            return None
        async with self.runtime.database.plain() as connection:
            return await self._changed(connection, self._seen(reader), after, upto)

    async def follow(self) -> None:
        while True:
            await self._somebody.wait()
            self._wake.clear()
            with outages_passed_over():
                await self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE):
                    await self._wake.wait()
            await asyncio.sleep(PAUSE)

    async def _look(self) -> None:
        """One question for all who see the same."""
        async with self._joining, self.runtime.database.plain() as connection:
            upto = await views.head(connection)
            if upto == self.position:
                return
            alike: dict[tuple[str, ...], list[Reader]] = defaultdict(list)
            for reader in self.readers.every():
                reader.be(self.runtime.people.actor(reader.bearer, self.runtime.now()))
                alike[tuple("\n".join(each) for each in self._seen(reader).values)].append(reader)
            for readers in alike.values():
                found = await self._changed(connection, self._seen(readers[0]), self.position, upto)
                for reader in readers:
                    reader.tell(found, upto)
            self.position = upto

    def _seen(self, reader: Reader) -> Seen:
        return seen_by(self.runtime.reference, reader.actor, self.runtime.now())

    async def _changed(self, connection: Connection, seen: Seen, after: int, upto: int) -> list[Changed]:
        rows = await views.changed(connection, seen, after, upto)
        return [Changed(row["id"], row["version"], row["status"]) for row in rows]


class Changes(EventStream[Changed]):
    def one(self, told: Changed) -> bytes:
        return event("change", {"report_id": told.report_id, "version": told.version, "status": told.status})


async def keep_told(runtime: Runtime) -> None:
    await runtime.extra(Feed).follow()
