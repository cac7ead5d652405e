"""Who looked at what: identities, case files, exports, searches. That this is read is itself recorded."""

from nicegui import PageArguments, ui

from services.console.desk import Desk
from services.console.look.filters import Filters, days_of
from services.console.look.lists import Listing
from services.console.look.screen import piece, screen
from services.console.people import names_of

KINDS = ("identity", "case_file", "export", "search", "told", "erased", "operation")
ASKED = ("kind", "department", "case", "person", "from", "to")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    narrowed = days_of(asked)
    listing = _Accesses(desk, "/v1/accesses", narrowed, "accesses_rows", service="audit", people={})
    await listing.load()
    with ui.element("div").classes("head"):
        piece(desk, "accesses_head")
        piece(desk, "export", what="accesses", asked=narrowed)
    with Filters(desk, "/accesses", asked) as filters:
        filters.words("case", "log.case")
        filters.choice("kind", "access.kind", {kind: desk.say(f"access.{kind}") for kind in KINDS})
        filters.choice("department", "column.office", desk.catalogue.options("departments", desk.language))
        filters.day("from", "log.from")
        filters.day("to", "log.to")
    with ui.element("div").classes("card"):
        if listing.rows:
            listing.show()
        else:
            piece(desk, "empty", icon="visibility_off", title="accesses.none", text=None)


class _Accesses(Listing):
    async def load(self) -> None:
        await super().load()
        self.about["people"] = await names_of(self.desk, (row["person"] for row in self.rows))
