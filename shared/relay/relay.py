"""One of a service's replicas seals and sends. Leadership is a session lock, and a term that fences the one before."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson
import structlog
from aiokafka.errors import KafkaError

from shared.facts.envelope import source_of, to_headers
from shared.record.database import TRANSIENT, Connection, Database, is_transient
from shared.refusals.failures import describe, where
from shared.relay.anchors import Lost, LostTail, Witness, load_anchors, lost_after, replace_anchors, store_seen
from shared.relay.heads import Head, add_head
from shared.relay.sealer import LARGEST_SEAL, Deposed, Sealed, Sealer
from shared.relay.sender import Sender
from shared.relay.topics import ensure_topics
from shared.signing.facts import HEADER, Signer

_LOCK = 0x6C7A5EA1
_IDLE = 1.0
_LOOK = 10.0
_BEAT = 2.0
_MARK = 0.1
_SILENCE = 8
_STOP_WITHIN = 5.0
_CLEANED_UP_WITHIN = 2 * _STOP_WITHIN
_BACKLOG = """
SELECT position, topic, lane, sequence, key, attributes, data, signature FROM log
WHERE position > $1 ORDER BY position LIMIT 1000
"""
log = structlog.get_logger("relay")


class Relay:
    """`wake()` after each commit; `head_every` seconds between head facts; `signer` signs what is sealed; each of
    `when_sealed` is called when something was.

    `failing_since`: since when, by the monotonic clock, it has not come to work without being interrupted again.
    """

    def __init__(
        self,
        database: Database,
        bootstrap: str,
        head: type[Head],
        now: Callable[[], datetime],
        head_every: float = 60.0,
        signer: Signer | None = None,
    ) -> None:
        self.database, self.bootstrap, self.head, self.now = database, bootstrap, head, now
        self.head_every, self.signer = head_every, signer
        self.source = source_of(head.service)
        self.sent = 0
        self.sealed = 0
        self.when_sealed: list[Callable[[], object]] = []
        self.leading = False
        self.failing_since: float | None = None
        self._term = 0
        self._wake, self._asked = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="relay")

    def wake(self) -> None:
        self._wake.set()

    async def resend_after(self, position: int) -> int | None:
        """Have the leader, whichever replica that is, begin again from after that position.

        None, or the last position where that is before it.
        """
        async with self.database.plain() as connection:
            last: int = await connection.fetchval("SELECT position FROM sealing")
            if not 0 <= position <= last:
                return last
            await connection.execute("UPDATE sending SET again_after = least(coalesce(again_after, $1), $1)", position)
        self._asked.set()
        return None

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause = 0.2
        while True:
            started = time.monotonic()
            try:
                await self._lead()
            except Exception as error:  # the outermost loop: nothing is sent until it leads again
                expected = isinstance(error, KafkaError | Deposed) or is_transient(error)
                say = log.warning if expected else log.error
                say("relay interrupted; it starts again from its mark", error=describe(error), where=where(error))
            self.leading = False
            self.failing_since = self.failing_since or time.monotonic()
            pause = 0.2 if time.monotonic() - started > 10 else min(pause * 2, 5.0)
            await asyncio.sleep(pause)

    async def _lead(self) -> None:
        async with self.database.plain() as lock:
            self._term = 0
            await self._take_the_lead(lock)
            try:
                await _first_to_end(self._beat(lock), self._work())
            finally:
                await _let_go(lock)

    async def _beat(self, lock: Connection) -> None:
        """The server ends a leader's session that is not heard of, so that one that hangs is replaced."""
        while True:
            if await lock.fetchval("SELECT again_after FROM sending WHERE term = $1", self._term) is not None:
                raise Again
            self._asked.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT):
                    await self._asked.wait()

    async def _work(self) -> None:
        await ensure_topics(self.bootstrap)
        sender = Sender(self.bootstrap, self.database, self.source)
        witness = Witness(self.bootstrap, self.source)
        try:
            await sender.start()
            await witness.start()
            async with self.database.plain() as connection:
                await self._stream(connection, sender, witness)
        finally:
            await _quietly(sender.stop(), witness.stop())

    async def _take_the_lead(self, connection: Connection) -> None:
        trying = "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))"
        while not await connection.fetchval(trying, _LOCK):  # noqa: ASYNC110
            await asyncio.sleep(_IDLE)
        await connection.execute(f"SET idle_session_timeout = '{_SILENCE}s'")
        self.leading = True

    async def _stream(self, connection: Connection, sender: Sender, witness: Witness) -> None:
        sealer = await Sealer.begin(connection, self.signer)
        self.sealed, sender.term = sealer.position, sealer.term
        await self._resend(connection, sender, witness)
        self._term = sealer.term
        queue: asyncio.Queue[list[Sealed]] = asyncio.Queue(maxsize=4)
        await _first_to_end(
            self._seal(connection, sealer, queue),
            self._send(sender, queue),
            self._mark(sender),
            self._look(sender, witness),
        )

    async def _seal(self, connection: Connection, sealer: Sealer, queue: "asyncio.Queue[list[Sealed]]") -> None:
        next_head = time.monotonic()
        while True:
            self._wake.clear()
            sealed = await sealer.seal(connection)
            if sealed:
                self.sealed = sealer.position
                for tell in self.when_sealed:
                    tell()
                await queue.put(sealed)
            if len(sealed) >= LARGEST_SEAL:
                continue
            if time.monotonic() >= next_head:
                next_head = time.monotonic() + self.head_every
                async with connection.transaction():
                    await add_head(connection, self.head, self.now())
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(min(_IDLE, self.head_every)):
                    await self._wake.wait()

    async def _send(self, sender: Sender, queue: "asyncio.Queue[list[Sealed]]") -> None:
        self.failing_since = None
        while True:
            sealed = await queue.get()
            while not queue.empty():
                sealed = sealed + queue.get_nowait()
            await sender.send(sealed)
            self.sent = sealed[-1].position

    async def _mark(self, sender: Sender) -> None:
        while True:
            await asyncio.sleep(_MARK)
            await sender.mark()

    async def _look(self, sender: Sender, witness: Witness) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            latest = dict(sender.latest)
            async with self.database.plain() as connection:
                seen, last = await load_anchors(connection)
            if lost := await witness.look(seen, last):
                raise LostTail(lost_after(lost))
            moved = {place: anchor for place, anchor in latest.items() if seen.get(place) != anchor}
            if moved:
                async with self.database.plain() as connection:
                    await store_seen(connection, sender.term, moved)

    async def _resend(self, connection: Connection, sender: Sender, witness: Witness) -> None:
        """Send what the mark says is unsent, and what the broker has lost though the mark says it was sent."""
        row = await connection.fetchrow("UPDATE sending SET term = $1 RETURNING position, again_after", sender.term)
        assert row is not None
        mark = row["position"]
        lost = await witness.look(*await load_anchors(connection))
        after = lost_after(lost)
        if after is not None:
            log.error("the broker has lost records; sending them again", after=after, mark=mark)
            mark = min(mark, after)
        if row["again_after"] is not None:
            mark = min(mark, row["again_after"])
        # Set back first: what is sent again is soon seen as held, so after a crash only the mark tells the rest.
        await connection.execute(
            "UPDATE sending SET position = $1, again_after = NULL WHERE term = $2", mark, sender.term
        )
        while backlog := await connection.fetch(_BACKLOG, mark):
            await sender.send([_sealed(row) for row in backlog])
            await sender.mark()
            mark = self.sent = backlog[-1]["position"]
        if lost:
            await self._anchor_again(connection, sender, witness, lost)

    async def _anchor_again(self, connection: Connection, sender: Sender, witness: Witness, lost: Lost) -> None:
        """What was lost is there again, if what it was sent behind is still there too."""
        begun = {place: last or sender.first.get(place) for place, last in lost.items()}
        if again := await witness.look({place: anchor for place, anchor in begun.items() if anchor is not None}):
            raise LostTail(lost_after(again))
        anchors = {place: sender.latest.get(place) or last for place, last in lost.items()}
        await replace_anchors(connection, sender.term, anchors)


