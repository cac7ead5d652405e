"""Filters that somebody keeps for a list: used by name, thrown away, or what the list opens with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.screen import complain, sign_in_again

LONGEST = 40
EVERYTHING = "all"
"""In an address: not what the list opens with, but all of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    name: str
    query: Mapping[str, Any]
    first: bool

    @property
    def asked(self) -> dict[str, str]:
        """As an address has it."""
        return {name: _text(value) for name, value in self.query.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


async def kept_of(desk: Desk, of: str) -> list[Kept]:
    """Of that list. Raises NotSignedIn, Refusal."""
    found = (await desk.caller.get("dispatch", "/v1/filters"))["items"]
    return [Kept(each["name"], each["query"], each["first"]) for each in found if each["list"] == of]


def first_of(kept: Sequence[Kept], given: Mapping[str, str]) -> Kept | None:
    """What the list opens with, where its address says nothing."""
    return None if given else next((each for each in kept if each.first), None)


class KeptFilters:
    """A menu above a list at `path`. `asked`: what it is narrowed to now."""

    def __init__(self, desk: Desk, of: str, path: str, asked: Mapping[str, str], kept: Sequence[Kept]) -> None:
        self.desk, self.of, self.path, self.asked, self.kept = desk, of, path, dict(asked), list(kept)

    def show(self) -> None:
        now = next((each.name for each in self.kept if each.asked == self.asked), None)
        label = now or self.desk.say("kept.title")
        button = ui.button(label, icon="bookmark_border", color=None).props("outline no-caps dense").classes("kept")
        with button, ui.menu():
            self.rows = ui.element("div").classes("kept-menu")
        self._draw()

    def _draw(self) -> None:
        self.rows.clear()
        desk = self.desk
        with self.rows:
            if not self.kept:
                ui.label(desk.say("kept.none")).classes("small quiet")
            for each in self.kept:
                self._row(each)
            if any(each.first for each in self.kept):
                ui.link(desk.say("kept.all"), f"{self.path}?{EVERYTHING}=1").classes("small")
            if self.asked:
                ui.button(desk.say("kept.keep"), icon="add", on_click=self._name, color=None).props(
                    "flat no-caps dense"
                )

    def _row(self, each: Kept) -> None:
        desk = self.desk
        with ui.element("div").classes("kept-row"):
            ui.link(each.name, f"{self.path}?{urlencode(each.asked)}")
            star, word = ("star", "kept.not_first") if each.first else ("star_border", "kept.first")
            self._button(
                star, desk.say(word, name=each.name), lambda: self._keep(each.name, each.asked, not each.first)
            )
            self._button("delete_outline", desk.say("kept.forget", name=each.name), lambda: self._forget(each.name))

    def _button(self, icon: str, label: str, do: Any) -> None:
        made = ui.button(icon=icon, on_click=do, color=None).props("flat round dense size=sm")
        made.props(f'aria-label="{label}" title="{label}"')

    def _name(self) -> None:
        desk = self.desk
        with ui.dialog() as dialog, ui.card():
            ui.label(desk.say("kept.keep")).classes("dialog-title")
            name = ui.input(desk.say("kept.name")).props(f"outlined autofocus maxlength={LONGEST}").classes("w-full")
            first = ui.checkbox(desk.say("kept.opens"))

            async def keep() -> None:
                said = " ".join((name.value or "").split())
                if not said:
                    name.props(f'error error-message="{desk.say("required")}"')
                elif await self._keep(said, self.asked, bool(first.value)):
                    dialog.close()

            name.on("keydown.enter", keep)
            with ui.row().classes("actions justify-end w-full"):
                ui.button(desk.say("cancel"), on_click=dialog.close, color=None).props("flat no-caps")
                ui.button(desk.say("kept.save"), on_click=keep).props("unelevated no-caps")
        dialog.open()

    async def _keep(self, name: str, asked: Mapping[str, str], first: bool) -> bool:
        query = urlencode({**asked, "list": self.of, "first": str(first).lower()})
        return await self._do(self.desk.caller.put("dispatch", f"{_path(name)}?{query}", {}))

    async def _forget(self, name: str) -> None:
        await self._do(self.desk.caller.delete("dispatch", _path(name)))

    async def _do(self, asking: Any) -> bool:
        try:
            await asking
            self.kept = await kept_of(self.desk, self.of)
        except NotSignedIn:
            sign_in_again()
            return False
        except Refusal as refusal:
            complain(refusal)
            return False
        self._draw()
        return True


def _path(name: str) -> str:
    return f"/v1/filters/{quote(name, safe='')}"
