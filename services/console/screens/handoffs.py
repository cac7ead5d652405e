"""The supervisor's list of hand-offs: narrowed as on the board, urged one by one or many at once."""

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.filters import Filters, of_cases
from services.console.look.kept import KeptFilters, first_of, kept_of
from services.console.look.lists import Listing
from services.console.look.screen import complain, piece, screen, sign_in_again
from shared.world.world import new_id

FROM_FIGURES = (
    *("code", "q", "kind", "came_from", "came_by", "passed", "late_from", "late_to", "closed_from", "closed_to"),
    *("offered_from", "offered_to", "ended_from", "ended_to", "opened_from", "opened_to"),
)
"""What a list is narrowed to by the figure that it is behind."""
ASKED = (
    "q",
    "department",
    "status",
    "colour",
    "category",
    "area",
    "extension_asked",
    "return_asked",
    "parts_waiting",
    "answerable",
    *FROM_FIGURES,
)
STATES = ("offered", "accepted", "in_progress", "completed", "verified", "returned", "transferred", "recalled")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    kept = await kept_of(desk, "handoffs")
    first = first_of(kept, args.query_parameters)
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    asked = first.asked if first else asked
    page = _Page(desk, Listing(desk, "/v1/handoffs", asked, "handoffs_rows"))
    await page.listing.load()
    with ui.element("div").classes("head"):
        piece(desk, "title", heading="handoffs")
        if desk.person.is_any("supervisor", "dispatcher"):
            ui.button(desk.say("handoffs.urge"), on_click=page.urge).props("unelevated no-caps").classes("first")
    with Filters(desk, "/handoffs", asked, KeptFilters(desk, "handoffs", "/handoffs", asked, kept)) as filters:
        filters.words("q", "cases.q")
        of_cases(filters, {code: desk.say(f"handoff.{code}") for code in STATES})
    with ui.element("div").classes("card").on("change", page.chosen, js_handler=CHOSEN):
        page.listing.show(icon="search_off", title="handoffs.none", text="cases.none.text" if asked else None)


CHOSEN = "(e) => emit([...e.currentTarget.querySelectorAll('input[data-id]:checked')].map((each) => each.dataset.id))"


class _Page:
    def __init__(self, desk: Desk, listing: Listing) -> None:
        self.desk, self.listing = desk, listing
        self._chosen: list[str] = []

    def chosen(self, event: GenericEventArguments) -> None:
        self._chosen = list(event.args)

    async def urge(self) -> None:
        if not self._chosen:
            ui.notify(self.desk.say("handoffs.choose_first"), position="top")
            return
        try:
            answer = await self.desk.caller.post("dispatch", "/v1/handoffs/urge", {"handoffs": self._chosen}, new_id())
        except NotSignedIn:
            sign_in_again()
            return
        except Refusal as refusal:
            complain(refusal)
            return
        done, not_done = answer["done"], len(answer["items"]) - answer["done"]
        ui.notify(self.desk.say("handoffs.urged", done=done, not_done=not_done), position="top", timeout=4000)
        self._chosen = []
        await self.listing.renew()
