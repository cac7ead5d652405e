"""SQL that answers: due clocks, worklists, cases, one case, its timeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch.model import MODEL, Case
from services.dispatch.model.state import case_of
from services.dispatch.scope import Scope
from services.dispatch.tables import CASES, CLOCKS, CONSULTATIONS, HANDOFFS, LINKS, SEATS
from shared.clocks.days import AWAITED
from shared.facts.order import Told, in_order
from shared.record.aggregate import load
from shared.record.database import Connection
from shared.web.paging import decode_typed, encode_cursor

NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
ENDED = frozenset({"closed", "withdrawn", "refused", "merged"})
OPEN_FOR_OFFER = ("routed", "in_handling", "reopened")


async def due_clocks(connection: Connection, now: datetime, limit: int = 500) -> list[str]:
    """Cases with a clock of which something is to be told by now."""
    rows = await connection.fetch(
        "SELECT case_id FROM clocks WHERE next_at <= $1 ORDER BY next_at LIMIT $2", now, limit
    )
    return list(dict.fromkeys(row["case_id"] for row in rows))


_MARKS = """
WITH RECURSIVE found AS (
    SELECT min(notices) AS mark FROM clocks WHERE notices IS NOT NULL
    UNION ALL
    SELECT (SELECT min(notices) FROM clocks WHERE notices > found.mark) FROM found WHERE found.mark IS NOT NULL
) SELECT mark FROM found WHERE mark IS NOT NULL
"""


async def marks_of_clocks(connection: Connection) -> list[str]:
    """Each combination of notices that clocks were counted by, once: one look into the index for each."""
    return [row["mark"] for row in await connection.fetch(_MARKS)]


async def clocks_counted_by(
    connection: Connection, marks: list[str], after: str, limit: int
) -> list[tuple[str, str, str]]:
    """Clock, case and mark, by clock."""
    rows = await connection.fetch(
        "SELECT clock_id, case_id, notices FROM clocks WHERE notices = ANY($1) AND clock_id > $2"
        " ORDER BY clock_id LIMIT $3",
        marks,
        after,
        limit,
    )
    return [(row["clock_id"], row["case_id"], row["notices"]) for row in rows]


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
    query = select(*columns).where(scope.handoffs(), *_open_unless_asked(wanted), *_narrowed(OF_HANDOFFS, wanted))
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
    columns = [column for column in CLOCKS.c if column.name not in ("next_at", "running", "notices")]
    awaited = func.coalesce(CLOCKS.c.notices.contains(AWAITED), False).label("provisional")
    query = select(*columns, awaited, *of_case).join(CASES, CASES.c.id == CLOCKS.c.case_id)
    query = query.where(scope.cases(), CLOCKS.c.running, *_narrowed(OF_CLOCKS, wanted))
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
    query = select(*columns).where(scope.cases(), *_narrowed(OF_CASES, wanted))
    after = decode_typed(cursor, datetime, str)
    if after is not None:
        query = query.where(tuple_(CASES.c.opened_at, CASES.c.id) < tuple_(*after))
    return await _page(
        connection,
        query.order_by(CASES.c.opened_at.desc(), CASES.c.id.desc()),
        limit,
        lambda row: (row["opened_at"].isoformat(), row["id"]),
    )


@dataclass(frozen=True, slots=True)
class Consulted:
    """Which consultations: `unanswered`: a department of the reader's has yet to speak."""

    status: str | None = None
    unanswered: bool = False


async def consultations(
    connection: AsyncConnection, scope: Scope, wanted: Consulted, cursor: str | None, limit: int
) -> Page:
    """The oldest first, each with who is invited; open ones unless a status is asked for."""
    query = select(*(column for column in CONSULTATIONS.c if column.name not in ("barred", "ended")))
    query = query.where(scope.consultations())
    query = query.where(CONSULTATIONS.c.status == wanted.status if wanted.status else ~CONSULTATIONS.c.ended)
    if wanted.unanswered:
        query = query.where(CONSULTATIONS.c.consultation_id.in_(scope.unanswered()))
    after = decode_typed(cursor, datetime, str)
    if after is not None:
        query = query.where(tuple_(CONSULTATIONS.c.called_at, CONSULTATIONS.c.consultation_id) > tuple_(*after))
    page = await _page(
        connection,
        query.order_by(CONSULTATIONS.c.called_at, CONSULTATIONS.c.consultation_id),
        limit,
        lambda row: (row["called_at"].isoformat(), row["consultation_id"]),
    )
    seats = await _seats(connection, [row["consultation_id"] for row in page.items])
    return Page([{**row, "seats": seats.get(row["consultation_id"], [])} for row in page.items], page.next)


