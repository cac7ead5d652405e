"""Tells Kafka facts as a service's relay would, or as no relay ever should."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.facts.envelope import Trail, attributes, lane_of, source_of, to_headers
from shared.facts.fact import Fact
from shared.relay.topics import TOPICS
from shared.world.world import new_id
from tests.kit.toys.toy.facts import Added

NOW = datetime(2021, 5, 6, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Letter:
    """A record before it is sent."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    position: int = 0
    sequence: int = 0

    def with_header(self, name: str, value: bytes | None) -> "Letter":
        """Another value for a header; None leaves it out."""
        others = [pair for pair in self.headers if pair[0] != name]
        return replace(self, headers=others if value is None else [*others, (name, value)])


@dataclass
class Voice:
    """Numbers what it writes as `service`'s sealer would."""

    bootstrap: str
    service: str = "toy"
    position: int = 0
    sequences: dict[tuple[str, int], int] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    written: list[Letter] = field(default_factory=list)
    producer: Any = None

    async def __aenter__(self) -> Self:
        self.producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", max_request_size=2_000_000)
        await self.producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.producer.stop()

    @property
    def source(self) -> str:
        return source_of(self.service)

    def write(self, fact: Fact, aggregate: str = "counter", id: str | None = None) -> Letter:
        """The next fact, not yet sent."""
        about = (aggregate, id or fact.key())
        self.versions[about] = self.versions.get(about, 0) + 1
        lane = lane_of(fact.key())
        self.sequences[fact.topic, lane] = self.sequences.get((fact.topic, lane), 0) + 1
        self.position += 1
        sequence = self.sequences[fact.topic, lane]
        named = attributes(fact, new_id(), (*about, self.versions[about]), Trail()) | {"source": self.source}
        headers = to_headers(named, self.position, lane, sequence)
        partition = lane % TOPICS[fact.topic]
        letter = Letter(fact.topic, partition, fact.key().encode(), fact.data(), headers, self.position, sequence)
        self.written.append(letter)
        return letter

    def added(self, counter: str, amount: int = 1) -> Letter:
        return self.write(Added(at=NOW, by="somebody", counter_id=counter, amount=amount, total=0))

    async def send(self, *letters: Letter) -> list[int]:
        """In this order; the offsets they got."""
        handed = [
            await self.producer.send(
                letter.topic,
                letter.value,
                letter.key,
                partition=letter.partition,
                headers=list(letter.headers),
            )
            for letter in letters
        ]
        return [(await each).offset for each in handed]

    async def ends(self, of: Iterable[tuple[str, int]] = ()) -> dict[tuple[str, int], int]:
        """The end offset of these partitions, or of each that something was written to."""
        written = {(letter.topic, letter.partition) for letter in self.written}
        places = {TopicPartition(*place) for place in set(of) or written}
        if not places:
            return {}
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            ends = await consumer.end_offsets(list(places))
        finally:
            await consumer.stop()
        return {(place.topic, place.partition): end for place, end in ends.items()}

    async def tell(self, counter: str, *amounts: int) -> list[Letter]:
        """Write and send."""
        letters = [self.added(counter, amount) for amount in amounts]
        await self.send(*letters)
        return letters


def same_lane(key: str, count: int = 1) -> list[str]:
    """Other keys whose facts travel in the lane of this one."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        number += 1
        other = f"{key}~{number}"
        if lane_of(other) == lane_of(key):
            found.append(other)
    return found


def another_lane(key: str, same_partition: bool = True) -> str:
    """A key of another lane, in the same partition of `cases` or not."""
    number = 0
    while True:
        number += 1
        other = f"{key}^{number}"
        if lane_of(other) != lane_of(key):
            together = lane_of(other) % TOPICS["cases"] == lane_of(key) % TOPICS["cases"]
            if together == same_partition:
                return other
