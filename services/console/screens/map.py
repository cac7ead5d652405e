"""Open cases on the district's own outlines, from subdistricts to grids; each area opens its cases."""

from collections.abc import Iterator, Mapping
from typing import Any

from nicegui import PageArguments, ui

from services.console import figures
from services.console.desk import Desk
from services.console.look.filters import COLOURS, Filters
from services.console.look.maps import draw_map
from services.console.look.periods import shown_live
from services.console.look.screen import piece, screen

ASKED = ("colour", "category", "department", "kind")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    with ui.element("div").classes("head"):
        piece(desk, "figures_head", heading="map")
        piece(desk, "export", what="map", asked=asked)
    with Filters(desk, "/map", asked) as filters:
        filters.choice("colour", "cases.colour", {code: desk.say(f"colour.{code}") for code in COLOURS})
        filters.choice("category", "column.matter", desk.catalogue.options("categories", desk.language))
        filters.choice("department", "column.office", desk.catalogue.options("departments", desk.language))

    async def found() -> Mapping[str, Any]:
        there = await figures.places(desk.caller, asked)
        desk.heard(there["as_of"])
        drawn = draw_map(desk.catalogue, desk.language, there["counts"], there["query"])
        return {"drawn": drawn, "rows": list(_rows(desk, there)), "as_of": there["as_of"]}

    await shown_live(desk, "map", found)


def _rows(desk: Desk, found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each area after the one that it lies in."""
    for code, area in sorted(desk.catalogue.areas.items()):
        yield {
            "name": area["name"][desk.language],
            "level": area["level"],
            "count": sum(count for place, count in found["counts"].items() if place.startswith(code)),
            "href": figures.address("cases", {**found["query"], "area": code}),
        }
