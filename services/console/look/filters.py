"""Filters above a list. A choice goes into the address, so that a list can be sent to somebody and gone back to."""

from collections.abc import Mapping
from urllib.parse import urlencode

from nicegui import ui

from services.console.desk import Desk

COLOURS = ("green", "yellow", "red", "lapsed")


def filters(desk: Desk, path: str, asked: Mapping[str, str], states: Mapping[str, str], words: bool = False) -> None:
    """`asked`: what the list is narrowed to now; `words`: it can be searched, too."""
    language, catalogue = desk.language, desk.catalogue

    def go(name: str, value: object) -> None:
        wanted = {**asked, name: str(value or "")}
        kept = urlencode({key: text for key, text in wanted.items() if text})
        ui.navigate.to(f"{path}?{kept}" if kept else path)

    def choice(name: str, label: str, options: Mapping[str, str]) -> None:
        made = ui.select(
            dict(options),
            label=desk.say(label),
            value=asked.get(name) if asked.get(name) in options else None,
            with_input=len(options) > 10,
            clearable=True,
            on_change=lambda event: go(name, event.value),
        )
        made.props("outlined dense options-dense").classes("filter")

    with ui.element("div").classes("filters"):
        if words:
            field = ui.input(desk.say("cases.q"), value=asked.get("q", "")).props("outlined dense clearable")
            field.classes("filter wide").on("keydown.enter", lambda: go("q", field.value)).on(
                "clear", lambda: go("q", "")
            )
        choice("status", "column.state", states)
        choice("colour", "cases.colour", {code: desk.say(f"colour.{code}") for code in COLOURS})
        choice("department", "column.office", catalogue.options("departments", language))
        choice("category", "column.matter", catalogue.options("categories", language))
        choice("area", "column.place", catalogue.options("areas", language))
        if asked:
            ui.html(f'<a class="btn" href="{path}">{desk.say("clear")}</a>', sanitize=False)
