"""One transaction over what was read: the fence, the sequences, the effects, and what must wait."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.facts.envelope import Envelope, Outside, Trail, read_envelope, read_fact, read_outside
from shared.facts.packing import unpack_headers
from shared.facts.upcast import NotUnderstood, newest
from shared.listen.parking import (
    Cause,
    Parked,
    Quarantined,
    Record,
    asking_blocked,
    blocked_keys,
    drop,
    envelope_of,
    park,
    quarantine,
    take,
)
from shared.listen.partitions import (
    FENCE,
    Advance,
    Lane,
    Reading,
    advancing,
    identity_of,
    identity_of_unreadable,
)
from shared.listen.reactions import Effect, Heard, Reactions, Try
from shared.record.aggregate import Write
from shared.record.database import Connection
from shared.record.decide import Work
from shared.record.flush import flush
from shared.record.rows import Filed, Missed, Row, together
from shared.reference.entry import Entry
from shared.reference.reference import Keep, Reference, storing
from shared.refusals.failures import describe
from shared.refusals.refusals import Refused

log = structlog.get_logger("listen")


@dataclass(slots=True)
class Item:
    """A fact to handle now, or one that must wait. `waiting` is its row when it comes from behind a hole."""

    record: Record
    envelope: Envelope
    reading: Reading | None = None
    waiting: int | None = None
    cause: Cause | None = None
    problem: str = ""
    known: bool = False
    effects: list[Effect] = field(default_factory=list)

    def advance(self) -> list[Advance]:
        """How far this fact alone brings its partition."""
        if self.reading is None:
            return []
        counts = self.cause != "hole" and not self.known
        marks = {(self.envelope.source, self.envelope.lane): self.envelope.sequence} if counts else {}
        if self.waiting is not None:
            return [Advance(self.reading, self.reading.next, self.reading.identity, marks)]
        return [Advance(self.reading, self.record.offset + 1, identity_of(self.envelope), marks)]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record whose lane seems to miss a fact before it."""

    reading: Reading
    lane: Lane
    sequence: int


@dataclass(slots=True)
class Plan:
    """What reading came to before the transaction: items in order, and how far each partition goes.

    `marks` are those of each topic after it.
    """

    items: list[Item] = field(default_factory=list)
    advances: list[Advance] = field(default_factory=list)
    unreadable: list[Quarantined] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    marks: dict[str, dict[Lane, int]] = field(default_factory=dict)

    def is_plain(self) -> bool:
        """Facts in their order with effects that one statement can write."""
        return not self.unreadable and all(
            item.cause is None
            and item.waiting is None
            and not any(isinstance(effect, Filed) for effect in item.effects)
            for item in self.items
        )


