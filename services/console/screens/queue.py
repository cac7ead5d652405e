"""The dispatcher's queue: what the catalogue could not route, and what it would suggest; each opens where it is
decided."""

import asyncio
from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.look.lists import Listing, Row
from services.console.look.screen import piece, screen

Matter = tuple[str, str, str]


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    listing = _Queue(desk, "/v1/cases", {"status": "queued", "sort": "oldest"}, "queue_rows", suggested={})
    await listing.load()
    piece(desk, "title", heading="queue")
    with ui.element("div").classes("card"):
        listing.show(icon="alt_route", title="queue.empty", text="queue.empty.text")


class _Queue(Listing):
    """With what the catalogue says of each matter and place, asked once for those that are alike."""

    async def beside(self, rows: list[Row]) -> None:
        known: dict[Matter, Mapping[str, Any]] = self.about.setdefault("known", {})
        new = sorted({_matter(row) for row in rows} - known.keys())
        known |= dict(zip(new, await asyncio.gather(*(self._suggestion(*each) for each in new)), strict=True))
        self.about["suggested"] = {row["id"]: known[_matter(row)] for row in rows}

    async def _suggestion(self, category: str, area: str, on: str) -> Mapping[str, Any]:
        asked = {"category": category, "area": area, "on": on}
        try:
            found: Mapping[str, Any] = await self.desk.caller.get("dispatch", "/v1/routing", asked)
        except Refusal:
            return {}
        return found


def _matter(row: Row) -> Matter:
    return row["category"], row["area"], row["opened_at"][:10]
