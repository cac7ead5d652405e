"""Follows the log for everybody who listens to this process."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from services.dispatch.live import presence
from services.dispatch.live.presence import People
from services.dispatch.live.readers import Event, Others, Reader
from services.dispatch.live.steps import BATCH, States, Step, entries, head
from services.dispatch.live.telling import told
from shared.identity.tokens import Bearer
from shared.procedure.actor import Actor
from shared.record.database import Connection, outages_passed_over
from shared.refusals.refusals import Unavailable
from shared.web.listeners import Listener, Listeners
from shared.web.runtime import Runtime

IDLE = 1.0
"""Seconds between looks when nothing is sealed here: another replica may have."""
PAUSE = 0.02
"""After each look: what is sealed meanwhile is told together."""
MOST_MISSED = 2000
"""Facts that a reader may have missed and still go on; beyond that it is quicker to read anew."""


class Feed:
    """One per process. It looks at nothing while nobody listens."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.readers = runtime, Listeners[Reader]()
        self.position = 0
        self._states, self._present = States(), dict[str, dict[str, presence.Present]]()
        self._somebody, self._wake = asyncio.Event(), asyncio.Event()
        self._joining = asyncio.Lock()
        self._look_around, self._looked_around = True, 0.0
        self._ending = False
        runtime.relay.when_sealed.append(self.wake)
        runtime.when_stopping.append(self.end)

    def wake(self) -> None:
        self._wake.set()

    def somebody_came(self) -> None:
        """Or is still there: `presence` is looked at."""
        self._look_around = True
        self._wake.set()

    def end(self) -> None:
        """The process is about to stop: all streams end, and none begins."""
        self._ending = True
        for reader in self.readers.every():
            reader.end()

    async def join(self, bearer: Bearer, actor: Actor) -> Reader:
        """From now on all that comes is kept for them. Raises TooManyStreams, Unavailable."""
        self.readers.check(actor.id)
        async with self._joining:
            if self._ending:
                raise Unavailable("service")
            if not self.readers:
                async with self.runtime.database.plain() as connection:
                    self.position = await head(connection)
            self.readers.check(actor.id)
            reader = Reader(bearer, actor, self.position)
            self.readers.add(reader)
            self._somebody.set()
        return reader

    def leave(self, reader: Listener[Event]) -> None:
        assert isinstance(reader, Reader)
        self.readers.remove(reader)
        if not self.readers:
            self._somebody.clear()
            self._states.clear()
            self._present = {}

    async def missed(self, reader: Listener[Event], after: int) -> Sequence[Event] | None:
        """From that position to where it began to hear; None where that was too long ago, or never was."""
        assert isinstance(reader, Reader)
        upto = reader.since
        if not max(0, upto - MOST_MISSED) <= after <= upto:
            return None
        states, steps = States(), list[Step]()
        async with self.runtime.database.plain() as connection:
            while found := await entries(connection, after, upto):
                steps += await states.steps(connection, found)
                after = found[-1]["position"]
        return told(reader.scope, steps)

    async def follow(self) -> None:
        while True:
            await self._somebody.wait()
            self._wake.clear()
            more = False
            with outages_passed_over():
                more = await self._look()
            if not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE):
                        await self._wake.wait()
            await asyncio.sleep(PAUSE)

    async def _look(self) -> bool:
        """Whether there may be more."""
        async with self._joining, self.runtime.database.plain() as connection:
            found = await entries(connection, self.position)
            steps = await self._states.steps(connection, found)
            if found:
                self.position = found[-1]["position"]
            readers, position = self.readers.every(), self.position
        await self._tell(readers, steps, position)
        await self._tell_presence(readers)
        return len(found) >= BATCH

    async def _tell(self, readers: Sequence[Reader], steps: Sequence[Step], position: int) -> None:
        left = list(readers)
        try:
            while left:
                reader = left[-1]
                reader.be(self.runtime.people.actor(reader.bearer, self.runtime.now()))
                reader.hear(steps, position)
                left.pop()
                await asyncio.sleep(0)
        finally:
            for reader in left:
                reader.pass_over()

    async def _tell_presence(self, readers: Sequence[Reader]) -> None:
        now = asyncio.get_running_loop().time()
        if not self._look_around and now - self._looked_around < IDLE:
            return
        self._look_around, self._looked_around = False, now
        async with self.runtime.database.plain() as connection:
            present = await presence.current(connection)
            changed = [id for id, people in present.items() if people != self._present.get(id)]
            changed += [id for id in self._present if id not in present]
            await self._show(connection, readers, present, changed)
        self._present = {id: dict(people) for id, people in present.items()}

    async def _show(
        self, connection: Connection, readers: Sequence[Reader], present: People, changed: Sequence[str]
    ) -> None:
        """To those who have it open themselves, and see it whole."""
        here = {reader.actor.id for reader in readers}
        concerned = [id for id in changed if not here.isdisjoint(present.get(id, ()))]
        cases = await presence.cases(connection, concerned) if concerned else {}
        for id, case in cases.items():
            for reader in readers:
                if reader.actor.id in present[id] and reader.scope.view(case) is case:
                    others = tuple(each for person, each in present[id].items() if person != reader.actor.id)
                    reader.see(Others(id, others))


async def keep_told(runtime: Runtime) -> None:
    await runtime.extra(Feed).follow()
