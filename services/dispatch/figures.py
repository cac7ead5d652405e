"""SQL of figures by time: how tasks went from office to office, how old open work is, how often it was passed on."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch import walking
from services.dispatch.filters import Filter
from services.dispatch.narrowing import OF_CASES, OF_HANDOFFS, narrowed, open_unless_asked
from services.dispatch.scope import Scope
from services.dispatch.tables import CASES, HANDOFFS

AGES = tuple(timedelta(days=days) for days in (1, 3, 7, 15, 30, 60))
"""Where one bucket of age ends, itself in it, and the next begins."""
MOST_PASSES = 5
"""Cases passed on so often, or oftener, are counted together."""


def bounds(age: int, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when, and before when, that began which is of this bucket of age."""
    oldest = at - AGES[age] if age < len(AGES) else None
    return oldest, at - AGES[age - 1] if age else None


async def count_moves(connection: AsyncConnection, scope: Scope, wanted: Filter) -> list[dict[str, Any]]:
    """How many hand-offs went from where to which office, and how."""
    by = (HANDOFFS.c.came_from, HANDOFFS.c.came_by, HANDOFFS.c.department)
    query = select(*by, func.count().label("count"))
    query = query.where(scope.handoffs(counted=True), *narrowed(OF_HANDOFFS, wanted)).group_by(*by).order_by(*by)
    return await _rows(connection, query)


async def count_handoffs(connection: AsyncConnection, scope: Scope, wanted: Filter) -> int:
    """How many the list has."""
    query = select(func.count()).select_from(HANDOFFS).where(scope.handoffs(counted=True))
    query = query.where(*open_unless_asked(wanted), *narrowed(OF_HANDOFFS, wanted))
    return (await connection.execute(query)).scalar_one()


async def count_ages_of_handoffs(
    connection: AsyncConnection, scope: Scope, wanted: Filter, at: datetime
) -> list[dict[str, Any]]:
    """How many open hand-offs each office has of each age."""
    by = (HANDOFFS.c.department, _age(HANDOFFS.c.offered_at, at))
    query = select(*by, func.count().label("count"))
    query = query.where(scope.handoffs(counted=True), *open_unless_asked(wanted), *narrowed(OF_HANDOFFS, wanted))
    return await _rows(connection, query.group_by(*by).order_by(*by))


async def count_ages_of_cases(
    connection: AsyncConnection, scope: Scope, wanted: Filter, at: datetime
) -> list[dict[str, Any]]:
    return await _by(connection, scope, wanted, _age(CASES.c.opened_at, at))


async def count_passes(connection: AsyncConnection, scope: Scope, wanted: Filter) -> list[dict[str, Any]]:
    """How many cases were passed on, once, twice and so on."""
    times = func.least(CASES.c.passes, MOST_PASSES).label("passed")
    return await _by(connection, scope, wanted.but(passed=wanted.passed or 1), times)


async def _by(
    connection: AsyncConnection, scope: Scope, wanted: Filter, by: ColumnElement[Any]
) -> list[dict[str, Any]]:
    """Each case once: of the ways by which somebody sees it none meets another's."""
    found: dict[Any, int] = {}
    for seen in walking.counted(scope, wanted):
        query = select(by, func.count().label("count")).where(seen, *narrowed(OF_CASES, wanted)).group_by(by)
        for row in await _rows(connection, query):
            found[row[by.name]] = found.get(row[by.name], 0) + row["count"]
    return [{by.name: value, "count": count} for value, count in sorted(found.items())]


def _age(began: ColumnElement[datetime], at: datetime) -> ColumnElement[int]:
    """The number of its bucket."""
    steps = [(began >= at - limit, number) for number, limit in enumerate(AGES)]
    return case(*steps, else_=len(AGES)).label("age")


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]
