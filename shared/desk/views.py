"""What a desk answers: its worklist, one matter, that matter's own history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Label, RowMapping, Table, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.desk.access import LISTERS, seen_by
from shared.desk.matter import Matter
from shared.desk.tables import SUPPLEMENTS
from shared.facts.fact import REGISTER
from shared.procedure.actor import Actor
from shared.record.aggregate import Aggregate, load
from shared.record.database import Connection

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    due_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Stored:
    version: int
    matter: Any


async def worklist(
    connection: AsyncConnection,
    table: Table,
    actor: Actor,
    statuses: Collection[str],
    page: tuple[After | None, int],
) -> Sequence[RowMapping]:
    """Due first, then oldest; one row more than the limit where there is a next page."""
    after, limit = page
    due = func.coalesce(table.c.due_at, NEVER)
    query = select(table, *_added(table)).where(seen_by(actor, LISTERS, table), table.c.status.in_(statuses))
    if after is not None:
        query = query.where(tuple_(due, table.c.id) > tuple_(literal(after.due_at), literal(after.id)))
    rows = await connection.execute(query.order_by(due, table.c.id).limit(limit + 1))
    return rows.mappings().all()


def _added(table: Table) -> tuple[Label[Any], Label[Any]]:
    """How much has been added to the case, and when last."""
    added = table.metadata.tables[SUPPLEMENTS].c
    count = select(func.count()).where(added.case_id == table.c.case_id).scalar_subquery()
    last = select(func.max(added.at)).where(added.case_id == table.c.case_id).scalar_subquery()
    return count.label("supplements"), last.label("supplemented_at")


async def supplements(connection: Connection, case_id: str) -> list[dict[str, Any]]:
    """Oldest first."""
    rows = await connection.fetch(
        f"SELECT at, content_id, kind, report_id FROM {SUPPLEMENTS} WHERE case_id = $1 ORDER BY at, content_id", case_id
    )
    return [dict(row) for row in rows]


async def stored(connection: Connection, desk: Aggregate[Any], id: str) -> Stored | None:
    row = await connection.fetchrow(f"SELECT version, state FROM {desk.table.name} WHERE id = $1", id)
    return Stored(row["version"], load(desk.model, row["state"])) if row is not None else None


async def content_about(connection: Connection, id: str) -> str | None:
    """The matter that a content belongs to."""
    about: str | None = await connection.fetchval("SELECT about FROM contents WHERE id = $1", id)
    return about


_HISTORY = """
SELECT version, type, attributes, data FROM log WHERE aggregate = $1 AND aggregate_id = $2
UNION ALL
SELECT version, type, attributes, data FROM pending WHERE aggregate = $1 AND aggregate_id = $2
ORDER BY version
"""


async def history(connection: Connection, desk: Aggregate[Any], id: str) -> list[dict[str, Any]]:
    """The office's own facts about the matter, in order; `content` is kept here, `said` by the centre."""
    rows = await connection.fetch(_HISTORY, desk.name, id)
    return [_step_taken(dict(row)) for row in rows]


def _step_taken(row: Mapping[str, Any]) -> dict[str, Any]:
    attributes, data = orjson.loads(row["attributes"]), orjson.loads(row["data"])
    known = REGISTER.get(row["type"])
    contents = {name: v["id"] for name, v in data.items() if isinstance(v, dict) and "commitment" in v}
    said = contents.pop("said", None)
    told = {name: value for name, value in data.items() if name not in Matter.model_fields}
    return {
        "step": known.fact_name() if known else row["type"],
        "at": attributes["time"],
        "by": attributes["actor"],
        "department": attributes.get("department"),
        "content": next(iter(contents.values()), None),
        "said": said,
        "details": {name: value for name, value in told.items() if not isinstance(value, dict)},
    }
