"""Does the broker still hold what this source sent last?

A mark says what was sent; only the records themselves say what is there. The relay looks for its own last record in
each partition at start, after any error, and every few seconds; what is gone is sent again from the log (G4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from shared.record.database import Connection

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last record of this source in one partition."""

    offset: int
    position: int


Anchors = dict[tuple[str, int], Anchor]


class LostTail(KafkaError):  # type: ignore[misc]
    """The broker no longer holds what was sent last."""


async def load_anchors(connection: Connection) -> Anchors:
    rows = await connection.fetch('SELECT topic, partition, "offset", position FROM anchors')
    return {(row["topic"], row["partition"]): Anchor(row["offset"], row["position"]) for row in rows}


async def store_anchors(connection: Connection, anchors: Mapping[tuple[str, int], Anchor]) -> None:
    if anchors:
        await connection.execute(
            'INSERT INTO anchors (topic, partition, "offset", position)'
            " SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[])"
            ' ON CONFLICT (topic, partition) DO UPDATE SET "offset" = EXCLUDED."offset", position = EXCLUDED.position',
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

    async def lost_after(self, anchors: Anchors) -> int | None:
        """The position after which records are missing in some partition; None when all is there."""
        assert self._consumer is not None
        partitions = {TopicPartition(*place): anchor for place, anchor in anchors.items()}
        if not partitions:
            return None
        self._consumer.assign(list(partitions))
        begins = await self._consumer.beginning_offsets(list(partitions))
        ends = await self._consumer.end_offsets(list(partitions))
        lost = [
            position
            for place, anchor in partitions.items()
            # What retention has let go of is not lost; a log that was replaced begins at 0 again.
            if anchor.offset >= begins[place] and not await self._holds(place, anchor, ends[place])
            for position in [await self._last_own(place, anchor, ends[place])]
        ]
        return min(lost, default=None)

    async def _holds(self, place: TopicPartition, anchor: Anchor, end: int) -> bool:
        if end <= anchor.offset:
            return False
        records = await self._read(place, anchor.offset, 1)
        return bool(records) and _position(records[0].headers, self.source) == anchor.position

    async def _last_own(self, place: TopicPartition, anchor: Anchor, end: int) -> int:
        """The position of this source's last record in the partition, by reading backwards; 0 when there is none."""
        assert self._consumer is not None
        begin = (await self._consumer.beginning_offsets([place]))[place]
        while end > begin:
            start = max(begin, end - _CHUNK)
            for record in reversed(await self._read(place, start, end - start)):
                position = _position(record.headers, self.source)
                if position is not None:
                    return min(position, anchor.position)
            end = start
        return 0

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
