"""Rebuilds of every service from the log: asked for here, done by the operator, who alone may make schemas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.record.database import Connection

CHANNEL = "rebuilds"
PLACE = (0x6C7A, 0x5242)
"""The advisory lock that the operator who does them holds for as long as they are there."""
# Another one that has not ended is not disturbed.
_ASK = f"""
WITH asked AS (INSERT INTO rebuilds (asked_by) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id)
SELECT pg_notify('{CHANNEL}', '') FROM asked
"""
_STANDING = """
SELECT EXISTS (SELECT FROM rebuilds WHERE ended_at IS NULL) AS running, EXISTS (
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND classid::bigint = $1 AND objid::bigint = $2 AND objsubid = 2 AND granted
      AND datname = current_database()
) AS served
"""
_LAST = "SELECT * FROM rebuilds WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2"


@dataclass(frozen=True, slots=True)
class Read:
    """How much of a service's facts has been read."""

    service: str
    read: int
    facts: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A rebuild. `report` is None until it has ended with one; `refusal` says in both languages why it could not."""

    id: int
    asked_at: datetime
    asked_by: str
    began_at: datetime | None
    ended_at: datetime | None
    progress: Sequence[Read]
    report: dict[str, Any] | None
    refusal: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether one waits or runs; whether an operator is there who does them."""

    running: bool
    served: bool


async def ask(connection: Connection, by: str) -> None:
    """Nothing if one waits or runs already."""
    await connection.execute(_ASK, by)


async def standing(connection: Connection) -> Standing:
    row = await connection.fetchrow(_STANDING, *PLACE)
    assert row is not None
    return Standing(row["running"], row["served"])


async def last(connection: Connection, before: int | None, limit: int) -> list[Asked]:
    """The latest first."""
    return [_asked(row) for row in await connection.fetch(_LAST, before, limit)]


def _asked(row: Any) -> Asked:
    progress, report, refusal = (row[name] and orjson.loads(row[name]) for name in ("progress", "report", "refusal"))
    dates = {name: row[name] for name in ("id", "asked_at", "asked_by", "began_at", "ended_at")}
    return Asked(**dates, progress=[Read(*each) for each in progress], report=report, refusal=refusal)
