"""Answers kept under the caller's Idempotency-Key, in the transaction of the effect."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.contents.vault import Vault
from shared.record.database import Connection, Database
from shared.record.decide import Question
from shared.record.rows import Statement

BATCH = 5000
"""Rows that are forgotten in one statement."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, object]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """`key` is already narrowed to caller and route; `fingerprint` is the request's, by the vault.

    Answers may hold secrets of the caller, so the vault seals them.
    """

    key: str
    fingerprint: bytes
    vault: Vault

    def seal(self, answer: Answer) -> str:
        plain = orjson.dumps({"status": answer.status, "body": answer.body, "headers": answer.headers})
        return base64.b64encode(self.vault.seal_brief(plain, self.key)).decode()

    def open(self, sealed: str) -> Answer:
        """Raises Unavailable."""
        return Answer(**orjson.loads(self.vault.open_brief(base64.b64decode(sealed), self.key)))


def asking_answers(kept: Sequence[Kept]) -> Question:
    return Question(
        "SELECT key, 0, answer, request FROM idempotency WHERE key = ANY($1::text[])", [k.key for k in kept]
    )


def open_answers(kept: Sequence[Kept], found: Sequence[Any]) -> dict[str, tuple[bytes, Answer]]:
    """Of the rows that `asking_answers` brought."""
    by_key = {item.key: item for item in kept}
    return {row["id"]: (row["more"], by_key[row["id"]].open(row["state"])) for row in found}


async def find_answers(connection: Connection, kept: Sequence[Kept]) -> dict[str, tuple[bytes, Answer]]:
    """Waits for a transaction that is answering under one of the keys just now."""
    if not kept:
        return {}
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 2)) FROM unnest($1::text[]) AS key",
        sorted(item.key for item in kept),
    )
    asking = asking_answers(kept)
    found = await connection.fetch(f"SELECT * FROM ({asking.text}) AS q (id, version, state, more)", asking.values)
    return open_answers(kept, found)


def keeping(answers: Sequence[tuple[Kept, Answer]]) -> list[Statement]:
    """Missed when another transaction has kept an answer under one of the keys meanwhile."""
    if not answers:
        return []
    statement = Statement(
        "INSERT INTO idempotency (key, request, answer)"
        " SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[]) ON CONFLICT DO NOTHING",
        [
            [kept.key for kept, _ in answers],
            [kept.fingerprint for kept, _ in answers],
            [kept.seal(answer) for kept, answer in answers],
        ],
        must=len(answers),
    )
    return [statement]


async def forget_answers(database: Database) -> int:
    """Those older than 48 hours, at most BATCH of them: how many."""
    async with database.plain() as connection:
        status: str = await connection.execute(
            "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency"
            " WHERE recorded_at < now() - interval '48 hours' ORDER BY recorded_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
            BATCH,
        )
    return int(status.rsplit(" ", 1)[1])
