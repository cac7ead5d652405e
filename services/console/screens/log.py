"""The log: what every office told, newest first; each fact with its proof, checked in the reader's own browser."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.desk import Desk
from services.console.look.filters import Filters, days_of
from services.console.look.lists import Listing
from services.console.look.screen import answered, piece, screen, show_in_dialog
from services.console.people import names_of
from shared.facts.packing import pack_headers

ASKED = ("source", "type", "key", "actor", "department", "from", "to", "case")
SOURCES = ("intake", "dispatch", "police", "justice", "emergency", "petition", "directory", "audit")
CLICKED = "(e) => { const at = e.target.closest('[data-proof]'); if (at) emit({...at.dataset}); }"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    narrowed = _narrowed(asked)
    listing = _Facts(desk, "/v1/facts", narrowed, "log_rows", service="audit", people={})
    await listing.load()
    piece(desk, "log_head", asked=narrowed)
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


def _narrowed(asked: Mapping[str, str]) -> dict[str, str]:
    """As audit takes it."""
    narrowed = days_of(asked)
    if "source" in narrowed:
        narrowed["source"] = f"/services/{narrowed['source']}"
    if "case" in narrowed:
        narrowed["case"] = narrowed["case"].strip().upper()
    return narrowed


async def _prove(desk: Desk, event: GenericEventArguments) -> None:
    index = int(event.args["proof"])
    proof = await answered(desk.caller.get("audit", "/v1/proofs/inclusion", {"index": index}))
    line = proof and await answered(desk.caller.read("audit", "/v1/log", {"after": index - 1, "limit": 1}))
    if line is None:
        return
    lines = line.json()
    show_in_dialog(desk, "proof", proof=proof, entry=_entry(lines), withheld=bool(lines.get("withheld")))
    ui.run_javascript("checkProof()")


def _entry(line: Mapping[str, Any]) -> str:
    """What the leaf is the hash of, in base64: headers as packed, a newline, the value. Empty where it is withheld."""
    if line.get("withheld"):
        return ""
    headers = [(name, b64decode(value)) for name, value in line["headers"]]
    return b64encode(pack_headers(headers) + b"\n" + b64decode(line["value"])).decode()
