"""Ctrl-K: go to a case or a page from wherever one is."""

from typing import Any

from nicegui import ui

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.look.navigation import open_to
from services.console.look.templates import render

MOST = 8


def build(desk: Desk) -> "Palette":
    return Palette(desk)


class Palette:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with ui.dialog().classes("palette").props('position="top"') as self.dialog, ui.card():
            asked = ui.input(placeholder=desk.say("palette.hint"), on_change=self._look)
            asked.props(f'outlined dense autofocus debounce=180 aria-label="{desk.say("palette.label")}"').classes(
                "w-full"
            )
            asked.props('id="palette-input"')
            self.found = ui.html(self._places(""), sanitize=False)
            self.found.on("click", self.dialog.close, js_handler="(e) => e.target.closest('a') && emit()")
        self.asked = asked
        ui.on("palette", self.open)

    def open(self) -> None:
        self.asked.set_value("")
        self.dialog.open()

    async def _look(self, event: Any) -> None:
        words = (event.value or "").strip()
        cases = await self._cases(words) if words and self._may_look else []
        self.found.set_content(self._places(words, cases))

    @property
    def _may_look(self) -> bool:
        return self.desk.person.is_any(
            "dispatcher", "supervisor", "handler", "grid_worker", "auditor", "clerk", "system"
        )

    async def _cases(self, words: str) -> list[Any]:
        asked = {"code": words.upper()} if words[:1].isascii() and "-" in words else {"q": words}
        try:
            page = await self.desk.caller.get("dispatch", "/v1/cases", {**asked, "limit": MOST})
        except Refusal:
            return []
        found: list[Any] = page["items"]
        return found

    def _places(self, words: str, cases: list[Any] | None = None) -> str:
        places = [place for group in open_to(self.desk.person).values() for place in group]
        fitting = [place for place in places if words.lower() in self.desk.say(place.word).lower()]
        return render(self.desk, "found", places=fitting, cases=cases or [], words=words)
