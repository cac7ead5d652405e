"""Figures by time. Each says what it counts, and how its list is asked, which has just so many rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from services.dispatch import figures, show, tallies
from services.dispatch.api.asking import Question, Reader, Wanted, narrowing, with_saved
from services.dispatch.filters import Filter
from services.dispatch.model.standing import OPEN
from services.dispatch.model.words import FIGURES, HANDOFF_STATES
from services.dispatch.scope import Scope
from shared.web.call import Call

router = APIRouter(prefix="/v1/figures", tags=["dispatch"])
EVERY_STATE = tuple(state for state in HANDOFF_STATES if state not in ("new", "planned"))
TURNOVER = {"opened": "cases", "closed": "cases", "late": "cases", "returned": "handoffs"}
"""Figures of a period, each with its list."""


@router.get("/flow")
async def flow(call: Reader, wanted: Wanted) -> dict[str, Any]:
    """From which office to which hand-offs went, and how; the period is `offered_from` and `offered_to`."""
    narrowed, asked = await _asked(call, wanted, "handoffs")
    every = narrowed.but(status=narrowed.status or EVERY_STATE)
    async with call.runtime.database.reading() as connection:
        found = await figures.count_moves(connection, Scope.of(call.actor), narrowed)
    items = [
        {**row, "query": asked | every.but(**{name: (row[name],) for name in _MOVE}).query()}
        for row in show.rows(call, found)
    ]
    return {**_about(call, "flow"), "list": "handoffs", "items": items}


_MOVE = ("came_from", "came_by", "department")


@router.get("/ageing")
async def ageing(call: Reader, wanted: Wanted, of: Literal["cases", "handoffs"] = "cases") -> dict[str, Any]:
    """How long what is open has been open: cases, or the hand-offs of each office."""
    narrowed, asked = await _asked(call, wanted, of)
    counted = figures.count_ages_of_cases if of == "cases" else figures.count_ages_of_handoffs
    states = OPEN if of == "cases" else ()
    narrowed = narrowed.but(status=narrowed.status or states)
    async with call.runtime.database.reading() as connection:
        found = await counted(connection, Scope.of(call.actor), narrowed, call.at)
    ages = [_age(call, age, of) for age in range(len(figures.AGES) + 1)]
    items = [
        {**row, "query": asked | narrowed.query() | _of_office(row) | ages[row["age"]]["query"]}
        for row in show.rows(call, found)
    ]
    return {**_about(call, f"ageing_{of}"), "list": of, "ages": ages, "items": items}


@router.get("/passes")
async def passes(call: Reader, wanted: Wanted) -> dict[str, Any]:
    """How many cases went from office to office so often at least: open ones, unless a state is asked for."""
    narrowed, asked = await _asked(call, wanted, "cases")
    narrowed = narrowed.but(status=narrowed.status or OPEN)
    async with call.runtime.database.reading() as connection:
        found = await figures.count_passes(connection, Scope.of(call.actor), narrowed)
    items = [
        {
            "passed": times,
            "count": sum(row["count"] for row in found if row["passed"] >= times),
            "query": asked | narrowed.but(passed=times).query(),
        }
        for times in range(1, figures.MOST_PASSES + 1)
    ]
    return {**_about(call, "passes"), "list": "cases", "items": items}


@router.get("/turnover")
async def turnover(
    call: Reader,
    wanted: Wanted,
    since: Annotated[AwareDatetime, Query(alias="from")],
    until: Annotated[AwareDatetime, Query(alias="to", description="not itself in the period")],
) -> dict[str, Any]:
    """Cases opened, closed and late in a period, and hand-offs returned: ask twice to compare periods or areas."""
    items = []
    for figure, of in TURNOVER.items():
        narrowed, asked = await _asked(call, wanted, of)
        narrowed = _in_period(narrowed, figure, since, until)
        async with call.runtime.database.reading() as connection:
            counted = tallies.count if of == "cases" else figures.count_handoffs
            count = await counted(connection, Scope.of(call.actor), narrowed)
        items.append({**_said(call, figure), "count": count, "list": of, "query": asked | narrowed.query()})
    return {"as_of": call.at, "from": since, "to": until, "items": items}


def _in_period(wanted: Filter, figure: str, since: datetime, until: datetime) -> Filter:
    if figure == "returned":
        return wanted.but(status=("returned",), ended_from=since, ended_to=until)
    return wanted.but(**{f"{figure}_from": since, f"{figure}_to": until})


async def _asked(call: Call, wanted: Question, of: str) -> tuple[Filter, dict[str, str]]:
    """The filter, and the words of a search beside it as a list is asked with them."""
    whole = await with_saved(call, wanted, of)
    narrowed, _ = await narrowing(call, whole, of)
    return narrowed, {"q": whole.q} if whole.q else {}


def _of_office(row: Mapping[str, Any]) -> dict[str, str]:
    return {"department": row["department"]} if "department" in row else {}


def _age(call: Call, age: int, of: str) -> dict[str, Any]:
    began = "opened" if of == "cases" else "offered"
    since, until = figures.bounds(age, call.at)
    times = {f"{began}_from": since, f"{began}_to": until}
    query = {name: at.isoformat() for name, at in times.items() if at is not None}
    return {"age": age, "name": show.age(call, age), "query": query}


def _about(call: Call, figure: str) -> dict[str, Any]:
    return {"as_of": call.at, **_said(call, figure)}


def _said(call: Call, figure: str) -> dict[str, str]:
    name, definition = FIGURES[figure]
    return {"figure": figure, "name": name.said(call.language), "definition": definition.said(call.language)}
