"""A piece about something that a service does by itself: begun here, and shown anew while it goes on."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.screen import answered, piece
from services.console.look.templates import render

LOOK_AGAIN = 0.5


class Following(ABC):
    """`template` is shown with what `read` returns; `running` of it says whether it goes on."""

    template: ClassVar[str]

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @abstractmethod
    async def read(self) -> Mapping[str, Any]:
        """Raises NotSignedIn, Refusal."""

    async def show(self) -> ui.html:
        """Raises NotSignedIn, Refusal."""
        found = await self.read()
        self.piece = piece(self.desk, self.template, **found)
        self.timer = ui.timer(LOOK_AGAIN, self._follow, active=bool(found["running"]))
        return self.piece

    async def begin(self, service: str, path: str) -> None:
        if await answered(self.desk.caller.post(service, path)) is not None:
            self.timer.active = True

    async def _follow(self) -> None:
        try:
            found = await self.read()
        except (NotSignedIn, Refusal):
            self.timer.active = False
            return
        self.piece.set_content(render(self.desk, self.template, **found))
        self.timer.active = bool(found["running"])
