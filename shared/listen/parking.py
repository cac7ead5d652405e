"""Facts that wait: parked for their case, behind another, or behind a hole in their lane; and what nobody can read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.facts.envelope import Envelope, read_envelope
from shared.facts.packing import pack_headers, unpack_headers
from shared.record.database import Connection
from shared.record.decide import Question

Cause = Literal["failed", "behind", "hole"]
# A hole stops its lane, not what other sources say about the same case.
_BLOCKED = "SELECT DISTINCT key FROM parked WHERE key = ANY($1::text[]) AND cause <> 'hole'"


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record, as far as it matters here."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Parked:
    """`waiting`: the row that it has already, when it comes from behind a hole."""

    record: Record
    envelope: Envelope
    cause: Cause
    problem: str
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    record: Record
    problem: str


def asking_blocked(keys: Iterable[str]) -> Question:
    """Empty when nothing of these keys waits."""
    return Question(f"SELECT key, 0, NULL::text, NULL::bytea FROM ({_BLOCKED}) AS b", sorted(set(keys)))


async def blocked_keys(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Keys with a waiting fact. Those found are locked against a retry that is emptying the queue just now."""
    wanted = sorted(set(keys))
    found = await connection.fetch(_BLOCKED, wanted)
    if not found:
        return set()
    for row in sorted(found, key=lambda row: str(row["key"])):
        await lock_key(connection, row["key"])
    again = await connection.fetch(_BLOCKED, wanted)
    return {row["key"] for row in again}


async def lock_key(connection: Connection, key: str) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", key)


async def behind_hole(connection: Connection, topic: str, lane: tuple[str, int], limit: int) -> list[Any]:
    """The facts of a lane that wait for a missing one, in order."""
    source, number = lane
    found: list[Any] = await connection.fetch(
        "SELECT * FROM parked WHERE source = $1 AND topic = $2 AND lane = $3 AND cause = 'hole'"
        " ORDER BY sequence LIMIT $4",
        source,
        topic,
        number,
        limit,
    )
    return found


async def how_many_wait(connection: Connection) -> tuple[int, float]:
    """Their number, and for how many seconds the oldest has waited."""
    row = await connection.fetchrow(
        "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(parked_at)), 0)::float8 AS since"
        " FROM parked"
    )
    assert row is not None
    return row["waiting"], row["since"]


async def take(connection: Connection, ids: Sequence[int]) -> bool:
    """Lock facts that wait behind a hole; False when somebody else has taken one of them."""
    found = await connection.fetch(
        "SELECT id FROM parked WHERE id = ANY($1) AND cause = 'hole' ORDER BY id FOR UPDATE", list(ids)
    )
    return len(found) == len(ids)


async def drop(connection: Connection, ids: Sequence[int]) -> None:
    if ids:
        await connection.execute("DELETE FROM parked WHERE id = ANY($1)", list(ids))


async def park(connection: Connection, waiting: Sequence[Parked]) -> None:
    """New rows; one that waited behind a hole takes its place behind the others of its case."""
    for item in waiting:
        if item.waiting is not None:
            await connection.execute(
                "UPDATE parked SET id = DEFAULT, cause = $2, problem = $3 WHERE id = $1",
                item.waiting,
                item.cause,
                item.problem,
            )
    await _insert(connection, [item for item in waiting if item.waiting is None])


async def _insert(connection: Connection, waiting: Sequence[Parked]) -> None:
    if not waiting:
        return
    rows = [
        (
            item.record.topic,
            item.record.partition,
            item.record.offset,
            item.envelope.source,
            item.envelope.position,
            item.envelope.lane,
            item.envelope.sequence,
            item.envelope.key,
            item.envelope.type,
            pack_headers(item.record.headers),
            item.record.value or b"",
            item.cause,
            item.problem,
        )
        for item in waiting
    ]
    await connection.execute(
        'INSERT INTO parked (topic, partition, "offset", source, position, lane, sequence, key, type, headers, value,'
        " cause, problem) SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::bigint[],"
        " $6::smallint[], $7::bigint[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::text[], $13::text[])"
        " ON CONFLICT (source, position) DO NOTHING",
        *map(list, zip(*rows, strict=True)),
    )


async def quarantine(connection: Connection, unreadable: Sequence[Quarantined]) -> None:
    for item in unreadable:
        record = item.record
        await connection.execute(
            'INSERT INTO quarantine (topic, partition, "offset", key, headers, value, problem)'
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            record.topic,
            record.partition,
            record.offset,
            record.key,
            pack_headers(record.headers),
            record.value,
            item.problem,
        )


def envelope_of(row: Any) -> Envelope:
    """Of a row of `parked`."""
    return read_envelope(unpack_headers(row["headers"]), row["value"])
