"""From which office to which tasks went in a period; each ribbon opens the hand-offs that it counts."""

from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui

from services.console import figures
from services.console.desk import Desk
from services.console.figures import Period
from services.console.look.filters import Filters
from services.console.look.flows import draw_flow
from services.console.look.periods import periods, shown_live, today_of
from services.console.look.screen import piece, screen

WAYS = ("first", "returned", "transferred", "recalled", "concluded", "again", "part")
ASKED = ("from", "to", "came_by", "area", "category")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    period = Period.of(asked, await today_of(desk))
    with ui.element("div").classes("head"):
        piece(desk, "figures_head", heading="flow")
        piece(desk, "export", what="flow", asked=asked)
    with Filters(desk, "/flow", asked) as filters:
        periods(filters, period)
        filters.choice("came_by", "flow.way", {way: desk.say(f"way.{way}") for way in WAYS})
        filters.choice("area", "column.place", desk.catalogue.options("areas", desk.language))
        filters.choice("category", "column.matter", desk.catalogue.options("categories", desk.language))

    async def found() -> Mapping[str, Any]:
        return await _flow(desk, period, asked)

    await shown_live(desk, "flow", found)


async def _flow(desk: Desk, period: Period, asked: Mapping[str, str]) -> dict[str, Any]:
    beside = {name: value for name, value in asked.items() if name not in ("from", "to")}
    found = await figures.flow(desk.caller, period, beside)
    desk.heard(found["as_of"])
    drawn = draw_flow(figures.joined(found["items"], by_way="came_by" in asked))
    passed = sum(row["count"] for row in found["items"] if row["came_from"] not in ("centre", row["department"]))
    return {"found": found, "drawn": drawn, "period": period, "passed": passed}
