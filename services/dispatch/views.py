"""SQL that answers: due clocks, worklists, cases, one case, its timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch.filters import Filter
from services.dispatch.model import MODEL, Case
from services.dispatch.model.state import case_of
from services.dispatch.narrowing import OF_CASES, OF_CLOCKS, OF_HANDOFFS, narrowed, open_unless_asked
from services.dispatch.scope import Scope
from services.dispatch.tables import CASES, CLOCKS, HANDOFFS
from shared.facts.order import Told, in_order
from shared.record.aggregate import load
from shared.record.database import Connection
from shared.web.paging import decode_bound, digest, encode_cursor

NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
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
    columns = [column for column in HANDOFFS.c if column.name not in ("barred", "owed", "opened_at")]
    wanted = asked.wanted
    query = select(*columns).where(asked.scope.handoffs(), *open_unless_asked(wanted), *narrowed(OF_HANDOFFS, wanted))
    return await _page(connection, query, asked, Order("handoffs", DUE, HANDOFFS.c.handoff_id, "due_at", "handoff_id"))


async def clocks(connection: AsyncConnection, asked: Asked) -> Page:
    """Running clocks of cases that one sees, what is due next first."""
    of_case = (CASES.c.code, CASES.c.category, CASES.c.area, CASES.c.status)
    columns = [column for column in CLOCKS.c if column.name not in ("next_at", "running")]
    query = select(*columns, *of_case).join(CASES, CASES.c.id == CLOCKS.c.case_id)
    # Who is late runs: said twice, the planner would believe them to be few.
    running = [] if asked.wanted.overdue else [CLOCKS.c.running]
    query = query.where(asked.scope.cases(), *running, *narrowed(OF_CLOCKS, asked.wanted))
    return await _page(
        connection, query, asked, Order("clocks", CLOCKS.c.due_at, CLOCKS.c.clock_id, "due_at", "clock_id")
    )


async def cases(connection: AsyncConnection, asked: Asked) -> Page:
    """Newest first, or oldest."""
    query, time, id = cases_asked(asked)
    return await _page(connection, query, asked, Order("cases", time, id, "opened_at", newest=not asked.oldest))


def cases_asked(asked: Asked) -> tuple[Select[Any], ColumnElement[datetime], ColumnElement[str]]:
    """All of them, and by what they are ordered: of one department's cases, its hand-offs have them in order."""
    columns = [column for column in CASES.c if column.name not in ("state", "version", "barred", "needs_offer")]
    query = select(*columns).where(asked.scope.cases(), *narrowed(OF_CASES, asked.wanted))
    department = _single(asked)
    if department is None:
        return query, CASES.c.opened_at, CASES.c.id
    parts = select(HANDOFFS.c.opened_at, HANDOFFS.c.case_id).where(HANDOFFS.c.department == department).distinct()
    by = (HANDOFFS.c.opened_at, HANDOFFS.c.case_id)
    # Said here too: what is made distinct in another order would all be sorted before the first is shown.
    walked = parts.order_by(*(by if asked.oldest else (column.desc() for column in by))).subquery("walked")
    return query.join(walked, walked.c.case_id == CASES.c.id), walked.c.opened_at, walked.c.case_id


def _single(asked: Asked) -> str | None:
    """The one department without a hand-off of which no case is in the list. What else is asked has indexes that leave
    fewer cases than those of a whole department."""
    if any(name != "department" for name, _ in asked.wanted.asked()):
        return None
    if len(asked.wanted.department) == 1:
        return asked.wanted.department[0]
    return asked.scope.office


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
