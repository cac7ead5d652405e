"""The wall screen: one page for the centre's big display, live, that nobody has to touch.

It is a plain page: what it shows is one piece that is asked for anew when something changes. So it lives through a
console that is started again, and a lost connection is only a reason to say since when it has known nothing new.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from services.console import figures
from services.console.calling import Caller, NotSignedIn, Refusal
from services.console.catalogue import Catalogue
from services.console.figures import Period
from services.console.live import SILENT
from services.console.look import moments
from services.console.look.flows import NARROW, draw_flow
from services.console.look.maps import Map, draw_map
from services.console.look.plain import page, speaking
from services.console.look.templates import template
from services.console.screens.board import COLOURS, by_department
from services.console.session import Tastes, tastes_of
from services.console.sign_in import SignIn

router = APIRouter(prefix="/wall", include_in_schema=False)
TOLD = frozenset(
    (
        *("case-opened", "case-resolved", "case-closed", "case-reopened", "followed-up"),
        *("handoff-offered", "handoff-accepted", "handoff-completed", "handoff-verified", "handoff-returned"),
        *("handoff-transferred", "handoff-urged", "clock-warned", "clock-lapsed"),
    )
)
"""Facts that a room hears of: what happens to the work, and nothing of who is complained of or recused."""
NEWS, OFFICES, RIBBONS, PLACES = 7, 6, 12, 24
"""How many of each find room."""


@router.get("", response_class=HTMLResponse)
async def wall(request: Request) -> Response:
    sign_in: SignIn = request.app.state.sign_in
    if sign_in.sessions.of(request) is None:
        return RedirectResponse("/welcome?to=/wall", 303)
    return HTMLResponse(page(_dark(request), "wall"))


@router.get("/now", response_class=HTMLResponse)
async def now(request: Request) -> Response:
    """What it shows, as of now."""
    caller = _caller(request)
    if caller is None:
        return Response(status_code=401)
    try:
        shown = await _shown(caller, await request.app.state.catalogues.get())
    except NotSignedIn:
        return Response(status_code=401)
    except Refusal as refusal:
        return Response(refusal.why, 503, media_type="text/plain; charset=utf-8")
    text = template("wall_now").render(t=speaking(caller.language), language=caller.language, **shown)
    return HTMLResponse(text, headers={"Cache-Control": "no-store"})


@router.get("/changes")
async def changes(request: Request) -> Response:
    """Dispatch's own stream, as the person signed in."""
    caller = _caller(request)
    if caller is None:
        return Response(status_code=401)
    last = request.headers.get("last-event-id")
    headers = caller.headers | ({"Last-Event-ID": last} if last else {})
    url = f"{caller.services.urls['dispatch']}/v1/changes"
    async with AsyncExitStack() as opening:
        client = await opening.enter_async_context(httpx.AsyncClient(timeout=httpx.Timeout(5.0, read=SILENT)))
        try:
            answer = await opening.enter_async_context(client.stream("GET", url, headers=headers))
        except httpx.TransportError:
            return Response(status_code=503)
        if await request.is_disconnected():  # a stream that is given up before it begins would be no answer at all
            return Response(status_code=503)
        opened = opening.pop_all()

    async def passed_on() -> AsyncIterator[bytes]:
        async with opened:
            with suppress(httpx.TransportError):  # the browser comes back by itself
                async for chunk in answer.aiter_bytes():
                    yield chunk

    told = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(passed_on(), answer.status_code, told, answer.headers.get("content-type"))


def _dark(request: Request) -> Tastes:
    return Tastes(tastes_of(request).language, "dark")


def _caller(request: Request) -> Caller | None:
    sign_in: SignIn = request.app.state.sign_in
    session = sign_in.sessions.of(request)
    if session is None:
        return None
    return Caller(request.app.state.services, session.access_token, tastes_of(request).language)


async def _shown(caller: Caller, catalogue: Catalogue) -> dict[str, Any]:
    """Raises NotSignedIn, Refusal."""
    handoffs = await caller.get("dispatch", "/v1/figures/handoffs")
    at = datetime.fromisoformat(handoffs["as_of"])
    day = figures.district_day(at)
    turned, places, flow, newest = await asyncio.gather(
        figures.turnover(caller, Period(day, day), {}),
        figures.places(caller, {}),
        figures.flow(caller, Period(day - timedelta(days=6), day), {}),
        caller.get("dispatch", "/v1/newest", {"limit": 50}),
    )
    departments = by_department(handoffs["items"])
    drawn = draw_map(catalogue, caller.language, places["counts"], places["query"])
    return {
        "today": {row["figure"]: row["count"] for row in turned["items"]},
        "colours": {colour: sum(one["colours"][colour] for one in departments) for colour in COLOURS},
        "late": _latest(departments),
        "map": drawn,
        "level": _level(drawn),
        "open": sum(places["counts"].values()),
        "flow": draw_flow(figures.joined(flow["items"], by_way=False)[:RIBBONS], NARROW),
        "news": list(_news(newest["items"], at, caller)),
        "at": moments.exact(at),
        "epoch": int(at.timestamp() * 1000),
    }


def _latest(departments: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    late = [{"name": one["name"], "count": one["colours"]["lapsed"]} for one in departments if one["colours"]["lapsed"]]
    most = max((one["count"] for one in late), default=0)
    return [{**one, "share": round(100 * one["count"] / most)} for one in late[:OFFICES]]


def _level(drawn: Map | None) -> str:
    """The smallest places that still find room."""
    fitting = [level for level, places in drawn.layers.items() if len(places) <= PLACES] if drawn else []
    return fitting[-1] if fitting else "subdistrict"


def _news(items: Iterable[Mapping[str, Any]], at: datetime, caller: Caller) -> Iterable[dict[str, Any]]:
    told = [one for one in items if one["told"] and str(one["type"]).split(".")[2] in TOLD]
    for one in told[:NEWS]:
        when = moments.said(datetime.fromisoformat(one["at"]), at, caller.language)
        yield {"when": when, "about": f"{one['area_name']} · {one['category_name']}", "told": one["told"]}
