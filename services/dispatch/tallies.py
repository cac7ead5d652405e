"""SQL that counts cases: by the sums that are kept beside them, or by the cases where those do not tell it."""

import asyncio
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, SelectBase, Table, cast, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch import walking
from services.dispatch.filters import Filter
from services.dispatch.model.standing import OPEN
from services.dispatch.model.words import ASKED
from services.dispatch.narrowing import (
    COLOUR_OF_HANDOFF,
    OF_CASES,
    OF_HANDOFFS,
    OF_TALLIES,
    narrowed,
    open_unless_asked,
)
from services.dispatch.scope import Scope
from services.dispatch.tables import CASES, HANDOFFS, TALLIES
from shared.record.database import Connection
from shared.web.runtime import Runtime

RECOUNT = """
WITH seen AS (
    SELECT '' AS office, id FROM cases UNION
    SELECT department, case_id FROM handoffs WHERE status NOT IN ('returned', 'recalled', 'transferred', 'waived') UNION
    SELECT department, case_id FROM seats WHERE NOT ended
), had AS (SELECT department AS office, case_id AS id FROM handoffs), told AS (
    SELECT office, id FROM seen UNION ALL
    SELECT 'left ' || office, id FROM (SELECT * FROM had EXCEPT SELECT * FROM seen) AS lost UNION ALL
    SELECT 'seated ' || office, id FROM (SELECT * FROM seen WHERE office <> '' EXCEPT SELECT * FROM had) AS invited
)
INSERT INTO tallies
    (office, area, category, kind, status, closing_reason, barred, workflow, asked, satisfied, resolved, change)
SELECT office, area, matter, kind, status, closing_reason, barred, workflow, asked, satisfied,
       resolved_at IS NOT NULL, count(*)
FROM told JOIN cases USING (id) CROSS JOIN LATERAL unnest(ARRAY['', category]) AS matter
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""
EVERY = 5.0
_LOCK = 0x6C7A7461
# Sums that one row says are left alone. Who folds at the same time finds nothing left to take.
_OF = [column.name for column in TALLIES.c if column.name != "change"]
_SAME = " AND ".join(
    f"t.{column.name} {'IS NOT DISTINCT FROM' if column.nullable else '='} s.{column.name}"
    for column in TALLIES.c
    if column.name != "change"
)
_FOLD = f"""
WITH several AS (
    SELECT {", ".join(_OF)} FROM tallies GROUP BY {", ".join(_OF)} HAVING count(*) > 1 AND pg_try_advisory_xact_lock($1)
), taken AS (
    DELETE FROM tallies t USING several s WHERE {_SAME} RETURNING t.*
)
INSERT INTO tallies ({", ".join(_OF)}, change)
SELECT {", ".join(_OF)}, sum(change) FROM taken GROUP BY {", ".join(_OF)} HAVING sum(change) <> 0
"""


async def keep_tallies(runtime: Runtime) -> None:
    while True:
        async with runtime.database.plain() as connection:
            await fold(connection)
        await asyncio.sleep(EVERY)


async def fold(connection: Connection) -> None:
    """Many changes of one sum into one row; the sums stay what they were at any moment."""
    await connection.execute(_FOLD, _LOCK)


async def count_cases(connection: AsyncConnection, scope: Scope, wanted: Filter) -> list[dict[str, Any]]:
    """How many cases by kind, status and closing reason: each figure is a list one filter away."""
    return await _counted(connection, scope, wanted, ("kind", "status", "closing_reason"))


async def count(connection: AsyncConnection, scope: Scope, wanted: Filter) -> int:
    """How many cases the list has."""
    return sum(row["count"] for row in await _counted(connection, scope, wanted, ()))


async def count_open(connection: AsyncConnection, scope: Scope, wanted: Filter) -> list[dict[str, Any]]:
    """How many cases of each place are open; with a status asked for, of that one."""
    return await _counted(connection, scope, wanted.but(status=wanted.status or OPEN), ("area",))


async def count_handoffs(connection: AsyncConnection, scope: Scope, wanted: Filter) -> list[dict[str, Any]]:
    """How many hand-offs, open ones unless a status is asked for, each department has in each state and colour."""
    by = (HANDOFFS.c.department, HANDOFFS.c.status, COLOUR_OF_HANDOFF.label("colour"))
    query = select(*by, func.count().label("count"))
    query = query.where(scope.handoffs(), *open_unless_asked(wanted), *narrowed(OF_HANDOFFS, wanted))
    found = await connection.execute(query.group_by(*by).order_by(*by))
    return [dict(row) for row in found.mappings()]


async def count_answers(connection: AsyncConnection, scope: Scope, wanted: Filter) -> dict[str, int]:
    """Of cases that were resolved, or taken up again because they were not: what came of asking the reporter.

    Satisfaction is counted only where it was asked for and answered.
    """
    found = await _counted(connection, scope, wanted, ("status", "asked", "satisfied", "resolved"))
    rows = [row for row in found if row["resolved"] or row["asked"] is not None]

    def count(name: str, *values: object) -> int:
        return sum(row["count"] for row in rows if row[name] in values)

    return {
        "resolved": count("resolved", True),
        "to_be_asked": count("status", "resolved"),
        **{code: count("asked", code) for code in ASKED},
        "satisfaction_asked": count("satisfied", True, False),
        "satisfied": count("satisfied", True),
    }


async def _counted(
    connection: AsyncConnection, scope: Scope, wanted: Filter, names: tuple[str, ...]
) -> list[dict[str, Any]]:
    counts = _summed(scope, wanted, names)
    if counts is None:
        counts = [_of_cases(seen, wanted, names) for seen in walking.counted(scope, wanted)]
    return await _rows(connection, union_all(*counts) if len(counts) > 1 else counts[0], names)


def _summed(scope: Scope, wanted: Filter, names: tuple[str, ...]) -> list[Select[Any]] | None:
    """None: the sums do not tell it."""
    asked, of_department = {name for name, _ in wanted.asked()}, walking.department(wanted)
    if of_department is not None and asked <= {*OF_TALLIES, "department"}:
        had = scope.tallies_of(of_department)
        signs = (TALLIES.c.change, -TALLIES.c.change)
        return had and [_sums(scope, wanted, names, each) for each in zip(had, signs, strict=True)]
    seen = scope.tallies() if asked <= OF_TALLIES.keys() else None
    if seen is None:
        return None
    visits = [_of_cases(scope.beyond_tallies(), wanted, names)] if scope.rounds else []
    return [_sums(scope, wanted, names, (seen, TALLIES.c.change)), *visits]


def _sums(
    scope: Scope, wanted: Filter, names: tuple[str, ...], counted: tuple[ColumnElement[bool], ColumnElement[int]]
) -> Select[Any]:
    """`counted`: which sums, and how much each is."""
    seen, count = counted
    # In the sum of all matters are also those not known to them.
    each = bool(scope.actor.sealed) or any(name == "category" for name, _ in wanted.asked())
    matter = TALLIES.c.category != "" if each else TALLIES.c.category == ""
    told = [OF_TALLIES[name](value, wanted) for name, value in wanted.asked() if name != "department"]
    return select(*_columns(TALLIES, names), count.label("count")).where(seen, matter, *told)


def _of_cases(seen: ColumnElement[bool], wanted: Filter, names: tuple[str, ...]) -> Select[Any]:
    by = _columns(CASES, names)
    return select(*by, func.count().label("count")).where(seen, *narrowed(OF_CASES, wanted)).group_by(*by)


async def _rows(connection: AsyncConnection, counts: SelectBase, names: tuple[str, ...]) -> list[dict[str, Any]]:
    each = counts.subquery()
    by, count = [each.c[name] for name in names], cast(func.sum(each.c["count"]), Integer)
    query = select(*by, count.label("count")).group_by(*by).having(count != 0).order_by(*by)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _columns(table: Table, names: tuple[str, ...]) -> list[ColumnElement[Any]]:
    derived = {"resolved": CASES.c.resolved_at.is_not(None).label("resolved")}
    return [table.c[name] if name in table.c else derived[name] for name in names]
