"""Rows of `passing` aggregates are forgotten when they are of no use any more; what they were is in their facts.

Whatever begins again goes on from the version of its last fact (`decide`), so that nothing looks lost.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.record.aggregate import Aggregate
from shared.record.database import Database

BATCH = 1000
# A row that changes meanwhile has another version, and stays.
_FORGET = """
DELETE FROM {table} AS kept USING (
    SELECT id, {table}.version FROM {table} JOIN log
        ON log.aggregate = $1 AND log.aggregate_id = id AND log.version = {table}.version
    WHERE (log.attributes::jsonb ->> 'time')::timestamptz <= $2 LIMIT $3
) AS old WHERE kept.id = old.id AND kept.version = old.version
"""


async def forget(database: Database, aggregates: Iterable[Aggregate[Any]], now: datetime) -> int:
    """At most BATCH of each kind: how many of the kind that had most."""
    forgotten = [0]
    async with database.plain() as connection:
        for aggregate in aggregates:
            if aggregate.passing is not None:
                query = _FORGET.format(table=aggregate.table.name)
                status = await connection.execute(query, aggregate.name, now - aggregate.passing, BATCH)
                forgotten.append(int(status.rpartition(" ")[2]))
    return max(forgotten)
