"""SQL that answers: due clocks, worklists, cases, one case, its timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch import walking
from services.dispatch.filters import Filter
from services.dispatch.model import MODEL, Case
from services.dispatch.model.state import case_of
from services.dispatch.narrowing import OF_CLOCKS, OF_HANDOFFS, narrowed, open_unless_asked
from services.dispatch.scope import OVER, Scope
from services.dispatch.tables import CASES, CLOCKS, CONSULTATIONS, HANDOFFS, LINKS, SEATS
from shared.clocks.days import AWAITED
from shared.facts.order import Told, in_order
from shared.record.aggregate import load
from shared.record.database import Connection
from shared.web.paging import decode_bound, digest, encode_cursor

NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
UNSHOWN = ("barred", "owed", "opened_at", "going", "case_colour", "needs_offer")
"""What a hand-off's row has for other lists."""
DUE: ColumnElement[datetime] = func.coalesce(
    HANDOFFS.c.due_at, literal_column("'9999-01-01 00:00:00+00'::timestamptz", HANDOFFS.c.due_at.type)
)
"""As its index has it."""


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
class Page:
    items: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as somebody asks for it. `oldest`: cases in the other order."""

    scope: Scope
    wanted: Filter
    cursor: str | None = None
    limit: int = 100
    oldest: bool = False

    def about(self, of: str) -> str:
        """What a cursor belongs to: this list with these filters in this order."""
        return digest(of, self.wanted, self.oldest)


async def handoffs(connection: AsyncConnection, asked: Asked) -> Page:
    """Open hand-offs unless a status is asked for: what is due next comes first."""
    columns = [column for column in HANDOFFS.c if column.name not in UNSHOWN]
    wanted = asked.wanted
    query = select(*columns).where(asked.scope.handoffs(), *open_unless_asked(wanted), *narrowed(OF_HANDOFFS, wanted))
    return await _page(connection, query, asked, Order("handoffs", DUE, HANDOFFS.c.handoff_id, "due_at", "handoff_id"))


async def clocks(connection: AsyncConnection, asked: Asked) -> Page:
    """Running clocks of cases that one sees, what is due next first."""
    of_case = (CASES.c.code, CASES.c.category, CASES.c.area, CASES.c.status)
    columns = [column for column in CLOCKS.c if column.name not in ("next_at", "running", "notices")]
    awaited = func.coalesce(CLOCKS.c.notices.contains(AWAITED), False).label("provisional")
    query = select(*columns, awaited, *of_case).join(CASES, CASES.c.id == CLOCKS.c.case_id)
    # Who is late runs: said twice, the planner would believe them to be few.
    running = [] if asked.wanted.overdue else [CLOCKS.c.running]
    query = query.where(asked.scope.cases(listed=True), *running, *narrowed(OF_CLOCKS, asked.wanted))
    return await _page(
        connection, query, asked, Order("clocks", CLOCKS.c.due_at, CLOCKS.c.clock_id, "due_at", "clock_id")
    )


async def cases(connection: AsyncConnection, asked: Asked) -> Page:
    """Newest first, or oldest."""
    way = await walking.way(connection, asked.scope, asked.wanted)
    listed = walking.cases_on(way, asked.scope, asked.wanted, asked.oldest)
    order = Order("cases", listed.time, listed.id, "opened_at", newest=not asked.oldest)
    return await _page(connection, listed.query, asked, order)


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
    of = f"consultations {wanted.status} {wanted.unanswered}"
    order = Order(of, CONSULTATIONS.c.called_at, CONSULTATIONS.c.consultation_id, "called_at", "consultation_id")
    page = await _page(connection, query, Asked(scope, Filter(), cursor, limit), order)
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


async def find_case(connection: Connection, scope: Scope, ref: str) -> tuple[int, Case] | None:
    """By id or code, if the person may see anything of it: version and the whole state."""
    row = await connection.fetchrow("SELECT version, state FROM cases WHERE id = $1 OR code = $2", ref, ref.upper())
    if row is None:
        return None
    case = load(MODEL, row["state"])
    return (row["version"], case) if scope.view(case) is not None else None


async def seen_cases(connection: AsyncConnection, scope: Scope, ids: Sequence[str]) -> set[str]:
    """Those of these cases that the person may see anything of."""
    rows = await connection.execute(select(CASES.c.id).where(CASES.c.id.in_(ids), scope.cases(listed=True)))
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
        sorted(OVER),
    )
    return tuple(row["code"] for row in rows)


async def linked_cases(connection: AsyncConnection, scope: Scope, case_id: str) -> list[dict[str, Any]]:
    """Those of the linked cases that the person may see."""
    query = select(LINKS.c.kind, CASES.c.id, CASES.c.code, CASES.c.status, CASES.c.category, CASES.c.area, CASES.c.lead)
    query = query.join(CASES, CASES.c.id == LINKS.c.other).where(LINKS.c.case_id == case_id, scope.cases(listed=True))
    rows = await connection.execute(query.order_by(LINKS.c.kind, CASES.c.opened_at, CASES.c.id))
    return [dict(row) for row in rows.mappings()]


async def case_of_content(connection: Connection, scope: Scope, content_id: str) -> Case | None:
    """The case of which it was written, or of one of its hand-offs, if that is within what the person may see."""
    about = await connection.fetchval("SELECT about FROM contents WHERE id = $1", content_id)
    if about is None:
        return None
    found = await find_case(connection, scope, about) or await find_case(connection, scope, case_of(about))
    return found[1] if found is not None and scope.reads(found[1], about) else None


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
    return [fact for fact in told if scope.reads(case, _about(fact["data"])) and not names_another(fact["data"])]


def names_another(data: Mapping[str, Any]) -> bool:
    """Which cases it is linked to, `linked_cases` tells to who may see those."""
    return any(name in data for name in ("other", "absorbed", "released"))


def _about(data: Mapping[str, Any]) -> str | None:
    about: str | None = data.get("handoff_id") or data.get("consultation_id")
    return about


def _told(row: Any) -> Told:
    at = datetime.fromisoformat(row["at"])
    return Told(at, row["source"], row["place"], row["id"], row["causation"])


@dataclass(frozen=True, slots=True)
class Order:
    """By a time and an id; `field` of the row says the time, if it has one."""

    of: str
    time: ColumnElement[Any]
    id: ColumnElement[str]
    field: str
    key: str = "id"
    newest: bool = False


async def _page(connection: AsyncConnection, query: Select[Any], asked: Asked, order: Order) -> Page:
    by, about = (order.time, order.id), asked.about(order.of)
    after = decode_bound(asked.cursor, about, datetime, str)
    if after is not None:
        place = tuple_(*by)
        query = query.where(place < tuple_(*after) if order.newest else place > tuple_(*after))
    query = query.order_by(*(column.desc() if order.newest else column for column in by)).limit(asked.limit + 1)
    found = await connection.execute(query)
    names = list(map(str, found.keys()))  # SQLAlchemy's are of a class of its own
    rows = [dict(zip(names, row, strict=True)) for row in found]
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    if not more:
        return Page(rows, None)
    last = rows[-1]
    return Page(rows, encode_cursor(about, (last[order.field] or NEVER).isoformat(), last[order.key]))
