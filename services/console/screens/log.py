"""The log: what every office told, newest first; each fact with its proof, checked in the reader's own browser."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.filters import Filters, days_of
from services.console.look.lists import Listing
from services.console.look.screen import complain, piece, screen, sign_in_again
from services.console.people import names_of
from shared.facts.packing import pack_headers

ASKED = ("source", "type", "key", "actor", "department", "from", "to", "case")
SOURCES = ("intake", "dispatch", "police", "justice", "emergency", "petition", "directory", "audit")
CLICKED = "(e) => { const at = e.target.closest('[data-proof]'); if (at) emit({...at.dataset}); }"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    narrowed = await _narrowed(desk, asked)
    listing = _Facts(desk, "/v1/facts", narrowed, "log_rows", service="audit", people={})
    await listing.load()
    piece(desk, "log_head")
    with Filters(desk, "/log", asked) as filters:
        filters.words("case", "log.case")
        filters.choice("source", "log.source", {name: desk.say(f"source.{name}") for name in SOURCES})
        filters.choice("department", "column.office", desk.catalogue.options("departments", desk.language))
        filters.day("from", "log.from")
        filters.day("to", "log.to")
    with ui.element("div").classes("card").on("click", lambda event: _prove(desk, event), js_handler=CLICKED):
        if listing.rows:
            listing.show()
        else:
            piece(desk, "empty", icon="search_off", title="log.none", text="cases.none.text")


class _Facts(Listing):
    async def load(self) -> None:
        await super().load()
        self.about["people"] = await names_of(self.desk, (row.get("actor") for row in self.rows))


async def _narrowed(desk: Desk, asked: Mapping[str, str]) -> dict[str, str]:
    """A case is asked for by its code, the log knows it by its id."""
    narrowed = {name: value for name, value in days_of(asked).items() if name != "case"}
    if "source" in narrowed:
        narrowed["source"] = f"/services/{narrowed['source']}"
    if "case" in asked:
        found = await desk.caller.get("audit", f"/v1/cases/{asked['case'].strip().upper()}/state")
        narrowed["key"] = found["case_id"]
    return narrowed


async def _prove(desk: Desk, event: GenericEventArguments) -> None:
    index = int(event.args["proof"])
    try:
        proof = await desk.caller.get("audit", "/v1/proofs/inclusion", {"index": index})
        lines = (await desk.caller.read("audit", "/v1/log", {"after": index - 1, "limit": 1})).json()
    except NotSignedIn:
        sign_in_again()
        return
    except Refusal as refusal:
        complain(refusal)
        return
    with ui.dialog() as dialog, ui.card().classes("wide-card"):
        piece(desk, "proof", proof=proof, entry=_entry(lines), withheld=bool(lines.get("withheld")))
        with ui.row().classes("actions justify-end w-full"):
            ui.button(desk.say("close"), on_click=dialog.close, color=None).props("flat no-caps")
    dialog.open()
    ui.run_javascript("checkProof()")


def _entry(line: Mapping[str, Any]) -> str:
    """What the leaf is the hash of, in base64: headers as packed, a newline, the value. Empty where it is withheld."""
    if line.get("withheld"):
        return ""
    headers = [(name, b64decode(value)) for name, value in line["headers"]]
    return b64encode(pack_headers(headers) + b"\n" + b64decode(line["value"])).decode()
