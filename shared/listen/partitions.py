"""What this service has read of each partition, as stored beside its effects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from shared.facts.envelope import Envelope
from shared.listen.parking import Record
from shared.record.database import Connection
from shared.record.rows import Statement

FENCE = "fenced"
Place = tuple[str, int]
Lane = tuple[str, int]
"""A source, and the number of its lane."""


@dataclass(slots=True)
class Marks:
    """The last sequence handled of each lane of a topic, shared by all its partitions.

    Where the number of partitions has grown, a partition still holds old facts of lanes that have moved on to another.
    `kept` are the marks as stored, each a fence of its own; `unsaved` those of facts that only passed by.
    """

    topic: str
    now: dict[Lane, int] = field(default_factory=dict)
    kept: dict[Lane, int] = field(default_factory=dict)
    unsaved: dict[Lane, int] = field(default_factory=dict)

    def last(self, lane: Lane) -> int:
        return self.now.get(lane, 0)


async def open_marks(connection: Connection, topic: str) -> Marks:
    rows = await connection.fetch("SELECT source, lane, sequence FROM marks WHERE topic = $1", topic)
    kept = {(row["source"], row["lane"]): row["sequence"] for row in rows}
    return Marks(topic, dict(kept), kept)


@dataclass(slots=True)
class Reading:
    """One partition. `stored` is the fence: whoever advances it from this value owns the partition now.

    Records that concern nobody here move `next` only. `identity` is that of the record at `next - 1`; `trusted` once
    that record was seen there. Gaps before `reread` have been seen twice. `ripe` are the lanes whose waiting facts may
    follow now.
    """

    place: Place
    next: int
    identity: tuple[str, int] | None
    marks: Marks
    trusted: bool = False
    reread: int = 0
    holes: set[Lane] = field(default_factory=set)
    ripe: set[Lane] = field(default_factory=set)
    stored: int = -1

    def __post_init__(self) -> None:
        if self.stored < 0:
            self.stored = self.next


async def open_reading(connection: Connection, place: Place, partitions: int, marks: Marks) -> Reading:
    """What is stored; a partition never read begins at 0."""
    topic, partition = place
    row = await connection.fetchrow(
        "SELECT next, source, position FROM offsets WHERE topic = $1 AND partition = $2", topic, partition
    )
    if row is None:
        await connection.execute(
            "INSERT INTO offsets (topic, partition, next) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
            topic,
            partition,
        )
    identity = (row["source"], row["position"]) if row is not None and row["source"] is not None else None
    reading = Reading(place, row["next"] if row is not None else 0, identity, marks)
    waiting = await connection.fetch(
        "SELECT DISTINCT source, lane FROM parked WHERE topic = $1 AND lane % $2 = $3 AND cause = 'hole'",
        topic,
        partitions,
        partition,
    )
    reading.holes = {(hole["source"], hole["lane"]) for hole in waiting}
    reading.ripe = set(reading.holes)
    reading.trusted = identity is None
    return reading


@dataclass(frozen=True, slots=True)
class Advance:
    """How far a batch reads one partition."""

    reading: Reading
    next: int
    identity: tuple[str, int] | None
    marks: Mapping[Lane, int]

    def is_reached(self) -> bool:
        """Whether the reading is there already, with every mark."""
        return self.reading.next == self.next and self.marks.items() <= self.reading.marks.now.items()


class Fenced(Exception):
    """The stored offset is not the one this process left: another owner has read on."""


def advancing(advances: Sequence[Advance]) -> list[Statement]:
    """Compare-and-set of every partition (Missed by FENCE), and the marks."""
    if not advances:
        return []
    moving = Statement(
        "UPDATE offsets SET next = given.next, source = given.source, position = given.position"
        " FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[])"
        " AS given (topic, partition, before, next, source, position)"
        " WHERE offsets.topic = given.topic AND offsets.partition = given.partition AND offsets.next = given.before",
        [
            [step.reading.place[0] for step in advances],
            [step.reading.place[1] for step in advances],
            [step.reading.stored for step in advances],
            [step.next for step in advances],
            [step.identity[0] if step.identity else None for step in advances],
            [step.identity[1] if step.identity else None for step in advances],
        ],
        must=len(advances),
        missed=FENCE,
    )
    return [moving, *_marking(_moved(advances))]


def _moved(advances: Sequence[Advance]) -> list[tuple[str, str, int, int, int]]:
    """Source, topic, lane, and its sequence after and before."""
    topics = {step.reading.marks.topic: step.reading.marks for step in advances}
    told: dict[str, dict[Lane, int]] = {topic: dict(marks.unsaved) for topic, marks in topics.items()}
    for step in advances:
        told[step.reading.marks.topic].update(step.marks)
    return [
        (lane[0], topic, lane[1], sequence, topics[topic].kept.get(lane, 0))
        for topic, lanes in told.items()
        for lane, sequence in lanes.items()
    ]


def _marking(moved: Sequence[tuple[str, str, int, int, int]]) -> list[Statement]:
    """Each lane from the sequence that this process knows to be stored, or Missed by FENCE."""
    given = (
        "FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[])"
        " AS given (source, topic, lane, sequence, before)"
    )
    begun = [row for row in moved if not row[4]]
    inserting = Statement(
        f"INSERT INTO marks (source, topic, lane, sequence) SELECT source, topic, lane, sequence {given}"
        " ON CONFLICT DO NOTHING",
        list(map(list, zip(*begun, strict=True))),
        must=len(begun),
        missed=FENCE,
    )
    gone_on = [row for row in moved if row[4]]
    updating = Statement(
        f"UPDATE marks SET sequence = given.sequence {given} WHERE marks.source = given.source"
        " AND marks.topic = given.topic AND marks.lane = given.lane AND marks.sequence = given.before",
        list(map(list, zip(*gone_on, strict=True))),
        must=len(gone_on),
        missed=FENCE,
    )
    return [statement for statement in (inserting, updating) if statement.must]


def committed(advances: Sequence[Advance]) -> None:
    """The transaction stands: remember it."""
    postpone(advances)
    for step in advances:
        step.reading.stored = step.next
        step.reading.marks.kept.update(step.reading.marks.unsaved)
        step.reading.marks.unsaved.clear()


def postpone(advances: Sequence[Advance]) -> None:
    """Nothing of it concerns this service: stored with what comes next. If it is lost, it is read and passed again."""
    for step in advances:
        step.reading.next, step.reading.identity = step.next, step.identity
        step.reading.marks.now.update(step.marks)
        step.reading.marks.unsaved.update(step.marks)


def identity_of(envelope: Envelope) -> tuple[str, int]:
    return envelope.source, envelope.position


def identity_of_unreadable(record: Record) -> tuple[str, int]:
    """Where there is no source and position: the bytes themselves."""
    content = sha256(repr((record.key, record.headers, record.value)).encode()).digest()
    return "unreadable", int.from_bytes(content[:7])


async def refresh(connection: Connection, marks: Marks, lanes: Iterable[Lane]) -> list[Lane]:
    """Those lanes that have gone on without this process: another partition's reader, or an administrator's skip."""
    wanted = sorted(lanes)
    rows = await connection.fetch(
        "SELECT m.source, m.lane, m.sequence FROM unnest($2::text[], $3::smallint[]) AS given (source, lane)"
        " JOIN marks m ON m.source = given.source AND m.lane = given.lane AND m.topic = $1",
        marks.topic,
        [source for source, _ in wanted],
        [lane for _, lane in wanted],
    )
    found = {(row["source"], row["lane"]): row["sequence"] for row in rows}
    gone_on = [lane for lane, last in found.items() if last > marks.kept.get(lane, 0) and lane not in marks.unsaved]
    for lane in gone_on:
        marks.now[lane] = marks.kept[lane] = found[lane]
    return gone_on
