"""A list that pages by cursor: its rows are one piece, and the next page is loaded below it. What is new waits until it
is asked for: rows do not move under the hand of whoever reads them."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.screen import complain, piece, sign_in_again

PAGE = 50
KEYS = ("handoff_id", "report_id", "consultation_id", "id")
Row = Mapping[str, Any]


def key_of(row: Row) -> str:
    return str(next(row[name] for name in KEYS if name in row))


class Listing:
    """Rows of `service`'s list at `path`, narrowed by `asked`, shown by `template`; without any, by `empty`."""

    def __init__(
        self, desk: Desk, path: str, asked: Mapping[str, Any], template: str, service: str = "dispatch", **about: Any
    ) -> None:
        self.desk, self.service, self.path, self.template = desk, service, path, template
        self.asked, self.about = dict(asked), about
        self.rows: list[Row] = []
        self.more: str | None = None
        self.empty: Mapping[str, Any] | None = None
        self._waiting: tuple[list[Row], str | None] | None = None

    async def load(self) -> None:
        """The next page. Raises NotSignedIn, Refusal."""
        page = await self._page(self.more)
        self.rows, self.more = [*self.rows, *page["items"]], page["next"]
        await self.beside(self.rows)

    async def beside(self, rows: list[Row]) -> None:
        """What is shown with the rows and stands elsewhere: for lists of a kind of their own."""

    async def renew(self) -> None:
        """As many rows as there are now, as they stand now."""
        self.rows, self.more = await self._now()
        self._waiting = None
        await self.beside(self.rows)
        self._draw()

    def show(self, **empty: Any) -> None:
        """From now on as it stands: what changes changes it. `empty`: what is said without rows."""
        self.empty = empty or None
        self._place = ui.element("div")
        self._draw()
        self.desk.watch_list(self.service, self._place, self._heard)

    async def _page(self, cursor: str | None) -> Mapping[str, Any]:
        asked = {**self.asked, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
        page: Mapping[str, Any] = await self.desk.caller.get(self.service, self.path, asked)
        self.desk.heard(page.get("as_of"))
        return page

    async def _now(self) -> tuple[list[Row], str | None]:
        rows: list[Row] = []
        more: str | None = None
        while not rows or (more and len(rows) < len(self.rows)):
            page = await self._page(more)
            rows, more = [*rows, *page["items"]], page["next"]
            if not page["items"]:
                break
        return rows, more

    async def _heard(self, change: Mapping[str, Any]) -> None:
        """What is there changes where it stands, what is over goes; what is new is told of."""
        if change["kind"] == "presence":
            return
        rows, more = await self._now()
        if self._place.is_deleted:
            return
        found = {key_of(row): row for row in rows}
        kept = [found[key] for key in map(key_of, self.rows) if key in found]
        if not kept or len(kept) == len(rows):
            self.rows, self.more, self._waiting = rows, more, None
        else:
            self.rows, self._waiting = kept, (rows, more)
        await self.beside(self.rows)
        self._draw()

    @property
    def _new(self) -> int:
        """How many wait to be shown."""
        return len(self._waiting[0]) - len(self.rows) if self._waiting else 0

    def _draw(self) -> None:
        self._place.clear()
        with self._place:
            if self._new:
                with ui.element("div").classes("new-rows").props('role="status"'):
                    said = self.desk.say("list.new", n=self._new)
                    ui.button(said, icon="arrow_upward", on_click=self._show_new, color=None).props(
                        "flat no-caps dense"
                    )
            if self.rows or self.empty is None:
                piece(self.desk, self.template, rows=self.rows, **self.about)
            else:
                piece(self.desk, "empty", **self.empty)
            if self.more:
                with ui.row().classes("justify-center w-full q-pa-md"):
                    ui.button(self.desk.say("more"), on_click=self._next, color=None).props("flat no-caps")

    async def _show_new(self) -> None:
        if self._waiting is not None:
            (self.rows, self.more), self._waiting = self._waiting, None
            await self.beside(self.rows)
        self._draw()

    async def _next(self) -> None:
        try:
            await self.load()
        except NotSignedIn:
            sign_in_again()
        except Refusal as refusal:
            complain(refusal)
        else:
            self._draw()
