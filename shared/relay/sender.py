"""What is sealed, to Kafka, in order. A send that fails stops the stream: the relay starts again from the mark."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.record.database import Database
from shared.relay.anchors import Anchor, Anchors, LostTail, Place, store_last
from shared.relay.sealer import Deposed, Sealed

Batch = tuple[Place, BatchBuilder, list[Sealed]]


class Sender:
    """One idempotent producer, `acks=all`, for one term.

    `first` and `latest`: the first and the last record acknowledged in each partition in this term.
    """

    def __init__(self, bootstrap: str, database: Database, name: str) -> None:
        self.database = database
        self.term = 0
        self._partitions: dict[str, int] = {}
        self.first: Anchors = {}
        self.latest: Anchors = {}
        self._position = self._marked = 0
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            client_id=name,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=256 * 1024,
            request_timeout_ms=10_000,
        )

    async def start(self) -> None:
        await self._producer.start()

    async def stop(self) -> None:
        await self._producer.stop()
        with suppress(Deposed):
            await self.mark()

    async def send(self, sealed: Sequence[Sealed]) -> None:
        """All acknowledged when it answers. Raises KafkaError: nothing is known of the rest."""
        batches = await self._batched(sealed)
        # A batch of our own making costs the client one future instead of one a fact.
        sending = [
            await self._producer.send_batch(builder, place[0], partition=place[1]) for place, builder, _ in batches
        ]
        for (place, _, facts), first in zip(batches, await asyncio.gather(*sending), strict=True):
            before = self.latest.get(place)
            if before is not None and first.offset <= before.offset:
                raise LostTail("a log was replaced under this producer: it begins again at lower offsets", place)
            self.first.setdefault(place, Anchor(first.offset, facts[0].position))
            self.latest[place] = Anchor(first.offset + len(facts) - 1, facts[-1].position)
        self._position = sealed[-1].position

    async def mark(self) -> None:
        """Stores how far all is acknowledged. What is not marked is sent again after a crash; consumers know it.

        Raises Deposed: a leader that wakes up late must not move the mark of the one after it.
        """
        position = self._position
        if position == self._marked:
            return
        last = {place: anchor for place, anchor in self.latest.items() if anchor.position > self._marked}
        async with self.database.transaction() as connection:
            await connection.execute("SET LOCAL synchronous_commit = off")
            mine = await connection.fetchval(
                "UPDATE sending SET position = greatest(position, $1) WHERE term = $2 RETURNING true",
                position,
                self.term,
            )
            if not mine:
                raise Deposed
            await store_last(connection, last)
        self._marked = position

    async def _batched(self, sealed: Sequence[Sealed]) -> list[Batch]:
        """By partition, each in order; a full batch is followed by another."""
        open_: dict[Place, Batch] = {}
        batches: list[Batch] = []
        for fact in sealed:
            place = (fact.topic, fact.lane % await self._partitions_of(fact.topic))
            batch = open_.get(place)
            if batch is None or not _add(batch, fact):
                batch = open_[place] = (place, self._producer.create_batch(), [])
                batches.append(batch)
                _add(batch, fact)
        return batches

    async def _partitions_of(self, topic: str) -> int:
        if topic not in self._partitions:
            self._partitions[topic] = len(await self._producer.partitions_for(topic))
        return self._partitions[topic]


def _add(batch: Batch, fact: Sealed) -> bool:
    """False when the batch is full; its first fact always fits."""
    _, builder, facts = batch
    added = builder.append(timestamp=None, key=fact.key.encode(), value=fact.data, headers=fact.headers)
    if added is None:
        return False
    facts.append(fact)
    return True
