"""Which index a list of cases walks: one of cases, or of the hand-offs of an office, which has its cases in order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.dispatch.filters import Filter
from services.dispatch.narrowing import GOING, OF_CASES, OF_TALLIES, OF_WALKED, narrowed, of_going, only_going
from services.dispatch.scope import Scope
from services.dispatch.tables import CASES, HANDOFFS, SEATS, TALLIES

FEW = 5_000
"""Hand-offs of a department that are all looked through within what a list may take."""
GATHERED = 1_000
"""Cases of a matter that are soonest all taken and put in order: more are met soon on the way."""
KNOWN = frozenset({"department", *OF_WALKED})
OF_MATTER: ColumnElement[str] = literal_column("(handoffs.department || ' ' || handoffs.category)", Text())
"""As its index has it, which nothing else finds its way to."""
OWN, BESIDE = HANDOFFS.alias("own"), SEATS.alias("beside")
KEPT = ("state", "version", "barred", "needs_offer")
"""What a row has and a list does not show."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Along the hand-offs of `office`. `going`: of cases that are not over. `gathered`: so few that they are all taken
    first, by their matter."""

    office: str
    going: bool
    gathered: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """The query, and by what it is ordered."""

    query: Select[Any]
    time: ColumnElement[datetime]
    id: ColumnElement[str]


async def way(connection: AsyncConnection, scope: Scope, wanted: Filter) -> Walk | None:
    """None: along the cases, where no one department has them all, or an index of theirs leaves fewer."""
    office = _office(scope, wanted)
    if office is None:
        return None
    names, going = {name for name, _ in wanted.asked()}, only_going(wanted)
    if going or not names <= KNOWN:
        return Walk(office, going, False) if going or await _has_few(connection, office) else None
    few = "category" in names and await _count(connection, scope, office, wanted) <= GATHERED
    return Walk(office, False, few)


async def _count(connection: AsyncConnection, scope: Scope, office: str, wanted: Filter) -> int:
    """By the sums: how many cases it has of the matters and places asked for, where the reader's offices act."""
    beside = [OF_TALLIES[name](value, wanted) for name, value in wanted.asked() if name in ("category", "area")]
    where = [TALLIES.c.office == office, TALLIES.c.category != "", *beside]
    where += [scope.placed(TALLIES.c.area)] if scope.offices and not scope.areas else []
    total: ColumnElement[int] = cast(func.coalesce(func.sum(TALLIES.c.change), 0), Integer)
    return (await connection.execute(select(total).where(*where))).scalar_one()


def counted(scope: Scope, wanted: Filter) -> list[ColumnElement[bool]]:
    """For counts: conditions of which each case that is seen meets one. Where only what is not over is asked for, among
    the cases in which the reader's office has something of that."""
    office = _office(scope, wanted)
    if office is not None and only_going(wanted):
        going = _walked(Walk(office, True, False), scope, wanted, False)
        return [and_(scope.cases(), CASES.c.id.in_(select(going.c.case_id)))]
    return scope.counted([OF_WALKED[name](value, wanted) for name, value in wanted.asked() if name in OF_WALKED])


def cases_on(way: Walk | None, scope: Scope, wanted: Filter, oldest: bool) -> Listed:
    columns = [column for column in CASES.c if column.name not in KEPT]
    query = select(*columns).where(scope.cases(listed=True), *narrowed(OF_CASES, wanted))
    if way is None:
        return Listed(query, CASES.c.opened_at, CASES.c.id)
    ids = _walked(way, scope, wanted, oldest)
    # One after the other: what has an OFFSET is not taken as a whole first.
    one = query.where(CASES.c.id == ids.c.case_id).offset(0).lateral("one")
    return Listed(select(*one.c).select_from(ids.join(one, true())), ids.c.opened_at, ids.c.case_id)


def _office(scope: Scope, wanted: Filter) -> str | None:
    """The one without a hand-off, a seat or a visit of which no case is in the list."""
    return department(wanted) if _of_department(wanted) else scope.office


def department(wanted: Filter) -> str | None:
    """If it is asked for, and no other beside it."""
    asked = [value for name, value in wanted.asked() if name == "department"]
    return str(asked[0][0]) if len(asked) == 1 and len(asked[0]) == 1 else None


