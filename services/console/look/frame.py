"""The frame around every screen, and the way from an address to its screen."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from services.console.calling import Caller, NotSignedIn, Refusal
from services.console.desk import Desk, person_of
from services.console.live import Live
from services.console.look import palette
from services.console.look.drafts import Drafts
from services.console.look.navigation import SCREENERS, SEERS, home_of, open_to
from services.console.look.templates import render
from services.console.look.undo import Undoing
from services.console.screens import SCREENS
from services.console.session import Tastes, tastes_of
from services.console.sign_in import SignIn

STYLES, SCRIPTS = ("console", "desk", "figures"), ("console", "drafts", "desk", "figures")
HEAD = "".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in STYLES) + "".join(
    f'<script defer src="/static/{name}.js"></script>' for name in SCRIPTS
)
ACCENT = "#1c5d99"
PATIENCE = 20.0
"""Seconds for the services to say who somebody is; a busy machine is no failure."""
DARK = {"auto": None, "light": False, "dark": True}


def serve(app: FastAPI) -> None:
    """Every address that is nothing else is a screen's."""

    @ui.page("/", response_timeout=PATIENCE)
    @ui.page("/{path:path}", response_timeout=PATIENCE)
    async def window(request: Request) -> Response | None:
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        sign_in: SignIn = app.state.sign_in
        session, tastes = sign_in.sessions.of(request), tastes_of(request)
        if session is None:
            return RedirectResponse("/welcome" if there == "/" else f"/welcome?to={quote(there, safe='')}", 303)
        try:
            desk = await _desk(app, session.access_token, tastes)
        except NotSignedIn:
            response = RedirectResponse(f"/welcome?to={quote(there, safe='')}", 303)
            sign_in.sessions.end(response)
            return response
        except Refusal as refusal:
            return RedirectResponse(f"/welcome?failed=unreachable&why={quote(refusal.why)}", 303)
        if there == "/":
            return RedirectResponse(home_of(desk.person), 303)
        desk.drafts = Drafts(sign_in.vault, desk.person.id)
        _build(desk, request.url.path)
        return None


async def _desk(app: FastAPI, token: str, tastes: Tastes) -> Desk:
    caller = Caller(app.state.services, token, tastes.language)
    catalogue = await app.state.catalogues.get()
    me = await caller.get("directory", "/v1/people/me")
    desk = Desk(caller, person_of(me, catalogue, tastes.language), catalogue, tastes)
    desk.heard(me["as_of"])
    return desk


def _build(desk: Desk, path: str) -> None:
    ui.add_head_html(HEAD)
    ui.dark_mode(DARK[desk.tastes.theme])
    ui.colors(primary=ACCENT, positive="#1f7a4d", negative="#c0281f")
    finding = palette.build(desk)
    with ui.element("div").classes("frame").props('id="frame"'):
        side = ui.html(_side(desk, path), sanitize=False, tag="nav").classes("side")
        side.props(f'aria-label="{desk.say("nav.label")}"')
        with ui.element("div").classes("stage"):
            top = ui.html(render(desk, "top"), sanitize=False, tag="header").classes("top")
            top.on("click", finding.open, js_handler="(e) => e.target.closest('.find') && emit()")
            _follow(desk)
            with ui.element("main").classes("main").props('id="main" tabindex="-1"'):
                ui.sub_pages(dict(SCREENS), data={"desk": desk})
    desk.undoing = Undoing(desk)
    if desk.drafts is not None:
        desk.drafts.begin()

    def moved(to: str) -> None:
        side.set_content(_side(desk, to.partition("?")[0]))

    ui.context.client.sub_pages_router.on_path_changed(moved)


def _follow(desk: Desk) -> None:
    """Of those who see cases, the stream of what changes in them."""
    flowing = ui.html(render(desk, "live", state="waiting"), sanitize=False).classes("live-place")
    if not desk.person.is_any(*SEERS):
        flowing.delete()
        return

    def show(state: str) -> None:
        flowing.set_content(render(desk, "live", state=state))

    url = f"{desk.caller.services.urls['dispatch']}/v1/changes"
    desk.live = Live(url, desk.caller.headers, ui.context.client, show)
    desk.live.begin()
    if desk.person.is_any(*SCREENERS):
        coming = f"{desk.caller.services.urls['intake']}/v1/reports/changes"
        desk.reports = Live(coming, desk.caller.headers, ui.context.client, lambda state: None)


def _side(desk: Desk, path: str) -> str:
    return render(desk, "side", groups=open_to(desk.person), path=path)
