"""What auditors read: a case's history, facts by search, the log as it stands."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.audit.model import CERTIFICATE_MODEL, Archive, Certificate
from services.audit.scope import Scope
from shared.record.aggregate import load
from shared.record.database import Connection, Database

_FIELDS = """
index, source, position, topic, id, type, key, time, actor, department, aggregate, aggregate_id, version,
correlation, causation, value, received_at
"""
# Of an entry: that nothing under its key, or under what that belongs to, is hidden from the reader ($2: of whom they
# would have to recuse themselves, $3: of what matters they may not know), and that it lies in an area of theirs ($1,
# null for the whole district).
HIDDEN = """
WITH RECURSIVE hidden AS (
    (SELECT key FROM barred WHERE department = ANY($2::text[])
     UNION SELECT key FROM matters WHERE category = ANY($3::text[]))
    UNION SELECT keys.key FROM keys JOIN hidden ON keys.part_of = hidden.key
)
"""
_LIES_IN = """
EXISTS (
    WITH RECURSIVE up AS (
        SELECT {key} AS key
        UNION SELECT keys.part_of FROM keys JOIN up ON keys.key = up.key WHERE keys.part_of IS NOT NULL
    )
    SELECT FROM up LEFT JOIN cases ON cases.id = up.key LEFT JOIN keys ON keys.key = up.key,
                unnest($1::text[]) AS mine (code)
    WHERE starts_with(coalesce(cases.area, keys.area), mine.code)
)
"""
_NO_OPENING = "split_part(type, '.', 3) NOT IN ('case-file-opened', 'certificate-made')"
_VISIBLE = f"({{key}} NOT IN (SELECT key FROM hidden) AND ($1::text[] IS NULL OR {_LIES_IN}))"
# Everything that belongs to a case, but who opened it or had it certified: reading a history would change it;
# `accesses` tells that. The latest time (and index) that a source had reached by each fact keeps its own order when
# merging.
_HISTORY = f"""
WITH RECURSIVE own AS (
    SELECT $1::text AS key UNION SELECT keys.key FROM keys JOIN own ON keys.part_of = own.key
), facts AS (
    SELECT {_FIELDS}, max(time) OVER own AS reached, max(index) OVER own AS arrived
    FROM entries WHERE key IN (SELECT key FROM own) AND {_NO_OPENING}
    WINDOW own AS (PARTITION BY source ORDER BY position)
)
SELECT * FROM facts WHERE ($2::timestamptz IS NULL OR time <= $2)
  AND ($3::timestamptz IS NULL OR (reached, arrived, position) > ($3, $4::bigint, $5::bigint))
ORDER BY reached, arrived, position LIMIT $6
"""
# As of the log of so many entries ($2): what came to belong to the case later is not there yet.
_ENTRIES = f"""
WITH RECURSIVE own AS (
    SELECT $1::text AS key UNION SELECT keys.key FROM keys JOIN own ON keys.part_of = own.key WHERE keys.since < $2
)
SELECT key, index, type, headers, value FROM entries WHERE key IN (SELECT key FROM own) AND {_NO_OPENING} AND index < $2
ORDER BY index
"""
_CASE = f"""
{HIDDEN}, known AS (
    SELECT id, code FROM cases WHERE id = $4::text OR code = $4
    UNION ALL SELECT $4::text, NULL WHERE EXISTS (SELECT FROM entries WHERE key = $4)
        OR EXISTS (SELECT FROM archived_entries WHERE key = $4)
)
SELECT known.id, known.code FROM known WHERE {_VISIBLE.format(key="known.id")}
ORDER BY code NULLS LAST, (id = $4) DESC LIMIT 1
"""
_OF_CASE = (
    "key IN (WITH RECURSIVE own AS (SELECT {}::text AS key UNION"
    " SELECT keys.key FROM keys JOIN own ON keys.part_of = own.key) SELECT key FROM own)"
)
# Most facts have their own key for the correlation: only the others are found by an index of it. What a fact has led to
# has its correlation.
_CORRELATED = "((key = {0} AND correlation = {0}) OR (correlation = {0} AND correlation <> key))"
_ITS_CORRELATION = "(SELECT cause.correlation FROM entries cause WHERE cause.id = {0} LIMIT 1)"
_FILTERS: Mapping[str, str] = {
    "source": "source = {}",
    "type": "type = {}",
    "types": "type = ANY({}::text[])",
    "key": "key = {}",
    "case": _OF_CASE,
    "actor": "actor = {}",
    "department": "department = {}",
    "correlation": _CORRELATED,
    "causation": f"causation = {{0}} AND {_CORRELATED.format(_ITS_CORRELATION)}",
    "id": "id = {}",
    "since": "time >= {}",
    "until": "time < {}",
    "behind": "index < {}",
}
_NO_NARROWING = ("source", "behind")
# Of who looked, also by the names of facts.
_OF_ACCESSES: Mapping[str, str] = {
    **{name: _FILTERS[name] for name in ("actor", "department", "since", "until", "case")},
    "facts": "split_part(type, '.', 3) = ANY({}::text[])",
}
_CODES = """
WITH RECURSIVE up AS (
    SELECT id AS start, id FROM unnest($1::text[]) AS given (id)
    UNION SELECT up.start, keys.part_of FROM up JOIN keys ON keys.key = up.id WHERE keys.part_of IS NOT NULL
)
SELECT up.start AS id, cases.code FROM up JOIN cases USING (id) ORDER BY up.start = up.id
"""
_SEEN = _VISIBLE.format(key="entries.key")
_DIGEST = f"CASE WHEN NOT {_SEEN} THEN encode(sha256(headers || value), 'hex') END AS digest"
_WITHHELD = f"""
{HIDDEN} SELECT EXISTS (SELECT FROM entries WHERE index >= $4 AND index < $5 AND NOT {_SEEN})
    OR EXISTS (SELECT FROM archived_entries WHERE index >= $4 AND index < $5
               AND NOT {_VISIBLE.format(key="archived_entries.key")})
