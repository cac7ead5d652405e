"""SQL of cases that are like one: perhaps reported twice, and who acted in them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch.model.state import Case
from services.dispatch.scope import OVER, Scope, in_areas
from services.dispatch.tables import CASES

NEAR = timedelta(days=30)
"""Within which two reports of one matter at one place may be the same."""
MOST_ALIKE, MOST_LOOKED_AT = 20, 50


@dataclass(frozen=True, slots=True)
class Acted:
    """Of the last cases of the matter in that place that had a lead: how many that department led, `of` how many."""

    department: str
    count: int
    of: int


async def alike(connection: AsyncConnection, scope: Scope, case: Case, place: str) -> list[dict[str, Any]]:
    """Cases of the same matter in the same place and about the same time that go on, and that the person may see: what
    is nearest in time first."""
    if case.opened_at is None:
        return []
    apart = func.abs(func.extract("epoch", CASES.c.opened_at - case.opened_at))
    names = ("id", "code", "status", "category", "area", "lead", "opened_at", "colour", "due_at", "version")
    query = select(
        *(CASES.c[name] for name in names), func.jsonb_array_length(CASES.c.state["reports"]).label("reports")
    )
    query = query.where(
        CASES.c.category == case.category,
        in_areas(CASES.c.area, [place]),
        CASES.c.opened_at.between(case.opened_at - NEAR, case.opened_at + NEAR),
        CASES.c.status.not_in(OVER),
        CASES.c.id != case.case_id,
        scope.cases(listed=True),
    )
    found = await connection.execute(query.order_by(apart, CASES.c.id).limit(MOST_ALIKE))
    return [dict(row) for row in found.mappings()]


async def acted(connection: AsyncConnection, scope: Scope, case: Case, place: str) -> list[Acted]:
    """Who led the newest cases of the matter there, who did so most often first."""
    newest = (
        select(CASES.c.lead)
        .where(
            CASES.c.category == case.category,
            in_areas(CASES.c.area, [place]),
            CASES.c.lead.is_not(None),
            CASES.c.id != case.case_id,
            scope.cases(listed=True),
        )
        .order_by(CASES.c.opened_at.desc(), CASES.c.id.desc())
        .limit(MOST_LOOKED_AT)
        .subquery("newest")
    )
    query = select(newest.c.lead, func.count().label("led")).group_by(newest.c.lead)
    rows = (await connection.execute(query.order_by(func.count().desc(), newest.c.lead))).all()
    of = sum(row.led for row in rows)
    return [Acted(row.lead, row.led, of) for row in rows]
