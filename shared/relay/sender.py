"""What is sealed, to Kafka, in order. A send that fails stops the stream: the relay starts again from the mark."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from shared.record.database import Database
from shared.relay.anchors import Anchor, Anchors, LostTail, store_anchors
from shared.relay.sealer import Sealed


class Sender:
    """One idempotent producer, `acks=all`, for one term."""

    def __init__(self, bootstrap: str, database: Database, name: str) -> None:
        self.database = database
        self._partitions: dict[str, int] = {}
        self._last: dict[tuple[str, int], int] = {}
        self._anchors: Anchors = {}
        self._position = 0
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
        await self.mark()

    async def send(self, sealed: Sequence[Sealed]) -> None:
        """All acknowledged when it answers. Raises KafkaError: nothing is known of the rest."""
        acknowledgements = [await self._hand_over(fact) for fact in sealed]
        done = await asyncio.gather(*acknowledgements)
        for record, fact in zip(done, sealed, strict=True):
            place = (record.topic, record.partition)
            if record.offset <= self._last.get(place, -1):
                raise LostTail("a log was replaced under this producer: it begins again at lower offsets", place)
            self._last[place] = record.offset
            self._anchors[place] = Anchor(record.offset, fact.position)
        self._position = sealed[-1].position

    async def mark(self) -> None:
        """Stores how far all is acknowledged. What is not marked is sent again after a crash; consumers know it."""
        anchors, position, self._anchors = self._anchors, self._position, {}
        if not anchors:
            return
        async with self.database.transaction() as connection:
            await connection.execute("SET LOCAL synchronous_commit = off")
            await store_anchors(connection, anchors)
            await connection.execute("UPDATE sending SET position = $1 WHERE position < $1", position)

    async def _hand_over(self, fact: Sealed):  # type: ignore[no-untyped-def]
        partitions = self._partitions.get(fact.topic)
        if partitions is None:
            partitions = len(await self._producer.partitions_for(fact.topic))
            self._partitions[fact.topic] = partitions
        return await self._producer.send(
            fact.topic,
            value=fact.data,
            key=fact.key.encode(),
            partition=fact.lane % partitions,
            headers=fact.headers,
        )
