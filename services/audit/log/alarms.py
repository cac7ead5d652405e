"""Alarms: raised once, cleared when what they tell of is over, kept for good."""

from collections.abc import Sequence
from typing import Any

from shared.record.database import Connection

Place = tuple[str, int, int]
"""Source, and the first and last of what it is about."""

_RAISE = """
INSERT INTO alarms (kind, source, first, last)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::bigint[])
ON CONFLICT DO NOTHING RETURNING source, first, last
"""
_CLEAR = """
UPDATE alarms SET cleared_at = now() WHERE kind = $1 AND cleared_at IS NULL
AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::bigint[]) AS still (source, first)
                WHERE still.source = alarms.source AND still.first = alarms.first)
RETURNING source, first, last
"""


async def raise_alarms(connection: Connection, kind: str, places: Sequence[Place]) -> Sequence[Any]:
    """Those that are new."""
    if not places:
        return ()
    rows: list[Any] = await connection.fetch(_RAISE, kind, *map(list, zip(*places, strict=True)))
    return rows


async def clear_alarms(connection: Connection, kind: str, still: Sequence[Place]) -> Sequence[Any]:
    """Of that kind, all but those that still are; answers which."""
    rows: list[Any] = await connection.fetch(
        _CLEAR, kind, [source for source, _, _ in still], [first for _, first, _ in still]
    )
    return rows
