"""A source that a test plays itself: its records go straight to Kafka, or are held back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from zlib import crc32

from aiokafka import AIOKafkaProducer

from shared.facts.envelope import LANES, Trail, attributes, source_of, to_headers
from shared.facts.fact import Fact
from shared.relay.heads import head_fact
from shared.relay.topics import TOPICS
from shared.signing.facts import HEADER, Signer
from shared.world.world import new_id


@dataclass(frozen=True)
class Letter:
    """A record on its way."""

    topic: str
    partition: int
    key: bytes
    headers: list[tuple[str, bytes]]
    value: bytes
    position: int


@dataclass
class Telling:
    """Numbers what it tells as a sealer would; with a `signer`, signs it too."""

    service: str
    producer: AIOKafkaProducer
    position: int = 0
    lanes: dict[tuple[str, int], int] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    heads: tuple[int, str] = (0, "")
    data: list[bytes] = field(default_factory=list)
    signer: Signer | None = None

    @property
    def source(self) -> str:
        return source_of(self.service)

    def write(self, fact: Fact, aggregate: str = "case", id: str | None = None) -> Letter:
        """The record of the next position."""
        about = (aggregate, id or fact.key())
        self.versions[about] = self.versions.get(about, 0) + 1
        lane = crc32(fact.key().encode()) % LANES
        self.lanes[fact.topic, lane] = self.lanes.get((fact.topic, lane), 0) + 1
        self.position += 1
        named = attributes(fact, new_id(), (*about, self.versions[about]), Trail())
        headers = to_headers({**named, "source": self.source}, self.position, lane, self.lanes[fact.topic, lane])
        if self.signer is not None:
            [signature] = self.signer.sign([(headers, fact.data())])
            headers.append((HEADER, signature.encode()))
        self.data.append(fact.data())
        partition = lane % TOPICS[fact.topic]
        return Letter(fact.topic, partition, fact.key().encode(), headers, fact.data(), self.position)

    async def send(self, *letters: Letter) -> None:
        for letter in letters:
            await self.producer.send_and_wait(
                letter.topic, letter.value, letter.key, letter.partition, headers=letter.headers
            )

    async def tell(self, *facts: Fact) -> None:
        for fact in facts:
            await self.send(self.write(fact))

    def head(self, fact_time: object, hash: str | None = None) -> Letter:
        """A head fact over all positions so far; with another hash it lies."""
        begun, before = self.heads
        digest = sha256(before.encode())
        for data in self.data[begun:]:
            digest.update(sha256(data).digest())
        told = hash or digest.hexdigest()
        self.heads = (self.position, told)
        kind = head_fact(self.service)
        fact = kind(at=fact_time, by=self.source, source=self.source, position=self.position, hash=told)
        return self.write(fact, "head", self.source)


@asynccontextmanager
async def telling(bootstrap: str, service: str, signer: Signer | None = None) -> AsyncIterator[Telling]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        yield Telling(service, producer, signer=signer)
    finally:
        await producer.stop()
