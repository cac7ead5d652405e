"""What this service has read of each partition, as stored beside its effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from shared.facts.envelope import Envelope
from shared.listen.parking import Record
from shared.record.database import Connection
from shared.record.rows import Statement

FENCE = "fenced"
Place = tuple[str, int]


@dataclass(slots=True)
class Reading:
    """One partition. `stored` is the fence: whoever advances it from this value owns the partition now.

    Records that concern nobody here move `next` only; `unsaved` are the marks of these. `identity` is that of the
    record at `next - 1`; `trusted` once that record was seen there. Gaps before `reread` have been seen twice. `ripe`
    are the lanes whose waiting facts may follow now.
    """

    place: Place
    next: int
    identity: tuple[str, int] | None
    marks: dict[tuple[str, int], int] = field(default_factory=dict)
    trusted: bool = False
    reread: int = 0
    holes: set[tuple[str, int]] = field(default_factory=set)
    ripe: set[tuple[str, int]] = field(default_factory=set)
    stored: int = -1
    unsaved: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stored < 0:
            self.stored = self.next


async def open_reading(connection: Connection, place: Place, partitions: int) -> Reading:
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
    marks = await connection.fetch(
        "SELECT source, lane, sequence FROM marks WHERE topic = $1 AND lane % $2 = $3",
        topic,
        partitions,
        partition,
    )
    identity = (row["source"], row["position"]) if row is not None and row["source"] is not None else None
    reading = Reading(place, row["next"] if row is not None else 0, identity)
    reading.marks = {(mark["source"], mark["lane"]): mark["sequence"] for mark in marks}
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
    marks: Mapping[tuple[str, int], int]

    def is_reached(self) -> bool:
        """Whether the reading is there already, with every mark."""
        return self.reading.next == self.next and self.marks.items() <= self.reading.marks.items()


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
    marks = [
        (source, step.reading.place[0], lane, sequence)
        for step in advances
        for (source, lane), sequence in {**step.reading.unsaved, **step.marks}.items()
    ]
    marking = Statement(
        "INSERT INTO marks (source, topic, lane, sequence)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[])"
        " ON CONFLICT (source, topic, lane) DO UPDATE SET sequence = EXCLUDED.sequence",
        list(map(list, zip(*marks, strict=True))),
    )
    return [moving, marking] if marks else [moving]


def committed(advances: Sequence[Advance]) -> None:
    """The transaction stands: remember it."""
    for step in advances:
        step.reading.next, step.reading.identity = step.next, step.identity
        step.reading.marks.update(step.marks)
        step.reading.stored = step.next
        step.reading.unsaved.clear()


def postpone(advances: Sequence[Advance]) -> None:
    """Nothing of it concerns this service: stored with what comes next. If it is lost, it is read and passed again."""
    for step in advances:
        step.reading.next, step.reading.identity = step.next, step.identity
        step.reading.marks.update(step.marks)
        step.reading.unsaved.update(step.marks)


def identity_of(envelope: Envelope) -> tuple[str, int]:
    return envelope.source, envelope.position


def identity_of_unreadable(record: Record) -> tuple[str, int]:
    """Where there is no source and position: the bytes themselves."""
    content = sha256(repr((record.key, record.headers, record.value)).encode()).digest()
    return "unreadable", int.from_bytes(content[:7])