"""
_INDEX = """
SELECT index FROM entries WHERE source = $1 AND position = $2
UNION ALL SELECT index FROM archived_entries WHERE source = $1 AND position = $2
"""
_ARCHIVES = "SELECT id AS month, state FROM archives"
_CHUNK = 1000
Place = tuple[datetime, int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """`code` is None when the case was never opened: only reports tell of it."""

    id: str
    code: str | None


async def find_case(connection: Connection, scope: Scope, wanted: str) -> Case | None:
    """By id or code, within what the person may see."""
    row = await connection.fetchrow(_CASE, *seen_by(scope), wanted)
    return Case(row["id"], row["code"]) if row is not None else None


async def history(
    connection: Connection, case_id: str, until: datetime | None, after: Place | None, limit: int
) -> list[Any]:
    """A case's facts from every office, each source in its own order, merged by time, then arrival."""
    rows: list[Any] = await connection.fetch(_HISTORY, case_id, until, *(after or (None, None, None)), limit)
    return rows


async def entries_of(connection: Connection, case_id: str, size: int) -> list[Any]:
    """As they came, in order of index: of the first so many entries all that belong to a case."""
    rows: list[Any] = await connection.fetch(_ENTRIES, case_id, size)
    return rows


async def certificate(connection: Connection, certificate_id: str) -> Certificate | None:
    """What was certified under that number."""
    state = await connection.fetchval("SELECT state FROM certificates WHERE id = $1", certificate_id)
    return None if state is None else load(CERTIFICATE_MODEL, state)


async def search(
    connection: Connection, scope: Scope, filters: Mapping[str, Any], before: int | None, limit: int
) -> list[Any]:
    """Newest first. What the person may not see has a `digest`, and nothing of it may be shown but its place."""
    where, values = _where(scope, filters, "index < {}", before)
    query = f"{HIDDEN} SELECT {_FIELDS}, {_DIGEST} FROM entries WHERE {where} ORDER BY index DESC LIMIT {limit:d}"
    rows: list[Any] = await connection.fetch(query, *values)
    return rows


async def correlated(connection: Connection, scope: Scope, correlation: str, limit: int) -> list[Any]:
    """All that one case or request began, in order of index; what the person may not see is left out."""
    where, values = _where(scope, {"correlation": correlation}, "", None)
    query = f"{HIDDEN} SELECT {_FIELDS} FROM entries WHERE {where} ORDER BY index LIMIT {limit:d}"
    rows: list[Any] = await connection.fetch(query, *values)
    return rows


async def read_log(
    database: Database, scope: Scope, filters: Mapping[str, Any], after: int, limit: int
) -> AsyncIterator[list[Any]]:
    """Entries as they stand, in order of index, a chunk at a time; no connection is kept between chunks.

    What the person may not see has a `digest`, as in `search`.
    """
    while limit > 0:
        where, values = _where(scope, filters, "index > {}", after)
        query = (
            f'{HIDDEN} SELECT {_FIELDS}, partition, "offset", headers, {_DIGEST} FROM entries'
            f" WHERE {where} ORDER BY index LIMIT {min(limit, _CHUNK):d}"
        )
        async with database.plain() as connection:
            rows = await connection.fetch(query, *values)
        if not rows:
            return
        yield rows
        after, limit = rows[-1]["index"], limit - len(rows)


