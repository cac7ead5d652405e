"""What somebody has begun to write of a case and not sent: to go on with, or to throw away."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from services.console.desk import Desk
from services.console.look.drafts import Place
from services.console.look.screen import piece
from services.console.look.templates import render

CLICKED = """(e) => {
  const at = e.target.closest('[data-draft-go],[data-draft-drop]');
  if (at) emit({...at.dataset});
}"""
Named = Callable[[str], str | None]
"""What the step of a draft is called; None: it is not open any more."""
Open = Callable[[str], Awaitable[None]]


class Left:
    def __init__(self, desk: Desk, about: str, named: Named, open: Open) -> None:
        self.desk, self.about, self.named, self.open = desk, about, named, open

    def show(self) -> None:
        self.place = piece(self.desk, "drafts", drafts=[])
        self.place.on("click", self._clicked, js_handler=CLICKED)
        ui.timer(0.1, self.look, once=True)

    async def look(self) -> None:
        """As the browser has them now."""
        if self.desk.drafts is None or self.place.is_deleted:
            return
        found = await self.desk.drafts.of(self.about)
        if not self.place.is_deleted:
            self.place.set_content(render(self.desk, "drafts", drafts=[self._shown(step) for step in found]))

    def _shown(self, step: str) -> Mapping[str, Any]:
        name = self.named(step)
        return {"step": step, "name": name or self.desk.say("draft.of_old"), "open": name is not None}

    async def _clicked(self, event: GenericEventArguments) -> None:
        data = event.args
        if "draftDrop" in data and self.desk.drafts is not None:
            self.desk.drafts.drop(Place(self.about, data["draftDrop"]))
            await self.look()
        elif "draftGo" in data:
            self.place.set_content("")
            await self.open(data["draftGo"])
