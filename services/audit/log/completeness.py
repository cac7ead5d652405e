"""What is missing: positions between those received, and sources that say nothing.

Each source sends a head fact every forty seconds, a record with a position of its own, so a lost tail soon lies
between two positions like any other gap. Only what is new and what was missing is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.record.database import Connection

_LOCK = 0x6C7A6175
# One statement, one snapshot: a record appended meanwhile is either seen or above what was scanned.
_SCAN = """
WITH regions AS MATERIALIZED (
    SELECT source, first - 1 AS low, last + 1 AS high, since FROM gaps
    UNION ALL
    SELECT source, scanned, highest, NULL FROM sources WHERE highest > scanned
), paired AS (
    SELECT r.source, e.position, coalesce(r.since, e.received_at, now()) AS since, e.topic,
           coalesce(lag(e.position) OVER region, r.low) AS before
    FROM regions r JOIN (
        SELECT source, position, received_at, topic FROM entries
        UNION ALL SELECT source, position, NULL::timestamptz, ''::text FROM archived_entries
    ) e ON e.source = r.source AND e.position > r.low AND e.position <= r.high
    WINDOW region AS (PARTITION BY r.source, r.low ORDER BY e.position)
), found AS MATERIALIZED (
    SELECT source, before + 1 AS first, position - 1 AS last, since, topic = 'heads' AS tail
    FROM paired WHERE position > before + 1
), gone AS (
    DELETE FROM gaps WHERE NOT EXISTS (
        SELECT FROM found WHERE found.source = gaps.source AND found.first = gaps.first)
), kept AS (
    INSERT INTO gaps (source, first, last, since, tail) SELECT * FROM found
    ON CONFLICT (source, first) DO UPDATE SET last = EXCLUDED.last, tail = EXCLUDED.tail
)
UPDATE sources SET scanned = r.high FROM regions r WHERE r.source = sources.source AND r.since IS NULL
"""
# Positions that have come but wait behind a missing one (`parked`) are not missing themselves.
_MISSING = """
WITH points AS (
    SELECT g.source, g.first, g.since, g.tail, p.position FROM gaps g
    JOIN parked p ON p.source = g.source AND p.position BETWEEN g.first AND g.last
    UNION ALL SELECT source, first, since, tail, last + 1 FROM gaps
), paired AS (
    SELECT *, coalesce(lag(position) OVER (PARTITION BY source, first ORDER BY position), first - 1) AS before
    FROM points
)
SELECT source, before + 1 AS first, position - 1 AS last, since, tail FROM paired
WHERE position > before + 1 ORDER BY source, first
"""
_SOURCES = """
SELECT source, highest, count, head_position, head_at, proven_position,
       CASE WHEN greatest(head_at, known_since, $2) <= $3::timestamptz - make_interval(secs => $1)
            THEN coalesce(head_at, known_since) END
           AS silent_since,
       (SELECT count(*) FROM parked WHERE parked.source = sources.source) AS waiting
FROM sources ORDER BY source
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """Positions `first` to `last`, both included; `tail` when only head facts came after them."""

    source: str
    first: int
    last: int
    since: datetime
    tail: bool

    @property
    def place(self) -> tuple[str, int, int]:
        return self.source, self.first, self.last


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: a gap or a silence alarms after one and a half intervals of head facts, which is a minute.

    A watcher that has just begun does not know who was silent before `since`.
    """

    head_every: float
    since: datetime

    @property
    def seconds(self) -> float:
        return self.head_every * 1.5


async def missing(connection: Connection) -> list[Missing]:
    """As of now."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(_SCAN)
        rows = await connection.fetch(_MISSING)
    return [Missing(**row) for row in rows]


async def sources(connection: Connection, patience: Patience, at: datetime) -> Sequence[Any]:
    """Each source as of then: how far it is, what its last head fact told, since when it is silent."""
    rows: list[Any] = await connection.fetch(_SOURCES, patience.seconds, patience.since, at)
    return rows