class Ears:
    """A service's reactions with all they need; pure until `transact`."""

    def __init__(self, source: str, reactions: Reactions, reference: Reference) -> None:
        self.source, self.reactions, self.reference = source, reactions, reference
        self._passes: dict[tuple[str, str], bool] = {}

    def plan(self, read: Sequence[tuple[Reading, Sequence[Record]]]) -> Plan:
        plan = Plan()
        for reading, records in read:
            self._plan_partition(plan, reading, records)
        return plan

    def _plan_partition(self, plan: Plan, reading: Reading, records: Sequence[Record]) -> None:
        marks: dict[Lane, int] = {}
        told = plan.marks.setdefault(reading.place[0], {})
        next_offset, identity = None, reading.identity
        for record in records:
            passing = self._passing(record)
            if passing is not None:
                lane = (passing.source, passing.lane)
                last = told.get(lane) or reading.marks.last(lane)
                if passing.sequence == last + 1 and lane not in reading.holes:
                    marks[lane] = told[lane] = passing.sequence
                    next_offset, identity = record.offset + 1, (passing.source, passing.position)
                    continue
            try:
                envelope = read_envelope(record.headers, record.value)
            except NotUnderstood as problem:
                plan.unreadable.append(Quarantined(record, str(problem)))
                next_offset, identity = record.offset + 1, identity_of_unreadable(record)
                continue
            lane = (envelope.source, envelope.lane)
            last = told.get(lane) or reading.marks.last(lane)
            if envelope.sequence > last + 1 and lane not in reading.holes and record.offset >= reading.reread:
                plan.suspects.append(Suspect(reading, lane, envelope.sequence))
                break
            next_offset, identity = record.offset + 1, identity_of(envelope)
            if envelope.sequence > last + 1:
                plan.items.append(self._missing(reading, lane, record, envelope, last))
            elif envelope.sequence == last + 1:
                marks[lane] = told[lane] = envelope.sequence
                plan.items.append(self.item(record, envelope, reading))
                if lane in reading.holes:
                    reading.ripe.add(lane)
            elif self.reactions.again is not None:
                plan.items.append(self.item(record, envelope, reading, known=True))
        if next_offset is not None:
            plan.advances.append(Advance(reading, next_offset, identity, marks))

    def _passing(self, record: Record) -> Outside | None:
        """What is outside of a record that concerns nobody here: its inside is not even looked at."""
        outside = read_outside(record.headers)
        if outside is None:
            return None
        about = outside.source, outside.type
        passes = self._passes.get(about)
        if passes is None:
            passes = self._passes[about] = self._passes_by(*about)
        return outside if passes else None

    def _passes_by(self, source: str, type: str) -> bool:
        if source == self.source and not self.reactions.own:
            return True
        return self.reactions.every is None and not self._concerns(type)

    def _missing(self, reading: Reading, lane: tuple[str, int], record: Record, envelope: Envelope, last: int) -> Item:
        if lane not in reading.holes:
            reading.holes.add(lane)
            log.error(
                "a fact is missing; its lane waits",
                missing=last + 1,
                lane=envelope.lane,
                topic=record.topic,
                source=envelope.source,
            )
        problem = f"sequence {last + 1} of its lane is missing"
        return Item(record, envelope, reading, cause="hole", problem=problem)

    def item(self, record: Record, envelope: Envelope, reading: Reading | None = None, known: bool = False) -> Item:
        item = Item(record, envelope, reading, known=known)
        try:
            if not known:
                item.effects = self.effects(envelope, record)
            elif self.reactions.again is not None:
                item.effects = list(self.reactions.again(envelope, record))
        except Exception as problem:  # whatever a reaction does wrong stops its own case only
            item.cause, item.problem = "failed", describe(problem)
            if known:
                give_up(item)
        return item

    def again(self, item: Item) -> Item:
        """The same, undecided."""
        if item.cause == "hole":
            return item
        fresh = self.item(item.record, item.envelope, item.reading, item.known)
        fresh.waiting = item.waiting
        return fresh

    def follow(self, reading: Reading, lane: tuple[str, int], rows: Sequence[Mapping[str, Any]]) -> Plan:
        """The facts that waited behind a hole, as far as they follow without another gap."""
        plan, last = Plan(), reading.marks.last(lane)
        for row in rows:
            if row["sequence"] > last + 1:
                break
            known = row["sequence"] <= last
            item = Item(record_of(row), envelope_of(row), reading, known=True)
            if not known:
                item, last = self.item(item.record, item.envelope, reading), row["sequence"]
            item.waiting = row["id"]
            plan.items.append(item)
        if plan.items:
            plan.advances.append(Advance(reading, reading.next, reading.identity, {lane: last}))
        return plan

    def effects(self, envelope: Envelope, record: Record) -> list[Effect]:
        """What follows from a fact. Raises NotUnderstood, or whatever the reaction raises."""
        effects: list[Effect] = []
        if envelope.source == self.source and not self.reactions.own:
            return effects
        if self.reactions.every is not None:
            effects.extend(self.reactions.every(envelope, record))
            if not self.reactions.table:
                return effects
        if not self._concerns(envelope.type):
            return effects
        fact = read_fact(envelope)
        if fact is None:
            return effects
        if isinstance(fact, Entry):
            effects.append(Keep(fact))
        reaction = self.reactions.table.get(type(fact))
        if reaction is not None:
            effects.extend(reaction(Heard(fact, envelope, self.reference)))
        return effects

    def _concerns(self, type: str) -> bool:
        """A kind that nobody here reacts to is not even read: what is wrong with it is for others to say."""
        found = newest(type)
        return found is not None and (found[0] in self.reactions.table or issubclass(found[0], Entry))

    async def at_once(self, connection: Connection, plan: Plan) -> tuple[Work, list[Entry]] | None:
        """As `transact` for a plain plan, without a transaction, in two round trips.

        None where something has to wait: nothing was written, and the plan has to be made `again`.
        """
        work, kept = Work(), list[Entry]()
        asking = asking_blocked(item.envelope.key for item in plan.items)
        (blocked,) = await work.look(connection, _targets(plan.items), asking)
        if blocked:
            return None
        for item in plan.items:
            await self._try(connection, work, kept, item)
            if item.cause is not None:
                return None
        await flush(connection, work, [*advancing(plan.advances), *storing(kept)])
        return work, kept

    async def transact(self, connection: Connection, plan: Plan) -> tuple[Work, list[Entry]]:
        """In the caller's transaction. Raises Missed, Raced, or what the database says."""
        work, kept = Work(), list[Entry]()
        await together(connection, advancing(plan.advances))
        taken = [item.waiting for item in plan.items if item.waiting is not None]
        if taken and not await take(connection, taken):
            raise Missed(FENCE)
        blocked = await blocked_keys(connection, (item.envelope.key for item in plan.items))
        await work.hold(connection, _targets(item for item in plan.items if item.envelope.key not in blocked))
        waiting = []
        for item in plan.items:
            # What has no effect here, one's own facts above all, need not wait for anything.
            if item.cause is None and item.effects and item.envelope.key in blocked and not item.known:
                item.cause, item.problem = "behind", "an earlier fact of this case waits"
            if item.cause is None:
                await self._try(connection, work, kept, item)
            if item.cause is not None:
                if item.cause != "hole":
                    blocked.add(item.envelope.key)
                waiting.append(Parked(item.record, item.envelope, item.cause, item.problem, item.waiting))
        await flush(connection, work, storing(kept))
        await park(connection, waiting)
        still = {item.waiting for item in waiting}
        await drop(connection, [id for id in taken if id not in still])
        await quarantine(connection, plan.unreadable)
        _tell(waiting, plan.unreadable)
        return work, kept

    async def _try(self, connection: Connection, work: Work, kept: list[Entry], item: Item) -> None:
        mark, entries = work.mark(), len(kept)
        try:
            await apply_effects(connection, work, kept, item.effects, trail_after(item.envelope))
        except Refused as refusal:
            work.undo(mark)
            del kept[entries:]
            item.cause, item.problem = "failed", describe(refusal)
            if item.known:
                give_up(item)


