"""SQL over the moments kept: figures, the lists behind them, and what is not the same at two of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.audit.scope import Scope
from services.audit.views import HIDDEN, seen_by
from shared.record.database import Connection

# $1 to $3: what the reader may see, as in every query of the log; $4: the moment. The rights are those of today.
_SEEN = """
{case}.id NOT IN (SELECT key FROM hidden)
AND ($1::text[] IS NULL
     OR EXISTS (SELECT FROM unnest($1::text[]) AS mine (code) WHERE starts_with({case}.area, mine.code)))
"""
_BEGIN = f"""
{HIDDEN}, seen AS (SELECT c.* FROM moment_cases c WHERE c.moment = $4 AND {_SEEN.format(case="c")})
"""
_AT_WORK = "SELECT DISTINCT case_id, department FROM moment_parts WHERE moment = $4 AND NOT ended"
_FIGURES: Mapping[str, str] = {
    "by_status": "SELECT status, count(*) AS count FROM seen WHERE opened_at IS NOT NULL GROUP BY 1 ORDER BY 1",
    "by_department": f"SELECT department, count(*) AS count FROM ({_AT_WORK}) p JOIN seen ON seen.id = p.case_id"
    " WHERE seen.open GROUP BY 1 ORDER BY 1",
    "by_area": "SELECT area, count(*) AS count FROM seen WHERE open GROUP BY 1 ORDER BY 1",
    "by_colour": "SELECT colour, count(*) AS count FROM seen WHERE open GROUP BY 1 ORDER BY 1",
    "handoffs": "SELECT p.department, p.status, count(*) AS count FROM moment_parts p JOIN seen ON seen.id = p.case_id"
    " WHERE p.moment = $4 GROUP BY 1, 2 ORDER BY 1, 2",
    "late": "SELECT d.department, count(*) AS clocks, count(DISTINCT d.case_id) AS cases FROM moment_dues d"
    " JOIN seen ON seen.id = d.case_id WHERE d.moment = $4 AND d.late GROUP BY 1 ORDER BY 1",
}
_SUMS = """
SELECT count(*) FILTER (WHERE opened_at IS NOT NULL) AS cases, count(*) FILTER (WHERE open) AS open,
       count(*) FILTER (WHERE problem IS NOT NULL) AS unread, (SELECT size FROM moments WHERE id = $4) AS size FROM seen
