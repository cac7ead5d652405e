"""Worklists, clocks, cases and figures; one case and what was told of it; what the catalogue says."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response

from services.dispatch import routing, show, tallies, views
from services.dispatch.api.asking import Keeper, Planner, Prefer, Question, Reader, Wanted, find, narrowing, open_file
from services.dispatch.faults import faults
from services.dispatch.live.newest import latest
from services.dispatch.model.standing import OPEN
from services.dispatch.model.words import HANDOFF
from services.dispatch.scope import Scope
from services.dispatch.search import Understood
from services.dispatch.views import Asked
from shared.clocks.zone import DISTRICT_ZONE
from shared.web.call import Call
from shared.web.paging import Cursor, Limit

router = APIRouter(prefix="/v1", tags=["dispatch"])


@router.get("/handoffs")
async def handoffs(call: Reader, wanted: Wanted, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """The worklist: open hand-offs that concern me, what is due next first."""
    asked, understood = await _asked(call, wanted, "handoffs", (cursor, limit))
    async with call.runtime.database.reading() as connection:
        page = await views.handoffs(connection, asked)
    return _page(call, show.rows(call, page.items, HANDOFF), page.next, understood)


@router.get("/clocks")
async def clocks(call: Reader, wanted: Wanted, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """Running clocks of cases that concern me, what is due next first: of hand-offs, and of the cases themselves."""
    asked, understood = await _asked(call, wanted, "clocks", (cursor, limit))
    async with call.runtime.database.reading() as connection:
        page = await views.clocks(connection, asked)
    return _page(call, show.clocks(call, page.items), page.next, understood)


@router.get("/cases")
async def cases(
    call: Reader,
    wanted: Wanted,
    sort: Literal["newest", "oldest"] = "newest",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Cases that concern me, newest first."""
    asked, understood = await _asked(call, wanted, "cases", (cursor, limit))
    async with call.runtime.database.reading() as connection:
        page = await views.cases(connection, replace(asked, oldest=sort == "oldest"))
    return _page(call, show.rows(call, page.items), page.next, understood)


def _page(call: Call, items: list[dict[str, Any]], next: str | None, words: tuple[Understood, ...]) -> Response:
    """Past FastAPI's encoder, which takes longer than the database."""
    body = {"items": items, "next": next, "as_of": call.at, **show.understood(call, words)}
    return Response(orjson.dumps(body), media_type="application/json")


async def _asked(
    call: Call, wanted: Question, of: str, page: tuple[str | None, int]
) -> tuple[Asked, tuple[Understood, ...]]:
    narrowed, understood = await narrowing(call, wanted, of)
    return Asked(Scope.of(call.actor), narrowed, *page), understood


@router.get("/figures/cases")
async def figures(call: Reader, wanted: Wanted) -> list[dict[str, Any]]:
    """How many of them, by kind, status and closing reason."""
    narrowed, _ = await narrowing(call, wanted, "cases")
    async with call.runtime.database.reading() as connection:
        return await tallies.count_cases(connection, Scope.of(call.actor), narrowed)


@router.get("/figures/handoffs")
async def figures_of_handoffs(call: Reader, wanted: Wanted) -> dict[str, Any]:
    """How many open hand-offs each department has in each state and colour: each figure is a list one filter away."""
    narrowed, _ = await narrowing(call, wanted, "handoffs")
    async with call.runtime.database.reading() as connection:
        found = await tallies.count_handoffs(connection, Scope.of(call.actor), narrowed)
    return {"as_of": call.at, "items": show.counts(call, found)}


@router.get("/figures/follow-up")
async def answers(call: Reader, wanted: Wanted) -> dict[str, Any]:
    """What reporters answered, each figure with its denominator and the list behind it."""
    narrowed, _ = await narrowing(call, wanted, "cases")
    async with call.runtime.database.reading() as connection:
        counted = await tallies.count_answers(connection, Scope.of(call.actor), narrowed)
    return {"as_of": call.at, "counts": counted, "rates": show.rates(call, counted)}


