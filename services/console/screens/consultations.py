"""Consultations under way: who is invited, who has spoken, what is still awaited of whom."""

from nicegui import PageArguments, ui

from services.console.desk import Desk
from services.console.look.lists import Listing
from services.console.look.screen import piece, screen


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    mine = args.query_parameters.get("show") == "mine"
    listing = Listing(desk, "/v1/consultations", {"unanswered": "true"} if mine else {}, "consultations_rows")
    await listing.load()
    piece(desk, "consultations_head", mine=mine)
    with ui.element("div").classes("card"):
        listing.show(icon="groups", title="consultations.empty", text="consultations.empty.text")
