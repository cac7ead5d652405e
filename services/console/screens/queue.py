"""The dispatcher's queue: what the catalogue could not route, why, and what it would suggest."""

import asyncio
from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.look.forms import Step, take
from services.console.look.lists import Listing
from services.console.look.screen import piece, screen
from services.console.steps import CASE

CLICKED = "(e) => { const at = e.target.closest('[data-route]'); if (at) emit({...at.dataset}); }"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    listing = Listing(desk, "/v1/cases", {"status": "queued", "sort": "oldest"}, "queue_rows", suggested={})
    await listing.load()
    listing.about["suggested"] = await _suggestions(desk, listing.rows)
    piece(desk, "title", heading="queue")

    async def clicked(event: GenericEventArguments) -> None:
        row = next(each for each in listing.rows if each["id"] == event.args["route"])
        await take(
            desk,
            Step("dispatch", "route_case", event.args["name"], CASE["route_case"], row["id"], None, {}),
            listing.renew,
        )

    with ui.element("div").classes("card").on("click", clicked, js_handler=CLICKED):
        if listing.rows:
            listing.show()
        else:
            piece(desk, "empty", icon="alt_route", title="queue.empty", text="queue.empty.text")


async def _suggestions(desk: Desk, rows: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What the catalogue says of each matter and place, once for those that are alike."""
    wanted = sorted({(row["category"], row["area"], row["opened_at"][:10]) for row in rows})
    found = await asyncio.gather(*(_suggestion(desk, *each) for each in wanted))
    by_matter = dict(zip(wanted, found, strict=True))
    return {row["id"]: by_matter[row["category"], row["area"], row["opened_at"][:10]] for row in rows}


async def _suggestion(desk: Desk, category: str, area: str, on: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = await desk.caller.get(
            "dispatch", "/v1/routing", {"category": category, "area": area, "on": on}
        )
    except Refusal:
        return {}
    return found
