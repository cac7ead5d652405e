"""What a drill leaves behind: outboxes, topics, effects, aggregates, audit entries, and what clients were told."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.facts.envelope import read_envelope, source_of
from shared.facts.packing import unpack_headers
from shared.facts.upcast import NotUnderstood
from tests.kit.voice import Voice


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
    """`sealed` is the position that the sealer remembers, `lanes` the last sequence of each (topic, lane) that it does.

    `sent` is how far all was sent before the topics were read; `waiting` are (aggregate, id, version) not sealed yet.
    """

    source: str
    log: list[Told]
    sealed: int
    sent: int
    lanes: dict[tuple[str, int], int]
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
    """`types` are the facts that have effects there; `waiting` are (source, position) parked or skipped.

    `quarantined` are the places of records that could not even be read.
    """

    name: str
    types: frozenset[str]
    effects: list[Effect]
    marks: dict[tuple[str, str, int], int] = field(default_factory=dict)
    waiting: set[tuple[str, int]] = field(default_factory=set)
    holes: set[tuple[str, str, int]] = field(default_factory=set)
    quarantined: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Accepted:
    """A client's 2xx: the aggregate and the version it was told."""

    aggregate: str
    id: str
    version: int


@dataclass
class Evidence:
    """`entries` is None where no audit log was kept: an empty one has lost everything.

    `commanded` are the (source, aggregate) that nothing changes but the requests in `accepted`; `may_wait` are the keys
    of facts that are wrong on purpose, `unreadable` is the number of records that are.
    """

    outboxes: list[Outbox]
    topics: list[Told]
    listeners: list[Listener] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    entries: list[Told] | None = None
    commanded: frozenset[tuple[str, str]] = frozenset()
    may_wait: frozenset[str] = frozenset()
    unreadable: int = 0


async def read_outbox(
    connection: asyncpg.Connection, service: str, sent: int, aggregates: Iterable[str] = ()
) -> Outbox:
    """From a service's schema, which is on the connection's search path; `sent` is what it said before the topics."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch("SELECT * FROM log ORDER BY position")
        waiting = await connection.fetch("SELECT aggregate, aggregate_id, version FROM pending")
        sealed = await connection.fetchval("SELECT position FROM sealing")
        lanes = await connection.fetch("SELECT topic, lane, sequence FROM lanes")
        versions = {
            (name, row["id"]): row["version"]
            for name in aggregates
            for row in await connection.fetch(f"SELECT id, version FROM {name}")
        }
    log = [_of_row(source_of(service), row) for row in rows]
    given = {(row["topic"], row["lane"]): row["sequence"] for row in lanes}
    return Outbox(source_of(service), log, sealed, sent, given, [tuple(row) for row in waiting], versions)


async def read_entries(connection: asyncpg.Connection) -> list[Told]:
    """From audit's schema, which is on the connection's search path: what it appended, as it came."""
    rows = await connection.fetch('SELECT * FROM entries ORDER BY "index"')
    return [
        _of_record("audit", row["index"], row["topic"], unpack_headers(row["headers"]), row["value"]) for row in rows
    ]


def outbox_of(voice: Voice) -> Outbox:
    """What a voice has written, as if it had a log: it has sent all of it."""
    log = [_of_record("log", letter.position, letter.topic, letter.headers, letter.value) for letter in voice.written]
    lanes = {(told.topic, told.lane): told.sequence for told in log}
    return Outbox(voice.source, log, len(log), len(log), lanes)


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
                where = f"{place.topic}/{place.partition}"
                for record in records:
                    with suppress(NotUnderstood):
                        found.append(_of_record(where, record.offset, place.topic, record.headers, record.value))
        return sorted(found, key=lambda told: (told.place, told.nr))
    finally:
        await consumer.stop()


def _of_record(place: str, nr: int, topic: str, headers: Any, value: bytes | None) -> Told:
    read = read_envelope(headers, value)
    return Told(
        read.source,
        read.position,
        topic,
        read.lane,
        read.sequence,
        read.key,
        read.aggregate,
        read.aggregate_id,
        read.version,
        read.type,
        read.id,
        sha256(read.data).hexdigest()[:12],
        place,
        nr,
    )


async def read_listener(connection: asyncpg.Connection, name: str, types: frozenset[str], effects: str) -> Listener:
    """`effects`: a query for source, position, key, version in the order of happening."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        happened = [Effect(*row) for row in await connection.fetch(effects)]
        marks = await connection.fetch("SELECT source, topic, lane, sequence FROM marks")
        parked = await connection.fetch("SELECT source, position, topic, lane, cause FROM parked")
        apart = await connection.fetch('SELECT topic, partition, "offset" FROM quarantine')
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
        [f"{row['topic']}/{row['partition']}@{row['offset']}" for row in apart],
    )
