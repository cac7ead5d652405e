"""Two periods, or two areas, side by side: opened, closed, late, returned, each with its list."""

from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui

from services.console.comparing import compared, sides_of
from services.console.desk import Desk
from services.console.look.filters import Filters
from services.console.look.periods import shown_live, today_of
from services.console.look.screen import piece, screen

ASKED = ("from", "to", "area", "from2", "to2", "area2", "category")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    one, other = sides_of(asked, await today_of(desk))
    with ui.element("div").classes("head"):
        piece(desk, "figures_head", heading="compare")
        piece(desk, "export", what="compare", asked=asked)
    areas = desk.catalogue.options("areas", desk.language)
    shown = {**asked, **one.days(), **other.days("2")}
    with Filters(desk, "/compare", asked) as filters:
        for number in ("", "2"):
            with ui.element("fieldset").classes("side-of"):
                ui.html(desk.say(f"compare.{'other' if number else 'one'}"), tag="legend", sanitize=False)
                filters.day(f"from{number}", "period.from", shown[f"from{number}"])
                filters.day(f"to{number}", "period.to", shown[f"to{number}"])
                filters.choice(f"area{number}", "compare.area", areas)
        filters.choice("category", "column.matter", desk.catalogue.options("categories", desk.language))

    async def found() -> Mapping[str, Any]:
        about = await compared(desk.caller, (one, other), asked, desk.catalogue, desk.language)
        desk.heard(about["as_of"])
        return about

    await shown_live(desk, "compare", found)
