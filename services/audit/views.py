"""What auditors read: a case's history, facts by search, the log as it stands."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.record.database import Connection, Database

_FIELDS = """
index, source, position, topic, id, type, key, time, actor, department, aggregate, aggregate_id, version,
correlation, causation, value, received_at
"""
# The latest time (and index) that a source had reached by each fact: keeps its own order when merging.
_HISTORY = f"""
WITH facts AS (
    SELECT {_FIELDS}, max(time) OVER own AS reached, max(index) OVER own AS arrived
    FROM entries WHERE key = $1
    WINDOW own AS (PARTITION BY source ORDER BY position)
)
SELECT * FROM facts WHERE ($2::timestamptz IS NULL OR time <= $2)
  AND ($3::timestamptz IS NULL OR (reached, arrived, position) > ($3, $4::bigint, $5::bigint))
ORDER BY reached, arrived, position LIMIT $6
"""
_CASE = "SELECT id, code, area FROM cases WHERE id = $1 OR code = $1 ORDER BY (id = $1) DESC LIMIT 1"
_FILTERS: Mapping[str, str] = {
    "source": "source = {}",
    "type": "type = {}",
    "key": "key = {}",
    "actor": "actor = {}",
    "department": "department = {}",
    "since": "time >= {}",
    "until": "time < {}",
}
_CHUNK = 1000
Place = tuple[datetime, int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """`area` is None when the case was never opened: only reports tell of it."""

    id: str
    code: str | None
    area: str | None


async def find_case(connection: Connection, wanted: str) -> Case | None:
    """By id or code."""
    row = await connection.fetchrow(_CASE, wanted)
    if row is not None:
        return Case(row["id"], row["code"], row["area"])
    known = await connection.fetchval("SELECT EXISTS (SELECT FROM entries WHERE key = $1)", wanted)
    return Case(wanted, None, None) if known else None


_BARRED = """
SELECT DISTINCT code FROM entries, jsonb_array_elements_text(convert_from(value, 'UTF8')::jsonb -> 'barred') AS code
WHERE key = $1 AND type IN ('lianzhi.dispatch.case-opened.v1', 'lianzhi.dispatch.report-attached.v1')
"""


async def barred_from(connection: Connection, case_id: str) -> frozenset[str]:
    """The departments that the case complains of, and those below them."""
    return frozenset(row["code"] for row in await connection.fetch(_BARRED, case_id))


async def history(
    connection: Connection, case_id: str, until: datetime | None, after: Place | None, limit: int
) -> list[Any]:
    """A case's facts from every office, each source in its own order, merged by time, then arrival."""
    rows: list[Any] = await connection.fetch(_HISTORY, case_id, until, *(after or (None, None, None)), limit)
    return rows


async def search(connection: Connection, filters: Mapping[str, Any], before: int | None, limit: int) -> list[Any]:
    """Newest first."""
    where, values = _where(filters, "index < {}", before)
    query = f"SELECT {_FIELDS} FROM entries WHERE {where} ORDER BY index DESC LIMIT {limit:d}"
    rows: list[Any] = await connection.fetch(query, *values)
    return rows


async def read_log(database: Database, filters: Mapping[str, Any], after: int, limit: int) -> AsyncIterator[list[Any]]:
    """Entries as they stand, in order of index, a chunk at a time; no connection is kept between chunks."""
    while limit > 0:
        where, values = _where(filters, "index > {}", after)
        query = (
            'SELECT index, topic, partition, "offset", headers, value, received_at FROM entries'
            f" WHERE {where} ORDER BY index LIMIT {min(limit, _CHUNK):d}"
        )
        async with database.plain() as connection:
            rows = await connection.fetch(query, *values)
        if not rows:
            return
        yield rows
        after, limit = rows[-1]["index"], limit - len(rows)


async def alarms(connection: Connection, open_only: bool, before: int | None, limit: int) -> list[Any]:
    """Newest first."""
    rows: list[Any] = await connection.fetch(
        "SELECT id, kind, source, first, last, raised_at, cleared_at FROM alarms"
        " WHERE (cleared_at IS NULL OR NOT $1) AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        open_only,
        before,
        limit,
    )
    return rows


def _where(filters: Mapping[str, Any], bound: str, at: int | None) -> tuple[str, list[Any]]:
    given = [(_FILTERS[name], value) for name, value in filters.items() if value is not None]
    if at is not None:
        given.append((bound, at))
    parts = [part.format(f"${number}") for number, (part, _) in enumerate(given, 1)]
    return " AND ".join(parts) or "true", [value for _, value in given]