@router.get("/map/cases")
async def on_the_map(call: Reader, wanted: Wanted) -> dict[str, Any]:
    """How many open cases each place has; with a status asked for, of that one. `query`: how their list is asked."""
    narrowed, understood = await narrowing(call, wanted, "cases")
    narrowed = narrowed.but(status=narrowed.status or OPEN)
    async with call.runtime.database.reading() as connection:
        found = await tallies.count_open(connection, Scope.of(call.actor), narrowed)
    told = {"as_of": call.at, "list": "cases", "query": narrowed.query() | ({"q": wanted.q} if wanted.q else {})}
    return {**told, "items": show.rows(call, found), **show.understood(call, understood)}


@router.get("/newest")
async def newest(call: Reader, limit: Annotated[int, Query(ge=1, le=50)] = 20) -> dict[str, Any]:
    """What was told last of cases that I see whole or have a part in, the newest first, each as a sentence; nothing of
    sealed matters."""
    async with call.runtime.database.plain() as connection:
        found = await latest(connection, Scope.of(call.actor), call.runtime.reference, call.at)
    return {"as_of": call.at, "items": show.told(call, found[:limit])}


@router.get("/cases/{ref}")
async def one_case(ref: str, call: Reader, prefer: Prefer = None) -> Response:
    """By id or code. `Prefer: wait=N` waits for a case that is on its way here."""
    version, case = await find(call, ref)
    body = orjson.dumps({**show.case(call, case), "version": version, "as_of": call.at})
    await open_file(call, case, "case")
    return Response(body, headers={"ETag": f'"{version}"'}, media_type="application/json")


@router.get("/cases/{ref}/timeline")
async def case_timeline(ref: str, call: Reader) -> dict[str, Any]:
    """Every fact of the case, from every office; of one's own hand-off only, once the work has ended.

    `told` says it as a sentence, in the caller's language; null: of a kind that is not known here.
    """
    _, case = await find(call, ref)
    async with call.runtime.database.plain() as connection:
        told = await views.timeline(connection, Scope.of(call.actor), case)
    await open_file(call, case, "timeline")
    return {"code": case.code, "items": show.timeline(call, told)}


@router.get("/routing/faults")
async def routing_faults(call: Keeper, on: date | None = None) -> dict[str, Any]:
    """Rules that cannot decide, today or `on` another day, and why: to be mended before a case meets them."""
    found = faults(call.runtime.reference, on or call.at)
    return {"items": [show.fault(call, fault) for fault in found]}


@router.get("/routing")
async def routing_suggestion(call: Planner, category: str, area: str, on: date | None = None) -> dict[str, Any]:
    """What the catalogue and the authority list say for a matter and place, today or `on` another day.

    With `no_authority` the rule names towns (`candidates`) that have none; whose duty it is acts in their place.
    """
    answer = routing.look_up(call.runtime.reference, category, area, on or call.at)
    rule, authority = answer.rule, answer.authority
    return {
        "on": (on or call.at.astimezone(DISTRICT_ZONE).date()).isoformat(),
        "rule": rule.code if rule else None,
        "rule_from": rule.valid_from.isoformat() if rule else None,
        "basis": rule.entry.get(f"basis_{call.language}") if rule else None,
        "authority": authority.code if authority else None,
        "authority_from": authority.valid_from.isoformat() if authority else None,
        "authority_to": authority.valid_to.isoformat() if authority and authority.valid_to else None,
        "authority_basis": authority.entry.get(f"basis_{call.language}") if authority else None,
        "departments": [{"code": code, "name": show.name_of(call, "department", code)} for code in answer.departments],
        "reason": answer.reason or None,
        "candidates": answer.candidates,
        "candidate_names": [show.name_of(call, "department", code) for code in answer.candidates],
    }
