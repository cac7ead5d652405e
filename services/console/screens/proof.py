"""Whether the log is whole: its checkpoint and witness, the inspection, alarms, and how far each source is."""

import asyncio
from typing import Any

from nicegui import PageArguments, ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.screen import complain, piece, screen, sign_in_again
from services.console.look.templates import render

LOOK_AGAIN = 0.5


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    page = _Page(desk)
    await page.read()
    page.show()


class _Page:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.about: dict[str, Any] = {}

    async def read(self) -> None:
        """Raises NotSignedIn, Refusal."""
        ask = self.desk.caller
        checkpoint, alarms, gaps, inspection = await asyncio.gather(
            ask.read("audit", "/log/checkpoint"),
            ask.get("audit", "/v1/alarms", {"limit": 20}),
            ask.get("audit", "/v1/gaps"),
            ask.get("audit", "/v1/inspection"),
        )
        lines = checkpoint.text.splitlines()
        signers = [line.split(" ")[1] for line in lines if line.startswith("— ")]
        about = {"origin": lines[0], "size": int(lines[1]), "root": lines[2], "signers": signers}
        self.about = {"checkpoint": about, "alarms": alarms["items"], **gaps, "inspection": inspection}

    def show(self) -> None:
        self.piece = piece(self.desk, "integrity", **self._shown())
        self.piece.on("click", self._begin, js_handler="(e) => e.target.closest('[data-inspect]') && emit()")
        self.timer = ui.timer(LOOK_AGAIN, self._follow, active=bool(self.about["inspection"]["running"]))

    def _shown(self) -> dict[str, Any]:
        return {**self.about, "gaps": self.about["items"]}

    async def _begin(self) -> None:
        try:
            await self.desk.caller.post("audit", "/v1/inspection")
        except NotSignedIn:
            sign_in_again()
        except Refusal as refusal:
            complain(refusal)
        else:
            self.timer.active = True

    async def _follow(self) -> None:
        try:
            await self.read()
        except (NotSignedIn, Refusal):
            self.timer.active = False
            return
        self.piece.set_content(render(self.desk, "integrity", **self._shown()))
        self.timer.active = bool(self.about["inspection"]["running"])
