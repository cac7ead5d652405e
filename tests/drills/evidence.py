"""What a drill leaves behind: outboxes, topics, effects, aggregates, audit entries, and what clients were told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.facts.envelope import read_envelope, source_of
from shared.facts.upcast import NotUnderstood


@dataclass(frozen=True)
class Told:
    """One fact, as one place holds it. `nr` is its place there: position, offset, or order of effects."""

    source: str
    position: int
    topic: str
    lane: int
    sequence: int
    key: str
    aggregate: str
    aggregate_id: str
    version: int
    type: str
    id: str
    digest: str
    place: str = ""
    nr: int = 0


@dataclass
class Outbox:
    """`sealed` is the position that the sealer remembers; `waiting` are (aggregate, id, version) not sealed yet."""

    source: str
    log: list[Told]
    sealed: int
    waiting: list[tuple[str, str, int]] = field(default_factory=list)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """One effect of one fact, in the order of happening."""

    source: str
    position: int
    key: str
    version: int


@dataclass
class Listener:
    """`types` are the facts that have effects there; `waiting` are (source, position) parked or skipped."""

    name: str
    types: frozenset[str]
    effects: list[Effect]
    marks: dict[tuple[str, str, int], int] = field(default_factory=dict)
    waiting: set[tuple[str, int]] = field(default_factory=set)
    holes: set[tuple[str, str, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Accepted:
    """A client's 2xx: the aggregate and the version it was told."""

    aggregate: str
    id: str
    version: int


@dataclass
class Evidence:
    outboxes: list[Outbox]
    topics: list[Told] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    entries: list[Told] = field(default_factory=list)


async def read_outbox(connection: asyncpg.Connection, service: str, aggregates: Iterable[str] = ()) -> Outbox:
    """From a service's schema, which is on the connection's search path."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch("SELECT * FROM log ORDER BY position")
        waiting = await connection.fetch("SELECT aggregate, aggregate_id, version FROM pending")
        sealed = await connection.fetchval("SELECT position FROM sealing")
        versions = {
            (name, row["id"]): row["version"]
            for name in aggregates
            for row in await connection.fetch(f"SELECT id, version FROM {name}")
        }
    log = [_of_row(source_of(service), row) for row in rows]
    return Outbox(source_of(service), log, sealed, [tuple(row) for row in waiting], versions)


def _of_row(source: str, row: Any) -> Told:
    return Told(
        source,
        row["position"],
        row["topic"],
        row["lane"],
        row["sequence"],
        row["key"],
        row["aggregate"],
        row["aggregate_id"],
        row["version"],
        row["type"],
        orjson.loads(row["attributes"])["id"],
        sha256(row["data"]).hexdigest()[:12],
        "log",
        row["position"],
    )


async def read_topics(bootstrap: str, topics: Sequence[str]) -> list[Told]:
    """Every readable record, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, max_poll_records=5000)
    await consumer.start()
    try:
        places = [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(await consumer._client._wait_on_metadata(topic))
        ]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: list[Told] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                found.extend(told for record in records if (told := _of_record(place, record)))
        return sorted(found, key=lambda told: (told.place, told.nr))
    finally:
        await consumer.stop()


def _of_record(place: TopicPartition, record: Any) -> Told | None:
    try:
        read = read_envelope(record.headers, record.value)
    except NotUnderstood:
        return None
    return Told(
        read.source,
        read.position,
        place.topic,
        read.lane,
        read.sequence,
        read.key,
        read.aggregate,
        read.aggregate_id,
        read.version,
        read.type,
        read.id,
        sha256(read.data).hexdigest()[:12],
        f"{place.topic}/{place.partition}",
        record.offset,
    )


async def read_listener(connection: asyncpg.Connection, name: str, types: frozenset[str], effects: str) -> Listener:
    """`effects`: a query for source, position, key, version in the order of happening."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        happened = [Effect(*row) for row in await connection.fetch(effects)]
        marks = await connection.fetch("SELECT source, topic, lane, sequence FROM marks")
        parked = await connection.fetch("SELECT source, position, topic, lane, cause FROM parked")
        skipped = await connection.fetch(
            "SELECT data FROM log WHERE type LIKE '%.fact-skipped.v1' UNION ALL"
            " SELECT data FROM pending WHERE type LIKE '%.fact-skipped.v1'"
        )
    told = [orjson.loads(row["data"]) for row in skipped]
    return Listener(
        name,
        types,
        happened,
        {(row["source"], row["topic"], row["lane"]): row["sequence"] for row in marks},
        {(row["source"], row["position"]) for row in parked} | {(t["source"], t["position"]) for t in told},
        {(row["source"], row["topic"], row["lane"]) for row in parked if row["cause"] == "hole"},
    )
