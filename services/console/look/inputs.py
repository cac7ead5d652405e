"""The inputs of a form: one for each field, by its kind; and what was put into them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui

from services.console.desk import Desk
from services.console.steps import Field
from shared.clocks.zone import DISTRICT_ZONE

LONGEST, SHORT = 5000, 200


class Inputs:
    """In the place where it is made. `known`: hand-offs or people to choose from, by id. `start`: what is there."""

    def __init__(
        self,
        desk: Desk,
        fields: Sequence[Field],
        known: Mapping[str, str] | None = None,
        start: Mapping[str, Any] | None = None,
    ) -> None:
        self.desk, self.fields, self.known = desk, fields, known or {}
        self.made: dict[str, Any] = {field.name: self._input(field) for field in fields}
        for field in fields:
            if start and start.get(field.name) is not None:
                self.made[field.name].value = _shown(field, start[field.name])

    def given(self) -> dict[str, Any] | None:
        """By name; None where something is missing, which is then said at its input."""
        given = {field.name: _value(field, self.made[field.name].value) for field in self.fields}
        missing = [field for field in self.fields if not field.optional and given[field.name] in (None, "", [])]
        for field in self.fields:
            self.made[field.name].props(remove="error error-message")
        for field in missing:
            self.made[field.name].props(f'error error-message="{self.desk.say("required")}"')
        return None if missing else given

    def _input(self, field: Field) -> Any:
        label = self.desk.say(field.word or f"field.{field.name}") + (
            self.desk.say("optional") if field.optional else ""
        )
        make = {
            "long": self._long,
            "department": self._one_department,
            "departments": self._departments,
            "area": self._area,
            "category": self._category,
            "choice": self._choice,
            "days": self._days,
            "moment": self._moment,
            "case": self._case,
            "task": self._known,
            "tasks": self._several,
            "known": self._known,
            "line": self._line,
            "secret": self._secret,
            "number": self._number,
            "day": self._day,
            "dates": self._dates,
            "any_area": self._any_area,
            "clock": self._clock,
        }[field.kind]
        return make(field, label)

    def _long(self, field: Field, label: str) -> Any:
        return ui.textarea(label).props(f"outlined autogrow counter maxlength={LONGEST}").classes("w-full")

    def _select(self, options: Mapping[str, str], label: str, field: Field, **more: Any) -> Any:
        made = ui.select(dict(options), label=label, value=field.start, with_input=len(options) > 8, **more)
        return made.props("outlined options-dense" + (" clearable" if field.optional else "")).classes("w-full")

    def _one_department(self, field: Field, label: str) -> Any:
        return self._select(self.desk.catalogue.options("departments", self.desk.language), label, field)

    def _departments(self, field: Field, label: str) -> Any:
        options = self.desk.catalogue.options("departments", self.desk.language)
        made = ui.select(options, label=label, value=[], with_input=True, multiple=True)
        return made.props("outlined options-dense use-chips").classes("w-full")

    def _area(self, field: Field, label: str) -> Any:
        return self._select(self.desk.catalogue.grids(self.desk.language), label, field)

    def _category(self, field: Field, label: str) -> Any:
        return self._select(self.desk.catalogue.options("categories", self.desk.language), label, field)

    def _choice(self, field: Field, label: str) -> Any:
        words = (field.word or f"field.{field.name}").removeprefix("field.")
        options = {code: self.desk.say(f"choice.{words}.{code}") for code in field.choices}
        return self._select(options, label, field)

    def _known(self, field: Field, label: str) -> Any:
        return self._select(self.known, label, field)

    def _several(self, field: Field, label: str) -> Any:
        made = ui.select(dict(self.known), label=label, value=[], multiple=True)
        return made.props("outlined options-dense use-chips").classes("w-full")

    def _any_area(self, field: Field, label: str) -> Any:
        catalogue, language = self.desk.catalogue, self.desk.language
        options = {code: " · ".join(catalogue.way_to(code, language)) for code in sorted(catalogue.areas)}
        return self._select(options, label, field)

    def _clock(self, field: Field, label: str) -> Any:
        return self._select(self.desk.catalogue.options("clocks", self.desk.language), label, field)

    def _line(self, field: Field, label: str) -> Any:
        return ui.input(label).props(f"outlined maxlength={SHORT}").classes("w-full")

    def _secret(self, field: Field, label: str) -> Any:
        made = ui.input(label, password=True, password_toggle_button=True)
        return made.props('outlined autocomplete="new-password"').classes("w-full")

    def _number(self, field: Field, label: str) -> Any:
        start = field.start if isinstance(field.start, int) else None
        return ui.number(label, value=start, min=1, max=10_000, precision=0).props("outlined").classes("w-full")

    def _day(self, field: Field, label: str) -> Any:
        return ui.input(label).props('outlined type="date" stack-label').classes("w-full")

    def _dates(self, field: Field, label: str) -> Any:
        hint = self.desk.say("field.dates.hint")
        return ui.textarea(label).props(f'outlined autogrow hint="{hint}"').classes("w-full")

    def _days(self, field: Field, label: str) -> Any:
        return ui.number(label, value=5, min=1, max=60, precision=0).props("outlined").classes("w-full")

    def _moment(self, field: Field, label: str) -> Any:
        return ui.input(label).props('outlined type="datetime-local" stack-label').classes("w-full")

    def _case(self, field: Field, label: str) -> Any:
        return ui.input(label, placeholder="500104-210508-QSNEBHD8").props("outlined maxlength=64").classes("w-full")


def _value(field: Field, value: Any) -> Any:
    if field.kind == "moment" and value:
        return datetime.fromisoformat(value).replace(tzinfo=DISTRICT_ZONE).isoformat()
    if field.kind in ("days", "number") and value is not None:
        return int(value)
    if field.kind == "dates":
        return (value or "").split()
    return value.strip() if isinstance(value, str) else value


def _shown(field: Field, value: Any) -> Any:
    """As the input of this kind has it."""
    return "\n".join(value) if field.kind == "dates" else value