async def _has_few(connection: AsyncConnection, office: str) -> bool:
    some = select(HANDOFFS.c.case_id).where(HANDOFFS.c.department == office).limit(FEW + 1).subquery()
    return (await connection.execute(select(func.count()).select_from(some))).scalar_one() <= FEW


def _walked(way: Walk, scope: Scope, wanted: Filter, oldest: bool) -> Subquery:
    """Cases by when they were opened, each once, and among them all of the list."""
    parts = [_parts(way, scope, wanted)]
    if not _of_department(wanted):
        parts += [_seats(way.office), *([_visits(way.office, scope, wanted)] if scope.rounds else [])]
    each = [_in_order(part, oldest) for part in parts]
    return (union_all(*(select(part.subquery()) for part in each)) if len(each) > 1 else each[0]).subquery("walked")


def _of_department(wanted: Filter) -> bool:
    return any(name == "department" for name, _ in wanted.asked())


def _parts(way: Walk, scope: Scope, wanted: Filter) -> Select[Any]:
    of_office = HANDOFFS.c.department == way.office
    parts = select(HANDOFFS.c.opened_at, HANDOFFS.c.case_id).where(of_office, *_told(HANDOFFS, way, wanted))
    if scope.office == way.office:
        parts = parts.where(scope.placed(HANDOFFS.c.area))
    elif scope.office is not None:
        parts = parts.where(_concerns(scope, scope.office, way, wanted))
    if not way.gathered:
        return parts
    matters = [value for name, value in wanted.asked() if name == "category"]
    return parts.where(*(OF_MATTER.in_([f"{way.office} {code}" for code in codes]) for codes in matters)).offset(0)


def _told(parts: FromClause, way: Walk, wanted: Filter) -> list[ColumnElement[bool]]:
    """What the index of an office's hand-offs knows of their cases."""
    known = {**OF_WALKED, **of_going(parts)} if way.going else OF_WALKED
    told = [known[name](value, wanted) for name, value in wanted.asked() if name in known]
    return [*told, parts.c.going] if way.going else told


def _concerns(scope: Scope, office: str, way: Walk, wanted: Filter) -> ColumnElement[bool]:
    """The reader's own office is in it too, or visits: seen in indexes, before the case is looked up."""
    own = select(OWN.c.case_id).where(OWN.c.department == office)
    asked = [of_going(OWN)[name](value, wanted) for name, value in wanted.asked() if name in GOING]
    by_work = (
        HANDOFFS.c.case_id.in_(own.where(OWN.c.going, *asked))
        if way.going
        else own.where(OWN.c.case_id == HANDOFFS.c.case_id).exists()
    )
    visits = [HANDOFFS.c.case_id.in_(select(CASES.c.id).where(scope.visits()))] if scope.rounds else []
    return or_(by_work, exists().where(_seat_of(office), BESIDE.c.case_id == HANDOFFS.c.case_id), *visits)


def _seat_of(office: str) -> ColumnElement[bool]:
    return and_(BESIDE.c.department == office, ~BESIDE.c.ended)


def _seats(office: str) -> Select[Any]:
    has_own = exists().where(OWN.c.case_id == SEATS.c.case_id, OWN.c.department == office)
    return select(SEATS.c.opened_at, SEATS.c.case_id).where(SEATS.c.department == office, ~SEATS.c.ended, ~has_own)


def _visits(office: str, scope: Scope, wanted: Filter) -> Select[Any]:
    """Where reporters are asked at home, beside what is one's office's already."""
    has_own = exists().where(OWN.c.case_id == CASES.c.id, OWN.c.department == office)
    seated = exists().where(_seat_of(office), BESIDE.c.case_id == CASES.c.id)
    visits = select(CASES.c.opened_at, CASES.c.id.label("case_id"))
    return visits.where(scope.visits(), ~has_own, ~seated, *narrowed(OF_CASES, wanted))


def _in_order(parts: Select[Any], oldest: bool) -> Select[Any]:
    """Each once, in the list's order: made distinct in another, all would be sorted before the first is shown."""
    taken = parts.subquery()
    by = tuple(taken.c)
    return select(*by).distinct().order_by(*(by if oldest else (column.desc() for column in by)))