async def _let_go(lock: Connection) -> None:
    """A session that the server has ended has let go already; saying so here would hide why the work ended."""
    try:
        if not lock.is_closed():
            await lock.execute("RESET idle_session_timeout")
            await lock.execute("SELECT pg_advisory_unlock($1, hashtext(current_schema()))", _LOCK)
    except TRANSIENT:
        lock.terminate()


class Again(KafkaError):  # type: ignore[misc]
    """An operator wants facts sent once more."""


def _sealed(row: Any) -> Sealed:
    headers = to_headers(orjson.loads(row["attributes"]), row["position"], row["lane"], row["sequence"])
    if row["signature"] is not None:
        headers.append((HEADER, row["signature"].encode()))
    return Sealed(row["position"], row["topic"], row["lane"], row["key"], headers, row["data"])


async def _quietly(*closing: Coroutine[Any, Any, None]) -> None:
    """A broker that is away would be waited for; what was not sent is sent again anyway."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_WITHIN):
            await asyncio.gather(*closing, return_exceptions=True)


async def _first_to_end(*works: Coroutine[Any, Any, None]) -> None:
    """All run until one fails; the others are then cancelled. Raises its error."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        left = set(tasks)
        while left:  # more than once: a library that swallows a cancellation would be waited for without end
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=_CLEANED_UP_WITHIN)
        await asyncio.gather(*tasks, return_exceptions=True)
