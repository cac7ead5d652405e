"""A handler's worklist: what is due next first, narrowed by a click, each accepted where it stands."""

from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui

from services.console.desk import Desk
from services.console.look.lists import Listing
from services.console.look.screen import piece, screen

FILTERS: Mapping[str, Mapping[str, str]] = {
    "all": {},
    "offered": {"status": "offered"},
    "at_work": {"status": "accepted,in_progress"},
    "warned": {"colour": "yellow,red"},
    "late": {"overdue": "true"},
}


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    chosen = args.query_parameters.get("show", "all")
    chosen = chosen if chosen in FILTERS else "all"
    listing = Listing(desk, "/v1/handoffs", FILTERS[chosen], "worklist_rows")
    await listing.load()
    piece(desk, "worklist_head", chosen=chosen, filters=list(FILTERS), heading="worklist")
    with ui.element("div").classes("card"):
        if chosen == "all":
            listing.show(icon="task_alt", title="worklist.empty", text="worklist.empty.text")
        else:
            listing.show(icon="filter_alt", title="worklist.none", text=None)


def title_of(row: Mapping[str, Any]) -> str:
    return str(row.get("category_name") or row.get("code"))
