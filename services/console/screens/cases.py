"""All cases that somebody may see: by words, state, place, matter, colour and dates; each filter is in the address."""

from nicegui import PageArguments, ui

from services.console.desk import Desk
from services.console.look.filters import Filters, of_cases
from services.console.look.kept import KeptFilters, first_of, kept_of
from services.console.look.lists import Listing
from services.console.look.screen import piece, screen

STATES = ("queued", "routed", "in_handling", "suspended", "resolved", "followed_up", "reopened", "closed", "refused")
ASKED = (
    *("q", "code", "status", "department", "category", "kind", "area", "colour", "closing_reason", "workflow"),
    *("needs_offer", "opened_from", "opened_to", "asked_with", "sort"),
    *("overdue", "passed", "closed_from", "closed_to", "late_from", "late_to"),
)


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    kept = await kept_of(desk, "cases")
    first = first_of(kept, args.query_parameters)
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    asked = first.asked if first else asked
    listing = Listing(desk, "/v1/cases", asked, "cases_rows")
    await listing.load()
    with ui.element("div").classes("head"):
        piece(desk, "title", heading="cases")
        if not desk.person.is_any("grid_worker"):
            piece(desk, "export", what="cases", asked=asked)
    with Filters(desk, "/cases", asked, KeptFilters(desk, "cases", "/cases", asked, kept)) as filters:
        filters.words("q", "cases.q")
        of_cases(filters, {code: desk.say(f"state.{code}") for code in STATES})
    with ui.element("div").classes("card"):
        listing.show(icon="search_off", title="cases.none", text="cases.none.text" if asked else None)
