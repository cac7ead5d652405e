"""Administration: whether everything runs, facts that wait for somebody, and what the directory has."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.lists import Listing
from services.console.look.screen import complain, piece, screen, sign_in_again
from services.console.look.templates import render
from services.console.people import names_of
from services.console.screens import authority_list

TABS = ("health", "parked", "departments", "areas", "categories", "rules", "authorities", "clocks", "posts")
CLICKED = "(e) => { const at = e.target.closest('[data-do]'); if (at) emit({...at.dataset}); }"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    tab = args.query_parameters.get("tab", "health")
    tab = tab if tab in TABS else "health"
    piece(desk, "administration_head", tab=tab, tabs=TABS)
    show: Mapping[str, Callable[[Desk], Awaitable[None]]] = {
        "health": _health,
        "parked": _parked,
        "posts": _posts,
        "authorities": _authorities,
    }
    await show[tab](desk) if tab in show else await _entries(desk, tab)


async def _health(desk: Desk) -> None:
    names = sorted(desk.caller.services.urls)
    answers = await asyncio.gather(*(_ready(desk, name) for name in names))
    piece(desk, "health", services=dict(zip(names, answers, strict=True)))


async def _ready(desk: Desk, name: str) -> Mapping[str, Any]:
    """What it says of itself, also when that is that it is not ready."""
    try:
        found: Mapping[str, Any] = await desk.caller.get(name, "/readyz")
    except Refusal as refusal:
        return refusal.body or {"ready": False, "degraded": {"reachable": refusal.why}}
    return found


async def _parked(desk: Desk) -> None:
    page = _Parked(desk)
    await page.read()
    page.show()


class _Parked:
    """Facts that could not be handled, of every service; each retried, or skipped, which is itself a fact."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.found: list[tuple[str, Mapping[str, Any]]] = []

    async def read(self) -> None:
        names = sorted(self.desk.caller.services.urls)
        pages = await asyncio.gather(*(self._of(name) for name in names))
        self.found = [(name, row) for name, rows in zip(names, pages, strict=True) for row in rows]

    async def _of(self, name: str) -> list[Mapping[str, Any]]:
        try:
            rows: list[Mapping[str, Any]] = (await self.desk.caller.get(name, "/v1/parked"))["items"]
        except Refusal:
            return []
        return rows

    def show(self) -> None:
        self.piece = piece(self.desk, "parked", found=self.found)
        self.piece.on("click", self._do, js_handler=CLICKED)

    async def _do(self, event: GenericEventArguments) -> None:
        about = event.args
        path = f"/v1/parked/{about['key']}/retry" if about["do"] == "retry" else f"/v1/parked/{about['id']}/skip"
        try:
            await self.desk.caller.post(about["service"], path)
        except NotSignedIn:
            sign_in_again()
            return
        except Refusal as refusal:
            complain(refusal)
        await self.read()
        self.piece.set_content(render(self.desk, "parked", found=self.found))


async def _entries(desk: Desk, kind: str) -> None:
    listing = Listing(desk, f"/v1/{kind}", {}, "entries_rows", service="directory", kind=kind)
    await listing.load()
    with ui.element("div").classes("card"):
        listing.show()


async def _posts(desk: Desk) -> None:
    listing = _Posts(desk, "/v1/posts", {}, "posts_rows", service="directory", people={})
    await listing.load()
    with ui.element("div").classes("card"):
        listing.show()


class _Posts(Listing):
    async def load(self) -> None:
        await super().load()
        self.about["people"] = await names_of(self.desk, (row["holder"] for row in self.rows))


async def _authorities(desk: Desk) -> None:
    authority_list.show(desk)
    await _entries(desk, "authorities")
