"""SQL that answers: due clocks, worklists, cases, one case, its timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch.model import MODEL, Case
from services.dispatch.model.state import case_of
from services.dispatch.scope import Scope
from services.dispatch.tables import CASES, CLOCKS, HANDOFFS
from shared.facts.order import Told, in_order
from shared.record.aggregate import load
from shared.record.database import Connection
from shared.web.paging import decode_typed, encode_cursor

NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
OPEN_FOR_OFFER = ("routed", "in_handling", "reopened")


async def due_clocks(connection: Connection, now: datetime, limit: int = 500) -> list[str]:
    """Cases with a clock of which something is to be told by now."""
    rows = await connection.fetch(
        "SELECT case_id FROM clocks WHERE next_at <= $1 ORDER BY next_at LIMIT $2", now, limit
    )
    return list(dict.fromkeys(row["case_id"] for row in rows))


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None: not narrowed."""

    status: str | None = None
    department: str | None = None
    category: str | None = None
    kind: str | None = None
    area: str | None = None
    code: str | None = None
    overdue: bool | None = None
    extension_asked: bool | None = None
    return_asked: bool | None = None
    answerable: str | None = None
    needs_offer: bool | None = None
    closing_reason: str | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    items: list[dict[str, Any]]
    next: str | None


async def handoffs(connection: AsyncConnection, scope: Scope, wanted: Filter, cursor: str | None, limit: int) -> Page:
    """Open hand-offs unless a status is asked for: what is due next comes first."""
    due = func.coalesce(HANDOFFS.c.due_at, NEVER)
    columns = [column for column in HANDOFFS.c if column.name not in ("barred", "owed")]
    query = select(*columns).where(scope.handoffs(), *_of_handoffs(wanted))
    after = decode_typed(cursor, datetime, str)
    if after is not None:
        query = query.where(tuple_(due, HANDOFFS.c.handoff_id) > tuple_(*after))
    return await _page(
        connection,
        query.order_by(due, HANDOFFS.c.handoff_id),
        limit,
        lambda row: ((row["due_at"] or NEVER).isoformat(), row["handoff_id"]),
    )


async def clocks(connection: AsyncConnection, scope: Scope, wanted: Filter, cursor: str | None, limit: int) -> Page:
    """Running clocks of cases that one sees, what is due next first."""
    of_case = (CASES.c.code, CASES.c.category, CASES.c.area, CASES.c.status)
    columns = [column for column in CLOCKS.c if column.name not in ("next_at", "running")]
    query = select(*columns, *of_case).join(CASES, CASES.c.id == CLOCKS.c.case_id)
    query = query.where(scope.cases(), CLOCKS.c.running, *_of_clocks(wanted))
    after = decode_typed(cursor, datetime, str)
    if after is not None:
        query = query.where(tuple_(CLOCKS.c.due_at, CLOCKS.c.clock_id) > tuple_(*after))
    return await _page(
        connection,
        query.order_by(CLOCKS.c.due_at, CLOCKS.c.clock_id),
        limit,
        lambda row: (row["due_at"].isoformat(), row["clock_id"]),
    )


async def cases(connection: AsyncConnection, scope: Scope, wanted: Filter, cursor: str | None, limit: int) -> Page:
    """Newest first."""
    columns = [column for column in CASES.c if column.name not in ("state", "version", "barred")]
    query = select(*columns).where(scope.cases(), *_of_cases(wanted))
    after = decode_typed(cursor, datetime, str)
    if after is not None:
        query = query.where(tuple_(CASES.c.opened_at, CASES.c.id) < tuple_(*after))
    return await _page(
        connection,
        query.order_by(CASES.c.opened_at.desc(), CASES.c.id.desc()),
        limit,
        lambda row: (row["opened_at"].isoformat(), row["id"]),
    )


async def count_cases(connection: AsyncConnection, scope: Scope, wanted: Filter) -> list[dict[str, Any]]:
    """How many cases by kind, status and closing reason: each figure is a list one filter away."""
    by = (CASES.c.kind, CASES.c.status, CASES.c.closing_reason)
    query = select(*by, func.count().label("count")).where(scope.cases(), *_of_cases(wanted)).group_by(*by)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def find_case(connection: Connection, scope: Scope, ref: str) -> tuple[int, Case] | None:
    """By id or code, if the person may see anything of it: version and the whole state."""
    row = await connection.fetchrow("SELECT version, state FROM cases WHERE id = $1 OR code = $2", ref, ref.upper())
    if row is None:
        return None
    case = load(MODEL, row["state"])
    return (row["version"], case) if scope.view(case) is not None else None


