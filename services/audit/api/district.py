"""The whole district as it stood at a moment, by the log alone; each figure opens its list; two moments compared."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel

from services.audit import district as kept
from services.audit.api.cases import READERS, Moment, Reader
from services.audit.api.standing import (
    CasePage,
    ChangedPage,
    Changes,
    DistrictDifferences,
    DistrictState,
    DuePage,
    PartPage,
    case_then,
    changed_case,
    due_then,
    figures_of,
    part_then,
)
from services.audit.district import Listing, Page
from services.audit.log.working import Moments, Work
from services.audit.refusals import StillWorking
from services.audit.scope import Scope
from shared.procedure.standing import COLOURS
from shared.record.database import Connection
from shared.refusals.refusals import Invalid
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_bound, digest, encode_cursor

router = APIRouter(prefix="/v1/district", tags=["district"])
ASK_AGAIN = {"Retry-After": "2"}
Code = Annotated[str | None, Query(max_length=200)]
Colour = Annotated[Literal["green", "yellow", "red", "lapsed"] | None, Query(description="the worst of its clocks")]
From = Annotated[AwareDatetime, Query(alias="from")]
Kind = Literal["opened", "ended", "reopened", "moved", "became_late", "no_longer_late"]
assert tuple(kept.CHANGES) == get_args(Kind)


class CaseFilter:
    """What the list of cases can be narrowed by: the names and codes of the figures."""

    def __init__(
        self,
        status: Code = None,
        kind: Code = None,
        category: Code = None,
        area: Annotated[str | None, Query(max_length=200, description="and all within it")] = None,
        department: Annotated[
            str | None, Query(max_length=200, description="has work in it that has not ended")
        ] = None,
        late: Annotated[str | None, Query(max_length=200, description="the department that is late in it")] = None,
        colour: Colour = None,
        open: Annotated[bool | None, Query(description="somebody has still to do something")] = None,
        unread: Annotated[bool | None, Query(description="not every fact of it could be folded")] = None,
    ) -> None:
        self.given: dict[str, Any] = {
            "status": status,
            "kind": kind,
            "category": category,
            "area": area,
            "department": department,
        }
        self.given |= {"late": late, "colour": _number(colour), "open": open, "unread": unread}


class PartFilter:
    def __init__(
        self,
        department: Code = None,
        status: Code = None,
        area: Code = None,
        ended: bool | None = None,
        late: Annotated[bool | None, Query(description="the department itself is")] = None,
    ) -> None:
        self.given = {"department": department, "status": status, "area": area, "ended": ended, "late": late}


class DueFilter:
    def __init__(
        self,
        department: Annotated[str | None, Query(max_length=200, description="who answers for it")] = None,
        rule: Code = None,
        area: Code = None,
        colour: Colour = None,
        late: bool | None = None,
    ) -> None:
        self.given = {"department": department, "rule": rule, "area": area, "colour": _number(colour), "late": late}


@router.get("", responses={202: {"model": DistrictState}})
async def district(call: Reader, response: Response, at: Moment = None) -> DistrictState:
    """How many cases stood how, who had what, who was late. 202 while it is being worked out: `read` of `facts`.

    By the facts' own times, and by the clocks as they stood then; rights are those of today.
    """
    moment = _moment(call, at)
    found = await call.runtime.extra(Moments).at(moment)
    if isinstance(found, Work):
        response.status_code = 202
        response.headers.update(ASK_AGAIN)
        return DistrictState(at=moment, ready=False, read=found.read, facts=found.facts, size=None, figures=None)
    async with _reading(call, found) as connection:
        figures = await kept.figures(connection, _scope(call), found)
    return DistrictState(
        at=moment, ready=True, read=0, facts=0, size=figures["size"], figures=figures_of(call, figures)
    )


@router.get("/cases")
async def cases(
    call: Reader,
    narrowed: Annotated[CaseFilter, Depends()],
    at: Moment = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> CasePage:
    """The cases of a figure, by id."""
    return CasePage(**await _listed(call, kept.CASES, narrowed.given, (at, cursor, limit), case_then))


@router.get("/handoffs")
async def handoffs(
    call: Reader,
    narrowed: Annotated[PartFilter, Depends()],
    at: Moment = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> PartPage:
    """What departments had on their hands, or had had, by id."""
    return PartPage(**await _listed(call, kept.PARTS, narrowed.given, (at, cursor, limit), part_then))


@router.get("/clocks")
async def clocks(
    call: Reader,
    narrowed: Annotated[DueFilter, Depends()],
    at: Moment = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> DuePage:
    """The clocks that ran, by id; `late`: those that had lapsed."""
    return DuePage(**await _listed(call, kept.DUES, narrowed.given, (at, cursor, limit), due_then))


@router.get("/differences")
async def differences(call: Reader, from_: From, to: Moment = None) -> DistrictDifferences:
    """How many cases were opened, ended, moved between departments, became late between two moments."""
    both, until = await _both(call, from_, to)
    async with _reading(call, *both) as connection:
        counted = await kept.changed(connection, _scope(call), both)
    return DistrictDifferences(from_=from_, to=until, changes=Changes(**counted))


@router.get("/differences/cases")
async def changed(
    call: Reader, from_: From, kind: Kind, to: Moment = None, cursor: Cursor = None, limit: Limit = 100
) -> ChangedPage:
    """The cases of one of these figures, by id."""
    both, until = await _both(call, from_, to)
    about = digest("differences", from_, until, kind)
    async with _reading(call, *both) as connection:
        rows = await kept.changes(connection, _scope(call), both, kind, _page(about, cursor, limit))
    items = [changed_case(call, row) for row in rows[:limit]]
    return ChangedPage(to=until, items=items, next=_next(about, rows, limit))


async def _listed(
    call: Call,
    listing: Listing,
    wanted: Mapping[str, Any],
    page: tuple[datetime | None, str | None, int],
    show: Callable[[Call, Any], BaseModel],
) -> dict[str, Any]:
    at, cursor, limit = page
    moment = _moment(call, at)
    about = digest(listing.id, listing.query, moment, sorted(wanted.items()))
    number = await _ready(call, moment)
    async with _reading(call, number) as connection:
        rows = await kept.listed(connection, _scope(call), number, listing, wanted, _page(about, cursor, limit))
    return {"at": moment, "items": [show(call, row) for row in rows[:limit]], "next": _next(about, rows, limit)}


@asynccontextmanager
async def _reading(call: Call, *moments: int) -> AsyncIterator[Connection]:
    """Raises StillWorking where one of them has just been worked out anew."""
    async with (
        call.runtime.database.plain() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if not await kept.are_there(connection, moments):
            raise StillWorking(0, 0)
        yield connection


async def _both(call: Call, from_: datetime, to: datetime | None) -> tuple[tuple[int, int], datetime]:
    until = _moment(call, to)
    if from_ > until:
        raise Invalid("from", "it is later than `to`", "晚于 to")
    later = await _ready(call, until)
    return (await _ready(call, from_), later), until


async def _ready(call: Call, moment: datetime) -> int:
    """Raises StillWorking."""
    found = await call.runtime.extra(Moments).at(moment)
    if isinstance(found, Work):
        raise StillWorking(found.read, found.facts)
    return found


def _moment(call: Call, at: datetime | None) -> datetime:
    """Raises Invalid for one that has not come."""
    if at is not None and at > call.at:
        raise Invalid("at", "that moment has not come yet", "该时刻尚未到来")
    return at or call.at


def _page(about: str, cursor: str | None, limit: int) -> Page:
    after = decode_bound(cursor, about, str)
    return Page(after[0] if after else None, limit)


def _next(about: str, rows: list[Any], limit: int) -> str | None:
    return encode_cursor(about, rows[limit - 1]["id"]) if len(rows) > limit else None


def _number(colour: str | None) -> int | None:
    return None if colour is None else tuple(COLOURS).index(colour)


def _scope(call: Call) -> Scope:
    return Scope.of(call.actor, READERS, call.runtime.reference, call.at)