def give_up(item: Item) -> None:
    """A known fact, sent again, never waits: its effects are there."""
    log.error("a known fact, sent again, could not be looked at", type=item.envelope.type, problem=item.problem)
    item.cause, item.effects = None, []


async def apply_effects(
    connection: Connection, work: Work, kept: list[Entry], effects: Iterable[Effect], trail: Trail
) -> None:
    """Raises Refused for a write that is not in a `Try`."""
    for effect in effects:
        if isinstance(effect, Write):
            work.decide([effect], trail)
        elif isinstance(effect, Row | Filed):
            work.rows.append(effect)
        elif isinstance(effect, Keep):
            kept.append(effect.entry)
        else:
            await _attempt(connection, work, effect, trail)


async def _attempt(connection: Connection, work: Work, attempt: Try, trail: Trail) -> None:
    try:
        work.decide(attempt.writes, trail)
    except Refused as refusal:
        instead = attempt.otherwise(refusal)
        await work.hold(connection, [(write.aggregate, write.id) for write in instead])
        work.decide(instead, trail)


def _targets(items: Iterable[Item]) -> list[tuple[Any, str]]:
    targets = []
    for item in items:
        for effect in item.effects:
            if isinstance(effect, Write):
                targets.append((effect.aggregate, effect.id))
            elif isinstance(effect, Try):
                targets.extend((write.aggregate, write.id) for write in effect.writes)
    return targets


def trail_after(envelope: Envelope) -> Trail:
    """The trail of what follows from a fact."""
    return Trail(envelope.trail.correlation, envelope.id, envelope.trail.traceparent)


def record_of(row: Mapping[str, Any]) -> Record:
    """Of a row of `parked`."""
    headers = unpack_headers(row["headers"])
    return Record(row["topic"], row["partition"], row["offset"], row["key"].encode(), headers, row["value"])


def _tell(waiting: Sequence[Parked], unreadable: Sequence[Quarantined]) -> None:
    for item in waiting:
        if item.cause == "failed":
            log.error(
                "a fact cannot be handled; its case waits, others go on; retry or skip it by the API",
                case=item.envelope.key,
                type=item.envelope.type,
                source=item.envelope.source,
                position=item.envelope.position,
                problem=item.problem,
            )
    for record in unreadable:
        log.error(
            "a record is unreadable; it is in quarantine",
            topic=record.record.topic,
            partition=record.record.partition,
            offset=record.record.offset,
            problem=record.problem,
        )