async def _seats(connection: AsyncConnection, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    """By consultation: who is invited, and its position so far."""
    query = select(SEATS).where(SEATS.c.consultation_id.in_(ids)).order_by(SEATS.c.department)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in (await connection.execute(query)).mappings():
        seat = {name: row[name] for name in ("department", "position", "until")}
        found.setdefault(row["consultation_id"], []).append(seat)
    return found


async def count_cases(connection: AsyncConnection, scope: Scope, wanted: Filter) -> list[dict[str, Any]]:
    """How many cases by kind, status and closing reason: each figure is a list one filter away."""
    by = (CASES.c.kind, CASES.c.status, CASES.c.closing_reason)
    query = select(*by, func.count().label("count")).where(scope.cases(), *_narrowed(OF_CASES, wanted)).group_by(*by)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def find_case(connection: Connection, scope: Scope, ref: str) -> tuple[int, Case] | None:
    """By id or code, if the person may see anything of it: version and the whole state."""
    row = await connection.fetchrow("SELECT version, state FROM cases WHERE id = $1 OR code = $2", ref, ref.upper())
    if row is None:
        return None
    case = load(MODEL, row["state"])
    return (row["version"], case) if scope.view(case) is not None else None


async def seen_cases(connection: AsyncConnection, scope: Scope, ids: Sequence[str]) -> set[str]:
    """Those of these cases that the person may see anything of."""
    rows = await connection.execute(select(CASES.c.id).where(CASES.c.id.in_(ids), scope.cases()))
    return {row.id for row in rows}


_WAY = """
WITH RECURSIVE way (id) AS (
    SELECT $1::text UNION SELECT links.other FROM links JOIN way ON links.case_id = way.id AND links.kind = $2)
SELECT id FROM way
"""


async def way_on(connection: Connection, case_id: str, kind: str) -> frozenset[str]:
    """The case, and all to which links of that kind lead on from it."""
    return frozenset(row["id"] for row in await connection.fetch(_WAY, case_id, kind))


async def open_children(connection: Connection, case_id: str) -> tuple[str, ...]:
    """Codes of the cases split off that one which have not ended."""
    rows = await connection.fetch(
        "SELECT code FROM links JOIN cases ON cases.id = links.other WHERE case_id = $1 AND links.kind = 'child'"
        " AND status <> ALL ($2) ORDER BY code",
        case_id,
        sorted(ENDED),
    )
    return tuple(row["code"] for row in rows)


async def linked_cases(connection: AsyncConnection, scope: Scope, case_id: str) -> list[dict[str, Any]]:
    """Those of the linked cases that the person may see."""
    query = select(LINKS.c.kind, CASES.c.id, CASES.c.code, CASES.c.status, CASES.c.category, CASES.c.area, CASES.c.lead)
    query = query.join(CASES, CASES.c.id == LINKS.c.other).where(LINKS.c.case_id == case_id, scope.cases())
    rows = await connection.execute(query.order_by(LINKS.c.kind, CASES.c.opened_at, CASES.c.id))
    return [dict(row) for row in rows.mappings()]


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
    return [fact for fact in told if scope.reads(case, _about(fact["data"])) and not _names_another(fact["data"])]


def _names_another(data: Mapping[str, Any]) -> bool:
    """Which cases it is linked to, `linked_cases` tells to who may see those."""
    return any(name in data for name in ("other", "absorbed", "released"))


def _about(data: Mapping[str, Any]) -> str | None:
    about: str | None = data.get("handoff_id") or data.get("consultation_id")
    return about


def _told(row: Any) -> Told:
    at = datetime.fromisoformat(row["at"])
    return Told(at, row["source"], row["place"], row["id"], row["causation"])


Condition = Callable[[Any, Filter], ColumnElement[bool]]
PARTS = HANDOFFS.alias("parts")
"""The hand-offs of a case, also inside a query of hand-offs."""


def _has_part(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(PARTS.c.case_id == CASES.c.id, *conditions)


def _has_clock(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CLOCKS.c.case_id == CASES.c.id, *conditions)


def _by(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (CLOCKS.c.answerable == wanted.answerable,) if wanted.answerable else ()


def _is(column: ColumnElement[Any]) -> Condition:
    return lambda value, wanted: column == value


def _in(column: ColumnElement[str]) -> Condition:
    return lambda area, wanted: column.startswith(area, autoescape=True)


def _either(condition: ColumnElement[bool]) -> Condition:
    return lambda value, wanted: condition if value else ~condition


OF_CASES: Mapping[str, Condition] = {
    "status": _is(CASES.c.status),
    "department": lambda code, wanted: _has_part(PARTS.c.department == code),
    "category": _is(CASES.c.category),
    "kind": _is(CASES.c.kind),
    "area": _in(CASES.c.area),
    "code": lambda code, wanted: CASES.c.code == code.upper(),
    "overdue": lambda late, wanted: _either(_has_clock(CLOCKS.c.overdue, *_by(wanted)))(late, wanted),
    "extension_asked": _either(_has_part(PARTS.c.extension_days.is_not(None), ~PARTS.c.ended)),
    "return_asked": _either(_has_part(PARTS.c.return_asked, ~PARTS.c.ended)),
    "answerable": lambda code, wanted: _has_clock(CLOCKS.c.running, *_by(wanted)),
    "needs_offer": _either(
        and_(CASES.c.status.in_(OPEN_FOR_OFFER), or_(_has_part(PARTS.c.owed), ~_has_part(~PARTS.c.ended)))
    ),
    "closing_reason": _is(CASES.c.closing_reason),
    "opened_from": lambda moment, wanted: CASES.c.opened_at >= moment,
    "opened_to": lambda moment, wanted: CASES.c.opened_at < moment,
}


def _of_its_case(name: str) -> Condition:
    return lambda value, wanted: exists().where(CASES.c.id == HANDOFFS.c.case_id, OF_CASES[name](value, wanted))


OF_HANDOFFS: Mapping[str, Condition] = {
    **{name: _of_its_case(name) for name in OF_CASES},
    "status": _is(HANDOFFS.c.status),
    "department": _is(HANDOFFS.c.department),
    "category": _is(HANDOFFS.c.category),
    "area": _in(HANDOFFS.c.area),
    "code": lambda code, wanted: HANDOFFS.c.code == code.upper(),
    "overdue": _is(HANDOFFS.c.lapsed),
    "extension_asked": _either(HANDOFFS.c.extension_days.is_not(None)),
    "return_asked": _is(HANDOFFS.c.return_asked),
    "answerable": _is(HANDOFFS.c.answerable),
}
OF_CLOCKS: Mapping[str, Condition] = {
    **OF_CASES,
    "overdue": _is(CLOCKS.c.overdue),
    "answerable": _is(CLOCKS.c.answerable),
}


def _narrowed(conditions: Mapping[str, Condition], wanted: Filter) -> list[ColumnElement[bool]]:
    """What is asked for, and an empty word asks for nothing."""
    asked = ((each.name, getattr(wanted, each.name)) for each in fields(wanted))
    return [conditions[name](value, wanted) for name, value in asked if value not in (None, "")]


def _open_unless_asked(wanted: Filter) -> list[ColumnElement[bool]]:
    """Who asks for a state, or for cases that were closed, wants ended hand-offs too."""
    return [] if wanted.status or wanted.closing_reason else [~HANDOFFS.c.ended]


async def _page(connection: AsyncConnection, query: Select[Any], limit: int, place: Any) -> Page:
    rows = [dict(row) for row in (await connection.execute(query.limit(limit + 1))).mappings()]
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, encode_cursor(*place(rows[-1])) if more else None)
