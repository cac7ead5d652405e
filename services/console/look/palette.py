"""Ctrl-K: go to a case, a list or a page, or do something, from wherever one is and by keyboard alone."""

import json
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from services.console.calling import NotSignedIn
from services.console.desk import Desk
from services.console.finding import Found, find
from services.console.look.screen import sign_in_again
from services.console.look.templates import render

CLICKED = """(e) => {
  const at = e.target.closest('a, [data-near]');
  if (!at) return;
  if (at.dataset.command) e.preventDefault();
  emit({...at.dataset});
}"""


def build(desk: Desk) -> "Palette":
    return Palette(desk)


class Palette:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with ui.dialog().classes("palette").props('position="top"') as self.dialog, ui.card():
            asked = ui.input(placeholder=desk.say("palette.hint"), on_change=self._look)
            label = desk.say("palette.label")
            asked.props(f'outlined dense autofocus debounce=180 aria-label="{label}" id="palette-input"')
            asked.props('role="combobox" aria-expanded="true" aria-controls="found" autocomplete="off"').classes(
                "w-full"
            )
            self.found = ui.html("", sanitize=False)
            self.found.on("click", self._clicked, js_handler=CLICKED)
        self.asked = asked
        ui.on("palette", self.open)

    async def open(self) -> None:
        self.asked.set_value("")
        self.dialog.open()
        await self._show("")

    async def _look(self, event: Any) -> None:
        await self._show((event.value or "").strip())

    async def _show(self, words: str) -> None:
        try:
            found = await find(self.desk, words)
        except NotSignedIn:
            sign_in_again()
            return
        if words == (self.asked.value or "").strip():  # else it was typed on meanwhile
            self.found.set_content(self._render(found, words))

    def _render(self, found: Found, words: str) -> str:
        return render(self.desk, "found", found=found, words=words)

    def _clicked(self, event: GenericEventArguments) -> None:
        data = event.args
        if "near" in data:
            self.asked.set_value(data["near"])
            return
        self.dialog.close()
        do, _, what = data.get("command", "").partition(" ")
        if do == "texts":
            self.desk.to_look_for = self.asked.value.strip()
            ui.navigate.to("/search")
        elif do == "sign_out":
            ui.run_javascript("submitted('/auth/sign-out', {})")
        elif do:
            ui.run_javascript(f"submitted('/auth/tastes', {json.dumps({do: what})})")
