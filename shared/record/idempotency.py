"""Answers kept under the caller's Idempotency-Key, in the transaction of the effect."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from shared.record.database import Connection
from shared.record.rows import Statement


@dataclass(frozen=True, slots=True)
class Kept:
    """`key` is already narrowed to caller and route; `fingerprint` is the SHA-256 of the request."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, object]
    headers: dict[str, str]


async def find_answers(connection: Connection, kept: Sequence[Kept]) -> dict[str, tuple[bytes, Answer]]:
    """Waits for a transaction that is answering under one of the keys just now."""
    if not kept:
        return {}
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 2)) FROM unnest($1::text[]) AS key",
        sorted(item.key for item in kept),
    )
    found = await connection.fetch(
        "SELECT key, request, answer FROM idempotency WHERE key = ANY($1)", [item.key for item in kept]
    )
    return {row["key"]: (row["request"], Answer(**orjson.loads(row["answer"]))) for row in found}


def keeping(answers: Sequence[tuple[Kept, Answer]]) -> Statement | None:
    """Touches fewer rows when another transaction has kept an answer under one of the keys meanwhile."""
    if not answers:
        return None
    return Statement(
        "INSERT INTO idempotency (key, request, answer)"
        " SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[]) ON CONFLICT DO NOTHING",
        [
            [kept.key for kept, _ in answers],
            [kept.fingerprint for kept, _ in answers],
            [orjson.dumps({"status": a.status, "body": a.body, "headers": a.headers}).decode() for _, a in answers],
        ],
    )