async def count_log(connection: Connection, scope: Scope, filters: Mapping[str, Any], after: int, limit: int) -> int:
    """How many entries `read_log` will give."""
    where, values = _where(scope, filters, "index > {}", after)
    where += " AND ($1::text[] IS NULL OR true)"  # unless it is narrowed, the scope hides what entries say, not that
    query = f"{HIDDEN} SELECT count(*) FROM (SELECT FROM entries WHERE {where} LIMIT {limit:d}) AS found"
    count: int = await connection.fetchval(query, *values)
    return count


async def accesses(
    connection: Connection, scope: Scope, filters: Mapping[str, Any], before: Sequence[Any] | None, limit: int
) -> list[Any]:
    """Who looked, newest first, from behind a time and an index; what the person may not see is left out."""
    given = [(_OF_ACCESSES[name], value) for name, value in filters.items() if value is not None]
    parts = ["topic = 'accesses'", _SEEN, *(part.format(f"${number}") for number, (part, _) in enumerate(given, 4))]
    values = [*seen_by(scope), *(value for _, value in given)]
    if before is not None:
        parts.append(f"(time, index) < (${len(values) + 1}::timestamptz, ${len(values) + 2}::bigint)")
        values += before
    query = (
        f"{HIDDEN} SELECT index, type, time, actor, department, value FROM entries"
        f" WHERE {' AND '.join(parts)} ORDER BY time DESC, index DESC LIMIT {limit:d}"
    )
    rows: list[Any] = await connection.fetch(query, *values)
    return rows


async def codes_of(connection: Connection, case_ids: Sequence[str]) -> dict[str, str]:
    """Of those that were opened, or whose report was joined to one that was."""
    return {row["id"]: row["code"] for row in await connection.fetch(_CODES, list(case_ids))}


async def is_withheld(connection: Connection, scope: Scope, whole: tuple[int, int]) -> bool:
    """Whether anything of that range of the log may not be seen, also of what was taken out."""
    withheld: bool = await connection.fetchval(_WITHHELD, *seen_by(scope), *whole)
    return withheld


async def index_of(connection: Connection, source: str, position: int) -> int | None:
    """In the log, of a source's fact."""
    index: int | None = await connection.fetchval(_INDEX, source, position)
    return index


async def archives(connection: Connection, before: str | None, limit: int) -> list[dict[str, Any]]:
    """Months of which there is a file, the latest first."""
    rows = await connection.fetch(
        f"{_ARCHIVES} WHERE $1::text IS NULL OR id < $1 ORDER BY id DESC LIMIT $2", before, limit
    )
    return [_archive(row) for row in rows]


async def archives_of(connection: Connection, year: int) -> list[dict[str, Any]]:
    """The months of that year of which there is a file, the first one first."""
    rows = await connection.fetch(f"{_ARCHIVES} WHERE starts_with(id, $1) ORDER BY id", f"{year:04}-")
    return [_archive(row) for row in rows]


async def archive(connection: Connection, month: str) -> dict[str, Any] | None:
    """None for a month that was not archived."""
    row = await connection.fetchrow(f"{_ARCHIVES} WHERE id = $1", month)
    return None if row is None else _archive(row)


def _archive(row: Any) -> dict[str, Any]:
    state = Archive.model_validate_json(row["state"])
    return {**dict(state), "month": row["month"], "entries": state.behind - state.first}


async def log_keys(connection: Connection) -> list[Any]:
    """Every key that has ever signed a checkpoint."""
    rows: list[Any] = await connection.fetch("SELECT key, since FROM log_keys ORDER BY since, key")
    return rows


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


def _where(scope: Scope, filters: Mapping[str, Any], bound: str, at: int | None) -> tuple[str, list[Any]]:
    """What is hidden keeps its place in the log as a whole, or a source's; any narrower question would tell of it."""
    given = [(_FILTERS[name], value) for name, value in filters.items() if value is not None]
    if at is not None:
        given.append((bound, at))
    parts = [part.format(f"${number}") for number, (part, _) in enumerate(given, 4)]
    if any(filters.get(name) is not None for name in _FILTERS if name not in _NO_NARROWING):
        parts.append(_SEEN)
    return " AND ".join(parts) or "true", [*seen_by(scope), *(value for _, value in given)]


def seen_by(scope: Scope) -> tuple[list[str] | None, list[str], list[str]]:
    """`$1` to `$3` of every query about what may be seen."""
    return (None if scope.areas is None else list(scope.areas)), list(scope.recused), list(scope.sealed)
