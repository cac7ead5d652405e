"""How old what is open is, and how often tasks went from office to office; each figure opens its list."""

from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui

from services.console import figures
from services.console.desk import Desk
from services.console.figures import GIVEN_UP, Period
from services.console.look.filters import Filters
from services.console.look.periods import periods, shown_live, today_of
from services.console.look.screen import piece, screen

ASKED = ("from", "to", "area", "category")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    period = Period.of(asked, await today_of(desk))
    beside = {name: value for name, value in asked.items() if name not in ("from", "to")}
    with ui.element("div").classes("head"):
        piece(desk, "figures_head", heading="ageing")
        piece(desk, "export", what="ageing", asked=asked)
    with Filters(desk, "/ageing", asked) as filters:
        filters.choice("area", "column.place", desk.catalogue.options("areas", desk.language))
        filters.choice("category", "column.matter", desk.catalogue.options("categories", desk.language))
        periods(filters, period)

    async def found() -> Mapping[str, Any]:
        aged = await figures.ageing(desk.caller, period, beside)
        desk.heard(aged["as_of"])
        return {**aged, "period": period, "ways": GIVEN_UP}

    await shown_live(desk, "ageing", found)
