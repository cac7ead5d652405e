"""Filters above a list. A choice goes into the address, so that a list can be sent to somebody and gone back to."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlencode

from nicegui import ui

from services.console.desk import Desk
from services.console.look import moments
from services.console.look.kept import EVERYTHING, KeptFilters
from services.console.look.screen import piece
from services.console.words import WORDS

CENTRE = "centre"
"""What dispatch calls it where no office had a task before."""
COLOURS = ("green", "yellow", "red", "lapsed")


class Filters:
    """To be used as a context, with a filter for each name of `asked`, which says what the list is narrowed to now."""

    def __init__(self, desk: Desk, path: str, asked: Mapping[str, str], kept: KeptFilters | None = None) -> None:
        self.desk, self.path, self.asked, self.kept = desk, path, asked, kept

    def __enter__(self) -> "Filters":
        self._shown: set[str] = set()
        self._place = ui.element("div").classes("filters").__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        if self.kept is not None:
            self.kept.show()
        if self.asked:
            everything = self.kept is not None and any(each.first for each in self.kept.kept)
            path = f"{self.path}?{EVERYTHING}=1" if everything else self.path
            piece(self.desk, "clear", path=path, beside=list(self._beside()))
        self._place.__exit__(*failure)

    def words(self, name: str, label: str) -> None:
        """Taken when Enter is pressed."""
        self._shown.add(name)
        field = ui.input(self.desk.say(label), value=self.asked.get(name, "")).props("outlined dense clearable")
        field.classes("filter wide").on("keydown.enter", lambda: self._go(name, field.value))
        field.on("clear", lambda: self._go(name, ""))

    def choice(self, name: str, label: str, options: Mapping[str, str]) -> None:
        self._shown.add(name)
        made = ui.select(
            dict(options),
            label=self.desk.say(label),
            value=self.asked.get(name) if self.asked.get(name) in options else None,
            with_input=len(options) > 10,
            clearable=True,
            on_change=lambda event: self._go(name, event.value),
        )
        made.props("outlined dense options-dense").classes("filter")

    def day(self, name: str, label: str, otherwise: str = "") -> None:
        self._shown.add(name)
        field = ui.input(self.desk.say(label), value=self.asked.get(name, otherwise))
        field.props("outlined dense type=date stack-label").classes("filter")
        field.on_value_change(lambda event: self._go(name, event.value))

    def _beside(self) -> Iterator[tuple[str, str]]:
        """What the list is narrowed to by the figure that led here: in words, and the address without it."""
        for name, value in self.asked.items():
            if name not in self._shown and f"narrowed.{name}" in WORDS:
                rest = {key: text for key, text in self.asked.items() if key != name}
                said = self.desk.say(f"narrowed.{name}", value=_said(self.desk, name, value))
                yield said, f"{self.path}?{urlencode(rest)}" if rest else self.path

    def _go(self, name: str, value: object) -> None:
        kept = {key: text for key, text in {**self.asked, name: str(value or "")}.items() if text}
        ui.navigate.to(f"{self.path}?{urlencode(kept)}" if kept else self.path)


def _said(desk: Desk, name: str, value: str) -> str:
    if name.endswith(("_from", "_to")):
        moment = datetime.fromisoformat(value) if _is_time(value) else None
        return moments.exact(moment)[:16] if moment else value
    if name == "came_from":
        names = (desk.catalogue.name("departments", code, desk.language) for code in value.split(","))
        return desk.say("flow.centre") if value == CENTRE else desk.say("between").join(names)
    if name == "came_by":
        return desk.say("between").join(desk.say(f"way.{way}") for way in value.split(",") if f"way.{way}" in WORDS)
    return value


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def of_cases(filters: Filters, states: Mapping[str, str]) -> None:
    """What lists of cases and of hand-offs have in common."""
    desk, catalogue = filters.desk, filters.desk.catalogue
    several = filters.asked.get("status", "")
    if "," in several:
        whole = "closed" not in several and "verified" not in several
        states = {several: desk.say("states.open" if whole else "states.several"), **states}
    filters.choice("status", "column.state", states)
    filters.choice("colour", "cases.colour", {code: desk.say(f"colour.{code}") for code in COLOURS})
    filters.choice("department", "column.office", catalogue.options("departments", desk.language))
    filters.choice("category", "column.matter", catalogue.options("categories", desk.language))
    filters.choice("area", "column.place", catalogue.options("areas", desk.language))


def days_of(asked: Mapping[str, str]) -> dict[str, str]:
    """`from` and `to` as moments, the beginnings of those days in the district."""
    return {**asked, **{day: f"{asked[day]}T00:00:00+08:00" for day in ("from", "to") if day in asked}}
