"""Does the broker still hold what this source sent?

A mark says what was sent; only the records themselves say what is there. The relay looks for two of its own records
in each partition at start, after any error, and every few seconds; what is gone is sent again from the log (G4).
For the last one sent, which a lost tail takes with it; and for one that an earlier look has found in place, since a log
that was replaced, and that others have refilled beyond the old offsets, is else taken for the old one at the next send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from shared.record.database import Connection

_CHUNK = 500


Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A record of this source in one partition, which shows that all it sent there before is there too."""

    offset: int
    position: int


Anchors = dict[Place, Anchor]


Lost = dict[Place, Anchor | None]
"""Where a record is not in place any more, the last record up to it that is there; None when there is none."""


class LostTail(KafkaError):  # type: ignore[misc]
    """The broker no longer holds what was sent."""


def lost_after(lost: Lost) -> int | None:
    """The position after which records are missing in some partition; None when all is there."""
    return min((last.position if last else 0 for last in lost.values()), default=None)


async def load_anchors(connection: Connection) -> tuple[Anchors, Anchors]:
    """In each partition what an earlier look has seen, and the last sent."""
    rows = await connection.fetch("SELECT * FROM anchors")
    return (
        {(row["topic"], row["partition"]): Anchor(row["seen_offset"], row["seen_position"]) for row in rows},
        {(row["topic"], row["partition"]): Anchor(row["offset"], row["position"]) for row in rows},
    )


async def store_last(connection: Connection, last: Mapping[Place, Anchor]) -> None:
    """Of a new partition it counts as seen."""
    await _put(connection, last, '"offset" = EXCLUDED."offset", position = EXCLUDED.position')


async def store_seen(connection: Connection, term: int, seen: Mapping[Place, Anchor]) -> None:
    """What lies behind one that a look found in place. Nothing is stored for a term that is over."""
    async with connection.transaction():
        if await connection.fetchval("SELECT true FROM sending WHERE term = $1 FOR SHARE", term):
            await _put(connection, seen, "seen_offset = EXCLUDED.seen_offset, seen_position = EXCLUDED.seen_position")


async def replace_anchors(connection: Connection, term: int, anchors: Lost) -> None:
    """Where there is none, none is looked for until the next record. Nothing is stored for a term that is over."""
    async with connection.transaction():
        if await connection.fetchval("SELECT true FROM sending WHERE term = $1 FOR SHARE", term):
            await connection.execute(
                "DELETE FROM anchors WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[]))",
                [topic for topic, _ in anchors],
                [partition for _, partition in anchors],
            )
            await store_last(connection, {place: anchor for place, anchor in anchors.items() if anchor is not None})


async def _put(connection: Connection, anchors: Mapping[Place, Anchor], update: str) -> None:
    await connection.execute(
        'INSERT INTO anchors (topic, partition, "offset", position, seen_offset, seen_position)'
        " SELECT topic, partition, o, p, o, p"
        " FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS new (topic, partition, o, p)"
        f" ON CONFLICT (topic, partition) DO UPDATE SET {update}",
        [topic for topic, _ in anchors],
        [partition for _, partition in anchors],
        [anchor.offset for anchor in anchors.values()],
        [anchor.position for anchor in anchors.values()],
    )


class Witness:
    """Reads back from Kafka."""

    def __init__(self, bootstrap: str, source: str) -> None:
        self.bootstrap, self.source = bootstrap, source.encode()
        self._consumer: AIOKafkaConsumer | None = None

    async def start(self) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
        )
        await self._consumer.start()

    async def stop(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    async def look(self, *looked_for: Mapping[Place, Anchor]) -> Lost:
        """`looked_for`: the earlier before the later ones. Raises KafkaError when the broker cannot be asked."""
        lost: Lost = {}
        seen: set[tuple[Place, Anchor]] = set()
        for anchors in looked_for:
            new = {
                place: anchor for place, anchor in anchors.items() if place not in lost and (place, anchor) not in seen
            }
            lost |= await self._missing(new)
            seen |= new.items()
        return lost

    async def _missing(self, anchors: Mapping[Place, Anchor]) -> Lost:
        assert self._consumer is not None
        partitions = {TopicPartition(*place): anchor for place, anchor in anchors.items()}
        if not partitions:
            return {}
        self._consumer.assign(list(partitions))
        begins = await self._consumer.beginning_offsets(list(partitions))
        ends = await self._consumer.end_offsets(list(partitions))
        return {
            (place.topic, place.partition): await self._last_own(place, anchor, begins[place], ends[place])
            for place, anchor in partitions.items()
            # What retention has let go of is not lost; a log that was replaced begins at 0 again.
            if anchor.offset >= begins[place] and not await self._holds(place, anchor, ends[place])
        }

    async def _holds(self, place: TopicPartition, anchor: Anchor, end: int) -> bool:
        if end <= anchor.offset:
            return False
        records = await self._read(place, anchor.offset, 1)
        return bool(records) and _position(records[0].headers, self.source) == anchor.position

    async def _last_own(self, place: TopicPartition, anchor: Anchor, begin: int, end: int) -> Anchor | None:
        """This source's last record up to the anchor's in the partition, by reading backwards.

        Records after it say nothing: they may have been sent to a log that had been replaced unnoticed.
        """
        while end > begin:
            start = max(begin, end - _CHUNK)
            for record in reversed(await self._read(place, start, end - start)):
                position = _position(record.headers, self.source)
                if position is not None and position <= anchor.position:
                    return Anchor(record.offset, position)
            end = start
        return None

    async def _read(self, place: TopicPartition, offset: int, count: int) -> list:  # type: ignore[type-arg]
        assert self._consumer is not None
        self._consumer.seek(place, offset)
        found: list = []  # type: ignore[type-arg]
        others = [other for other in self._consumer.assignment() if other != place]
        self._consumer.pause(*others)
        try:
            while len(found) < count:
                batch = await self._consumer.getmany(place, timeout_ms=2000, max_records=count - len(found))
                if not batch:
                    break
                found.extend(record for record in batch[place] if offset <= record.offset < offset + count)
        except OffsetOutOfRangeError:
            return []
        finally:
            self._consumer.resume(*others)
        return found


def _position(headers: Sequence[tuple[str, bytes]], source: bytes) -> int | None:
    found = dict(headers)
    if found.get("ce_source") != source or "ce_sequence" not in found:
        return None
    return int(found["ce_sequence"])
