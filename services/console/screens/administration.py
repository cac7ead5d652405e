"""Administration: whether everything runs, facts that wait for somebody, and what the directory has."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.entries import ENTRIES
from services.console.look.lists import Listing
from services.console.look.screen import CLICKED, answered, piece, screen
from services.console.look.templates import render
from services.console.screens import authority_list, entry, health, staff

TABS = (
    *("health", "parked", "departments", "areas", "categories", "rules", "authorities", "workflows", "clocks"),
    *("holidays", "people", "posts"),
)

STAFF = {"posts": staff.posts, "people": staff.people}


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    tab = args.query_parameters.get("tab", "health")
    tab = tab if tab in TABS else "health"
    piece(desk, "administration_head", tab=tab, tabs=TABS)
    if tab in STAFF:
        await STAFF[tab](desk, args.query_parameters.get("department", ""))
        return
    show: Mapping[str, Callable[[Desk], Awaitable[None]]] = {
        "health": health.show,
        "parked": _parked,
        "authorities": _authorities,
    }
    await show[tab](desk) if tab in show else await _entries(desk, tab)


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
        await answered(self.desk.caller.post(about["service"], path))
        await self.read()
        self.piece.set_content(render(self.desk, "parked", found=self.found))


async def _entries(desk: Desk, kind: str) -> None:
    listing = Listing(desk, f"/v1/{kind}", {}, "entries_rows", service="directory", kind=kind)
    await listing.load()
    if ENTRIES[kind].new:
        _action(desk, "entry.new", lambda: entry.begin(desk, kind))
    with ui.element("div").classes("card"):
        if listing.rows:
            listing.show()
        else:
            piece(desk, "empty", icon="edit_note", title="entry.none", text="entry.none.text")


async def _authorities(desk: Desk) -> None:
    authority_list.show(desk)
    await _entries(desk, "authorities")


def _action(desk: Desk, word: str, act: Callable[[], object]) -> None:
    with ui.element("div").classes("actions"):
        ui.button(desk.say(word), icon="add", on_click=act).props("unelevated no-caps")