async def content_is_seen(connection: Connection, scope: Scope, content_id: str) -> bool:
    """Whether what it was written about, a case or a hand-off, is within what the person may see."""
    about = await connection.fetchval("SELECT about FROM contents WHERE id = $1", content_id)
    if about is None:
        return False
    found = await find_case(connection, scope, about) or await find_case(connection, scope, case_of(about))
    return found is not None and scope.reads(found[1], about)


_TIMELINE = """
SELECT type, attributes::jsonb ->> 'time' AS at, attributes::jsonb ->> 'actor' AS actor,
       attributes::jsonb ->> 'department' AS department, convert_from(data, 'UTF8') AS data, '' AS source,
       version AS place, attributes::jsonb ->> 'id' AS id, attributes::jsonb ->> 'causationid' AS causation
FROM (SELECT type, attributes, data, version, key FROM log UNION ALL
      SELECT type, attributes, data, version, key FROM pending) own WHERE key = $1
UNION ALL
SELECT type, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, department, data::text, source,
       position, id, causation
FROM timeline WHERE case_id = $1
"""


async def timeline(connection: Connection, scope: Scope, case: Case) -> list[Mapping[str, Any]]:
    """What every office told of what the person sees, by its time; of one moment, causes before effects."""
    rows = await connection.fetch(_TIMELINE, case.case_id)
    told = [
        {
            "type": row["type"],
            "at": datetime.fromisoformat(row["at"]),
            "actor": row["actor"],
            "department": row["department"],
            "data": orjson.loads(row["data"]),
            "place": row["place"],
        }
        for row in in_order(rows, _told)
    ]
    return [fact for fact in told if scope.reads(case, fact["data"].get("handoff_id"))]


def _told(row: Any) -> Told:
    at = datetime.fromisoformat(row["at"])
    return Told(at, row["source"], row["place"], row["id"], row["causation"])


def _of_handoffs(wanted: Filter) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    columns = HANDOFFS.c
    found.append(columns.status == wanted.status if wanted.status else ~columns.ended)
    if wanted.department:
        found.append(columns.department == wanted.department)
    if wanted.category:
        found.append(columns.category == wanted.category)
    if wanted.area:
        found.append(columns.area.startswith(wanted.area, autoescape=True))
    if wanted.overdue is not None:
        found.append(columns.lapsed == wanted.overdue)
    if wanted.extension_asked is not None:
        asked = columns.extension_days.is_not(None)
        found.append(asked if wanted.extension_asked else ~asked)
    if wanted.return_asked is not None:
        found.append(columns.return_asked == wanted.return_asked)
    if wanted.answerable:
        found.append(columns.answerable == wanted.answerable)
    return found


def _of_clocks(wanted: Filter) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.overdue is not None:
        found.append(CLOCKS.c.overdue == wanted.overdue)
    if wanted.answerable:
        found.append(CLOCKS.c.answerable == wanted.answerable)
    return [*found, *_of_cases(replace(wanted, overdue=None))]


def _of_cases(wanted: Filter) -> Sequence[ColumnElement[bool]]:
    columns = CASES.c
    exact = {
        columns.status: wanted.status,
        columns.category: wanted.category,
        columns.kind: wanted.kind,
        columns.closing_reason: wanted.closing_reason,
        columns.code: wanted.code.upper() if wanted.code else None,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in exact.items() if value]
    if wanted.area:
        found.append(columns.area.startswith(wanted.area, autoescape=True))
    if wanted.opened_from:
        found.append(columns.opened_at >= wanted.opened_from)
    if wanted.opened_to:
        found.append(columns.opened_at < wanted.opened_to)
    if wanted.department:
        found.append(_has_handoff(HANDOFFS.c.department == wanted.department))
    if wanted.overdue is not None:
        late = _has_clock(CLOCKS.c.overdue, *((CLOCKS.c.answerable == wanted.answerable,) if wanted.answerable else ()))
        found.append(late if wanted.overdue else ~late)
    if wanted.needs_offer is not None:
        without = or_(_has_handoff(HANDOFFS.c.owed), ~_has_handoff(~HANDOFFS.c.ended))
        needs = and_(columns.status.in_(OPEN_FOR_OFFER), without)
        found.append(needs if wanted.needs_offer else ~needs)
    return found


def _has_handoff(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(HANDOFFS.c.case_id == CASES.c.id, *conditions)


def _has_clock(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CLOCKS.c.case_id == CASES.c.id, *conditions)


async def _page(connection: AsyncConnection, query: Select[Any], limit: int, place: Any) -> Page:
    rows = [dict(row) for row in (await connection.execute(query.limit(limit + 1))).mappings()]
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, encode_cursor(*place(rows[-1])) if more else None)
