"""Every change of an aggregate is a fact: its version is the number of its facts (G6).

Contiguous positions do not show what was never recorded, or a row that somebody changed beside it.
"""

from collections.abc import Sequence
from typing import Any

from shared.record.aggregate import Aggregate
from shared.record.database import Connection, Database

AT_MOST = 100
"""Aggregates of each kind that are named."""
WITHIN = 3600.0
"""Seconds for one kind: a district's whole past is counted."""

_DIFFERING = """
WITH told AS (
    SELECT aggregate_id AS id, count(*) AS facts, max(version) AS last
    FROM (SELECT aggregate_id, version FROM log WHERE aggregate = $1
          UNION ALL SELECT aggregate_id, version FROM pending WHERE aggregate = $1) AS facts GROUP BY aggregate_id
)
SELECT coalesce(kept.id, told.id) FROM {table} AS kept {join} JOIN told ON told.id = kept.id
WHERE kept.version IS DISTINCT FROM told.facts OR told.last IS DISTINCT FROM told.facts
ORDER BY 1 LIMIT $2
"""


async def differing(database: Database, aggregates: Sequence[Aggregate[Any]]) -> dict[str, list[str]]:
    """By kind the aggregates whose version, last fact and number of facts are not one; none where all are.

    Each kind is seen as of one moment, whatever is recorded meanwhile.
    """
    async with database.plain() as connection:
        return {aggregate.name: ids for aggregate in aggregates if (ids := await _of_one_kind(connection, aggregate))}


async def _of_one_kind(connection: Connection, aggregate: Aggregate[Any]) -> list[str]:
    # Facts without a row are missing one, unless it passes.
    query = _DIFFERING.format(table=aggregate.table.name, join="FULL" if aggregate.passing is None else "LEFT")
    rows = await connection.fetch(query, aggregate.name, AT_MOST, timeout=WITHIN)
    return [row[0] for row in rows]