"""
_HAS_PART = """
EXISTS (SELECT FROM moment_parts p WHERE p.moment = $4 AND p.case_id = seen.id AND p.department = {} AND NOT p.ended)
"""
_HAS_LATE = (
    "EXISTS (SELECT FROM moment_dues d WHERE d.moment = $4 AND d.case_id = seen.id AND d.department = {} AND d.late)"
)
_OF_CASE: Mapping[str, str] = {
    "status": "seen.status = {}",
    "kind": "seen.kind = {}",
    "category": "seen.category = {}",
    "area": "starts_with(seen.area, {})",
    "colour": "seen.colour = {}",
    "open": "seen.open = {}",
    "department": _HAS_PART,
    "late": _HAS_LATE,
    "unread": "(seen.problem IS NOT NULL) = {}",
}
_OF_PART: Mapping[str, str] = {
    "department": "p.department = {}",
    "status": "p.status = {}",
    "ended": "p.ended = {}",
    "late": "p.late = {}",
    "area": "starts_with(seen.area, {})",
}
_OF_DUE: Mapping[str, str] = {
    "department": "p.department = {}",
    "rule": "p.rule = {}",
    "late": "p.late = {}",
    "colour": "p.colour = {}",
    "area": "starts_with(seen.area, {})",
}
_CASES = "SELECT seen.* FROM seen"
_PARTS = """
SELECT p.id, p.case_id, seen.code, seen.category, seen.area, p.department, p.status, p.ended, p.due_at, p.late
FROM seen JOIN moment_parts p ON p.moment = $4 AND p.case_id = seen.id
"""
_DUES = """
SELECT p.id, p.case_id, seen.code, seen.category, seen.area, p.rule, p.department, p.part, p.due_at, p.colour, p.late
FROM seen JOIN moment_dues p ON p.moment = $4 AND p.case_id = seen.id
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the moment by id. `filters`: what it can be narrowed by."""

    query: str
    filters: Mapping[str, str]
    id: str


CASES = Listing(_CASES, _OF_CASE, "seen.id")
PARTS = Listing(_PARTS, _OF_PART, "p.id")
DUES = Listing(_DUES, _OF_DUE, "p.id")


async def figures(connection: Connection, scope: Scope, moment: int) -> dict[str, Any]:
    given = (*seen_by(scope), moment)
    (sums,) = await connection.fetch(_BEGIN + _SUMS, *given)
    return {**sums, **{name: await connection.fetch(_BEGIN + query, *given) for name, query in _FIGURES.items()}}


async def listed(
    connection: Connection, scope: Scope, moment: int, listing: Listing, wanted: Mapping[str, Any], page: "Page"
) -> list[Any]:
    """One row more than a page, if there is one."""
    parts, values = [], [*seen_by(scope), moment]
    for name, value in wanted.items():
        if value is not None:
            values.append(value)
            parts.append(listing.filters[name].format(f"${len(values)}"))
    return await _page(connection, f"{_BEGIN}{listing.query}", listing.id, parts, values, page)


@dataclass(frozen=True, slots=True)
class Page:
    after: str | None
    limit: int


# $5: the later moment.
_BOTH = f"""
{HIDDEN}, pairs AS (
    SELECT coalesce(b.id, a.id) AS id, coalesce(b.area, a.area) AS area, coalesce(b.code, a.code) AS code,
           coalesce(b.category, a.category) AS category, a.status AS before, b.status AS after,
           coalesce(a.open, false) AS was_open, coalesce(b.open, false) AS is_open,
           a.opened_at IS NOT NULL AS was_there, b.opened_at IS NOT NULL AS is_there
    FROM (SELECT * FROM moment_cases WHERE moment = $4) a
    FULL JOIN (SELECT * FROM moment_cases WHERE moment = $5) b ON b.id = a.id
), seen AS (SELECT c.* FROM pairs c WHERE {_SEEN.format(case="c")}
), held AS (
    SELECT case_id, moment, array_agg(DISTINCT department ORDER BY department) AS departments
    FROM moment_parts WHERE moment IN ($4, $5) AND NOT ended GROUP BY 1, 2
), owed AS (
    SELECT case_id, moment, array_agg(DISTINCT department ORDER BY department) AS departments
    FROM moment_dues WHERE moment IN ($4, $5) AND late GROUP BY 1, 2
), told AS (
    SELECT seen.*, coalesce(h4.departments, '{{}}') AS held_before, coalesce(h5.departments, '{{}}') AS held_after,
           coalesce(o4.departments, '{{}}') AS late_before, coalesce(o5.departments, '{{}}') AS late_after
    FROM seen LEFT JOIN held h4 ON h4.case_id = seen.id AND h4.moment = $4
    LEFT JOIN held h5 ON h5.case_id = seen.id AND h5.moment = $5
    LEFT JOIN owed o4 ON o4.case_id = seen.id AND o4.moment = $4
    LEFT JOIN owed o5 ON o5.case_id = seen.id AND o5.moment = $5
)
"""
CHANGES: Mapping[str, str] = {
    "opened": "is_there AND NOT was_there",
    "ended": "is_there AND NOT is_open AND (was_open OR NOT was_there)",
    "reopened": "is_open AND was_there AND NOT was_open",
    "moved": "is_open AND was_open AND held_before <> held_after",
    "became_late": "NOT late_after <@ late_before",
    "no_longer_late": "NOT late_before <@ late_after",
}


async def changed(connection: Connection, scope: Scope, both: tuple[int, int]) -> dict[str, int]:
    """How many cases of each change between two moments."""
    counts = ", ".join(f"count(*) FILTER (WHERE {rule}) AS {name}" for name, rule in CHANGES.items())
    (row,) = await connection.fetch(f"{_BOTH} SELECT {counts} FROM told", *seen_by(scope), *both)
    return dict(row)


async def changes(connection: Connection, scope: Scope, both: tuple[int, int], kind: str, page: Page) -> list[Any]:
    """The cases of one change, one more than a page if there is one."""
    query = f"{_BOTH} SELECT * FROM told"
    return await _page(connection, query, "told.id", [CHANGES[kind]], [*seen_by(scope), *both], page)


async def _page(
    connection: Connection, query: str, id: str, where: Sequence[str], values: Sequence[Any], page: Page
) -> list[Any]:
    given, parts = [*values], [*where]
    if page.after is not None:
        given.append(page.after)
        parts.append(f'{id} COLLATE "C" > ${len(given)}')
    said = f" WHERE {' AND '.join(parts)}" if parts else ""
    rows: list[Any] = await connection.fetch(
        f'{query}{said} ORDER BY {id} COLLATE "C" LIMIT {page.limit + 1:d}', *given
    )
    return rows


async def are_there(connection: Connection, moments: Sequence[int]) -> bool:
    """To be asked first, in the transaction in which they are read.

    Of rows that were stored a moment ago the database knows no statistics, and would join them one by one.
    """
    await connection.execute("SET LOCAL enable_nestloop = off")
    found = await connection.fetchval("SELECT count(*) FROM moments WHERE id = ANY($1::bigint[])", list(moments))
    return bool(found == len(set(moments)))
