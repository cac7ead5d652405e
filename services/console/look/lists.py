"""A list that pages by cursor: its rows are one piece, and the next page is loaded below it."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.screen import complain, piece, sign_in_again

PAGE = 50


class Listing:
    """Rows of `service`'s list at `path`, narrowed by `asked`, shown by `template`."""

    def __init__(
        self, desk: Desk, path: str, asked: Mapping[str, Any], template: str, service: str = "dispatch", **about: Any
    ) -> None:
        self.desk, self.service, self.path, self.template = desk, service, path, template
        self.asked, self.about = dict(asked), about
        self.rows: list[Mapping[str, Any]] = []
        self.more: str | None = None

    async def load(self) -> None:
        """The next page. Raises NotSignedIn, Refusal."""
        page = await self.desk.caller.get(
            self.service, self.path, {**self.asked, "limit": PAGE, **({"cursor": self.more} if self.more else {})}
        )
        self.desk.heard(page.get("as_of"))
        self.rows, self.more = [*self.rows, *page["items"]], page["next"]

    async def renew(self) -> None:
        """As many rows as there are now, as they stand now."""
        count, self.rows, self.more = max(len(self.rows), PAGE), [], None
        await self.load()
        while self.more and len(self.rows) < count:
            await self.load()
        self._draw()

    def show(self) -> None:
        """From now on as it stands: what changes changes it."""
        self._place = ui.element("div")
        self._draw()
        if self.service == "dispatch":
            self.desk.watch(self._place, self._heard)

    async def _heard(self, change: Mapping[str, Any]) -> None:
        await self.renew()

    def _draw(self) -> None:
        self._place.clear()
        with self._place:
            piece(self.desk, self.template, rows=self.rows, **self.about)
            if self.more:
                with ui.row().classes("justify-center w-full q-pa-md"):
                    ui.button(self.desk.say("more"), on_click=self._next, color=None).props("flat no-caps")

    async def _next(self) -> None:
        try:
            await self.load()
        except NotSignedIn:
            sign_in_again()
        except Refusal as refusal:
            complain(refusal)
        else:
            self._draw()
