"""The loop: poll, plan, one transaction, go on. The group only says who works; the stored offset is the fence."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from shared.facts.envelope import read_envelope
from shared.facts.upcast import NotUnderstood
from shared.listen.batch import Ears, Item, Plan, Suspect, give_up
from shared.listen.parking import Quarantined, Record, behind_hole, how_many_wait
from shared.listen.partitions import (
    Advance,
    Fenced,
    Marks,
    Place,
    Reading,
    committed,
    identity_of,
    identity_of_unreadable,
    open_marks,
    open_reading,
    postpone,
    refresh,
)
from shared.record.database import Database, is_environment, is_transient
from shared.record.decide import Work
from shared.record.flush import Raced
from shared.record.rows import Missed
from shared.reference.entry import Entry
from shared.refusals.failures import describe, where

LARGEST_BATCH = 1000
_IDLE = 1000
_LONG, _SHORT = 1000, 20
_SLOW = 0.08
_POSTPONED = 250
_HOLES = 1.0
_PARKED, _LONG_PARKED, _FULL = 30.0, 600.0, 1.0
MOST_PARKED = 100_000
_STOP_WITHIN = 5.0
log = structlog.get_logger("listen")


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """`after_commit(keys, facts)` after each transaction, `facts` if it added any; `joined` for readiness.

    `failing_since`: since when, by the monotonic clock, it has not got its partitions without being interrupted again.
    """

    def __init__(
        self,
        ears: Ears,
        database: Database,
        bootstrap: str,
        after_commit: Callable[[set[str], bool], None],
        session_timeout: float = 10.0,
        instance: str | None = None,
    ) -> None:
        self.ears, self.database, self.bootstrap, self.after_commit = ears, database, bootstrap, after_commit
        self.session_timeout, self.instance = session_timeout, instance
        self.readings: dict[Place, Reading] = {}
        self.joined = False
        self.failing_since: float | None = None
        self.handled = 0
        self._stored_at = self._looked_at = self._holes_at = self._parked_at = 0.0
        self._full = False
        self._marks: dict[str, Marks] = {}
        self._failure: BaseException | None = None
        self._learnt = False
        self._consumer: AIOKafkaConsumer | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="listen")

    async def stop(self) -> None:
        """What is in hand is finished; the rest stays in Kafka."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def lag(self) -> dict[Place, int]:
        """Records not yet read, per partition."""
        consumer = self._consumer
        if consumer is None:
            return {}
        return {
            place: max(0, (consumer.highwater(TopicPartition(*place)) or 0) - reading.next)
            for place, reading in self.readings.items()
            if TopicPartition(*place) in consumer.assignment()
        }

    async def caught_up(self, within: float) -> bool:
        """Whether all that lies in Kafka now is handled, by whichever replica, before so many seconds have passed."""
        until = time.monotonic() + within
        with suppress(KafkaError):
            ends = await self._ends()
            while ends is not None and not await self._handled(ends):
                if time.monotonic() > until:
                    return False
                await asyncio.sleep(0.05)
            return ends is not None
        return False

    async def _ends(self) -> dict[TopicPartition, int] | None:
        """Where the partitions end; None while that cannot be known."""
        consumer, topics = self._consumer, self.ears.reactions.topics
        if consumer is None or not all(consumer.partitions_for_topic(topic) for topic in topics):
            return None
        places = [TopicPartition(topic, n) for topic in topics for n in consumer.partitions_for_topic(topic)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends

    async def _handled(self, ends: dict[TopicPartition, int]) -> bool:
        async with self.database.plain() as connection:
            rows = await connection.fetch("SELECT topic, partition, next FROM offsets")
        stored = {(row["topic"], row["partition"]): row["next"] for row in rows}
        here = {place: reading.next for place, reading in self.readings.items()}
        return all(max(stored.get(place, 0), here.get(place, 0)) >= end for place, end in ends.items())

    async def _run(self) -> None:
        pause = 0.2
        while True:
            started = time.monotonic()
            try:
                await self._consume()
            except Exception as error:  # the outermost loop: whatever it was, nothing is read on
                expected = isinstance(error, KafkaError | OSError) or is_transient(error)
                say = log.warning if expected else log.error
                say(
                    "listening interrupted; it starts again from the stored offsets",
                    error=describe(error),
                    where=where(error),
                )
            self.readings.clear()
            self._marks.clear()
            self.joined = False
            self.failing_since = self.failing_since or time.monotonic()
            pause = 0.2 if time.monotonic() - started > 10 else min(pause * 2, 5.0)
            await asyncio.sleep(pause)

    async def _consume(self) -> None:
        self._failure, self._learnt = None, False
        consumer = self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=f"lianzhi{self.ears.source.replace('/', '.')}",
            group_instance_id=self.instance,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            session_timeout_ms=int(self.session_timeout * 1000),
            heartbeat_interval_ms=int(self.session_timeout * 300),
            max_poll_interval_ms=600_000,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=_LONG,
            # A topic that was deleted and created again is noticed by this alone; the default is five minutes.
            metadata_max_age_ms=5000,
        )
        consumer.subscribe(list(self.ears.reactions.topics), listener=self)
        try:
            await consumer.start()
            while True:
                await self._poll(consumer)
        finally:
            self._consumer = None
            # A coordinator that is gone would be waited for much longer; it notices by itself.
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_WITHIN):
                    await consumer.stop()

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        if self._full:
            await asyncio.sleep(_FULL)
            await self._look_at_parked()
            return
        try:
            first = await self._to_learn_first(consumer)
            wait = await self._store_postponed(consumer)
            await asyncio.sleep(max(0.0, self._looked_at + self.ears.reactions.patience - time.monotonic()))
            polled = await consumer.getmany(*first, timeout_ms=wait, max_records=LARGEST_BATCH)
        except OffsetOutOfRangeError as out_of_range:
            for place in out_of_range.args[0]:
                await self._rewind(consumer, place, "the stored offset is outside the partition")
            return
        except NoOffsetForPartitionError:
            # Asked for Kafka's own offset in the moment between assignment and our seek: there is none, on purpose.
            polled = {}
        self._looked_at = time.monotonic()
        if self._failure is not None:
            raise ConnectionError("a stored offset could not be read") from self._failure
        read = [
            (reading, records)
            for place, found in polled.items()
            if (reading := self.readings.get((place.topic, place.partition))) is not None
            and (records := await self._trusted(consumer, place, reading, found))
        ]
        if read:
            # When a batch takes longer than that, the client asks again meanwhile, but only for partitions of which
            # it holds nothing, and for no other until it is answered: a long wait would then hold up all others.
            fetcher = consumer._fetcher
            hurry = asyncio.get_running_loop().call_later(_SLOW, setattr, fetcher, "_fetch_max_wait_ms", _SHORT)
            await self._handle(consumer, read)
            hurry.cancel()
            fetcher._fetch_max_wait_ms = _LONG
        await self._look_at_holes()
        await self._look_at_parked()
        for reading in list(self.readings.values()):
            await self._follow(consumer, reading)

    async def _look_at_holes(self) -> None:
        waiting = [reading for reading in self.readings.values() if reading.holes]
        if waiting and time.monotonic() >= self._holes_at:
            self._holes_at = time.monotonic() + _HOLES
            async with self.database.plain() as connection:
                for reading in waiting:
                    reading.ripe.update(await refresh(connection, reading.marks, reading.holes))

    async def _look_at_parked(self) -> None:
        """What waits is told again and again until somebody has looked at it; and it may not grow for ever."""
        if time.monotonic() < self._parked_at:
            return
        self._parked_at = time.monotonic() + _PARKED
        async with self.database.plain() as connection:
            waiting, since = await how_many_wait(connection)
        self._full = waiting >= MOST_PARKED
        if self._full:
            self.failing_since = self.failing_since or time.monotonic()
            log.error("too many facts wait; nothing is read on until some are retried or skipped", waiting=waiting)
        elif since >= _LONG_PARKED:
            log.error("facts wait to be retried or skipped", waiting=waiting, hours=round(since / 3600, 1))

    async def _store_postponed(self, consumer: AIOKafkaConsumer) -> int:
        """What only passed by is stored a few times a second: how many milliseconds there are until then."""
        passed = [reading for reading in self.readings.values() if reading.stored != reading.next]
        if not passed:
            self._stored_at = time.monotonic()
            return _IDLE
        left = _POSTPONED - int((time.monotonic() - self._stored_at) * 1000)
        if left > 0:
            return left
        try:
            steps = [Advance(reading, reading.next, reading.identity, {}) for reading in passed]
            await self._commit(Plan(advances=steps))
        except Fenced:
            await self._open_again(consumer, passed)
        self._stored_at = time.monotonic()
        return _IDLE

    async def _to_learn_first(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """What the directory has said so far is learnt before anything is acted on; empty once that is done."""
        places = [place for place in consumer.assignment() if place.topic == Entry.topic]
        if self._learnt or not places:
            return []
        ends = await consumer.end_offsets(places)
        behind = [
            place
            for place in places
            if (reading := self.readings.get((place.topic, place.partition))) is not None and reading.next < ends[place]
        ]
        self._learnt = not behind
        return behind

    async def _handle(self, consumer: AIOKafkaConsumer, read: Sequence[tuple[Reading, Sequence[Record]]]) -> None:
        try:
            plan = self.ears.plan(read)
            if plan.items or plan.unreadable:
                await self._commit(plan)
            else:
                postpone(plan.advances)
        except Fenced:
            await self._open_again(consumer, [reading for reading, _ in read])
            return
        for suspect in plan.suspects:
            await self._reread(consumer, suspect)

    async def _follow(self, consumer: AIOKafkaConsumer, reading: Reading) -> None:
        """Holes that are filled: what waited behind them is handled, in order."""
        while reading.ripe:
            lane = next(iter(reading.ripe))
            async with self.database.plain() as connection:
                rows = await behind_hole(connection, reading.place[0], lane, LARGEST_BATCH)
            plan = self.ears.follow(reading, lane, rows)
            if not plan.items:
                reading.ripe.discard(lane)
                if not rows:
                    reading.holes.discard(lane)
                    log.info("a hole is filled", source=lane[0], lane=lane[1], topic=reading.place[0])
                continue
            try:
                await self._commit(plan)
            except Fenced:
                await self._open_again(consumer, [reading])
                return

    async def _open_again(self, consumer: AIOKafkaConsumer, readings: Sequence[Reading]) -> None:
        log.warning("another consumer has read on; this one reads its position again")
        for topic in {reading.place[0] for reading in readings}:
            await self._open_topic(consumer, topic)

    async def _open_topic(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        """All its partitions: they share their marks."""
        self._marks.pop(topic, None)
        for place in [place for place in self.readings if place[0] == topic]:
            del self.readings[place]
        for partition in consumer.assignment():
            if partition.topic == topic:
                await self._open(consumer, partition)

    async def _reread(self, consumer: AIOKafkaConsumer, suspect: Suspect) -> None:
        """The missing fact may have come by another partition, where their number has grown.

        Or the log under a running consumer was replaced: only its beginning can tell.
        """
        place = TopicPartition(*suspect.reading.place)
        end = (await consumer.end_offsets([place]))[place]
        await self._open(consumer, place)
        reading = self.readings[place.topic, place.partition]
        async with self.database.plain() as connection:
            await refresh(connection, reading.marks, [suspect.lane])
        if suspect.sequence <= reading.marks.last(suspect.lane) + 1:
            return
        reading.reread = end
        await self._rewind(consumer, place, "a fact of a lane seems to be missing")

    async def _commit(self, plan: Plan) -> None:
        """One transaction; again while the database is away. Raises Fenced, or what is no single fact's fault."""
        pause, failed = 0.1, False
        while True:
            try:
                await self._transact(plan)
                return
            except Missed as missed:
                raise Fenced from missed
            except Exception as error:
                if isinstance(error, Raced) or is_transient(error) or is_environment(error):
                    self._tell_of(error)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 5.0)
                    plan = self._again(plan)
                elif len(plan.items) > 1:
                    await self._one_by_one(plan)
                    return
                elif failed and plan.items:
                    plan = _out_of_the_way(plan, error)
                    failed = False
                elif not plan.items or plan.items[0].cause == "hole":
                    raise
                else:
                    failed, plan = True, self._again(plan)
                    _fail(plan.items[0], error)

    def _tell_of(self, error: Exception) -> None:
        """What says nothing about any fact parks none: it waits, and whoever can mend it is told."""
        if is_environment(error):
            self.failing_since = self.failing_since or time.monotonic()
            log.error("the database does not fit this version; nothing is read on", error=describe(error))
        else:
            log.warning("the database is away; nothing is read on", error=describe(error))

    async def _transact(self, plan: Plan) -> None:
        done = None
        if plan.is_plain():
            done = await self._at_once(plan)
            plan = plan if done else self._again(plan)
        if done is None:
            async with self.database.transaction() as connection:
                done = await self.ears.transact(connection, plan)
        work, kept = done
        committed(plan.advances)
        self.failing_since = None
        self.handled += len(plan.items)
        for entry in kept:
            self.ears.reference.put(entry)
        if work.facts or plan.items:
            keys = work.keys() | {item.envelope.key for item in plan.items}
            self.after_commit(keys, bool(work.facts))

    async def _at_once(self, plan: Plan) -> tuple[Work, list[Entry]] | None:
        with suppress(Raced):
            async with self.database.plain() as connection:
                return await self.ears.at_once(connection, plan)
        return None

    def _again(self, plan: Plan) -> Plan:
        """The same plan, undecided: a rolled back transaction may have marked items as waiting."""
        items = [self.ears.again(item) for item in plan.items]
        return Plan(items, plan.advances, plan.unreadable, plan.suspects)

    async def _one_by_one(self, plan: Plan) -> None:
        """The database refuses something in the batch: each fact in a transaction of its own finds out which."""
        if plan.unreadable:
            await self._commit(Plan(unreadable=plan.unreadable))
        for item in plan.items:
            await self._commit(self._again(Plan([item], item.advance())))
        rest = [step for step in plan.advances if not step.is_reached()]
        if rest:
            await self._commit(Plan(advances=rest))

    async def _trusted(
        self,
        consumer: AIOKafkaConsumer,
        place: TopicPartition,
        reading: Reading,
        found: list[ConsumerRecord],
    ) -> list[Record]:
        """After opening, the first record must be the one handled last; else the log behind the offset is another."""
        records = [Record(place.topic, place.partition, r.offset, r.key, r.headers, r.value) for r in found]
        if reading.trusted:
            return records
        first = records[0]
        if first.offset == reading.next - 1 and _identity(first) == reading.identity:
            reading.trusted = True
            return records[1:]
        await self._rewind(consumer, place, "the record handled last is another one or gone")
        return []

    async def _rewind(self, consumer: AIOKafkaConsumer, place: TopicPartition, why: str) -> None:
        log.error(
            "reading a partition from its beginning; what is known is skipped",
            topic=place.topic,
            partition=place.partition,
            why=why,
        )
        reading = self.readings.get((place.topic, place.partition))
        if reading is not None:
            reading.trusted = True
        await consumer.seek_to_beginning(place)

    async def _open(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
        partitions = consumer.partitions_for_topic(place.topic)
        if not partitions:
            raise ConnectionError(f"the partitions of {place.topic} are not known")
        async with self.database.plain() as connection:
            if place.topic not in self._marks:
                self._marks[place.topic] = await open_marks(connection, place.topic)
            marks = self._marks[place.topic]
            reading = await open_reading(connection, (place.topic, place.partition), len(partitions), marks)
        for source, lane in sorted(reading.holes):
            log.error("a fact is missing; its lane waits", topic=place.topic, source=source, lane=lane)
        self.readings[reading.place] = reading
        consumer.seek(place, reading.next if reading.identity is None else reading.next - 1)

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        # The client logs and swallows what is raised here and then reads on by its own policy, so the failure is
        # kept and raised by the loop.
        try:
            assert self._consumer is not None
            for place in assigned:
                await self._open(self._consumer, place)
            self.joined, self.failing_since = True, None
        except Exception as error:
            self._failure = error

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        for place in revoked:
            self.readings.pop((place.topic, place.partition), None)
            self._marks.pop(place.topic, None)


def _identity(record: Record) -> tuple[str, int]:
    try:
        return identity_of(read_envelope(record.headers, record.value))
    except NotUnderstood:
        return identity_of_unreadable(record)


def _out_of_the_way(plan: Plan, error: Exception) -> Plan:
    """The database does not even take it as a fact that waits: its lane must not stand still for that."""
    unreadable = [Quarantined(item.record, f"it cannot be parked: {describe(error)}") for item in plan.items]
    return Plan(advances=plan.advances, unreadable=unreadable)


def _fail(item: Item, error: Exception) -> None:
    item.cause, item.problem = "failed", describe(error)
    if item.known:
        give_up(item)
