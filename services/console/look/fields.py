"""The fields of a step, each as its kind is filled in; kept as a draft while somebody is at it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui

from services.console.desk import Desk
from services.console.look.drafts import Place
from services.console.steps import Field
from shared.clocks.zone import DISTRICT_ZONE

LONGEST = 5000
CODE = "500104-210508-QSNEBHD8"
TYPED = frozenset({"long", "days", "moment", "case"})
"""What the browser itself sees being typed."""


class Fields:
    """To be filled with `add` where they are to stand. `tasks`: hand-offs to choose from."""

    def __init__(self, desk: Desk, tasks: Mapping[str, str], place: Place) -> None:
        self.desk, self.tasks, self.place = desk, tasks, place
        self.fields: dict[str, Field] = {}
        self.inputs: dict[str, Any] = {}

    def add(self, fields: Sequence[Field]) -> None:
        for field in fields:
            made = self._input(field)
            self.fields[field.name], self.inputs[field.name] = field, made
            if self.desk.drafts is not None:
                self.desk.drafts.keep(self.place, field.name, made, typed=field.kind in TYPED)

    async def restore(self) -> bool:
        """What was begun before; whether anything was."""
        if self.desk.drafts is None or not self.fields:
            return False
        found = await self.desk.drafts.read(self.place)
        for name, value in found.items():
            if name in self.inputs and _is_possible(self.inputs[name], value):
                self.inputs[name].set_value(value)
        return bool(found)

    def dropped(self) -> None:
        """It was sent: the browser forgets it."""
        if self.desk.drafts is not None:
            self.desk.drafts.drop(self.place)

    def given(self) -> dict[str, Any] | None:
        """By name; None where something is missing, which is said there."""
        given: dict[str, Any] = {}
        whole = True
        for name, field in self.fields.items():
            made = self.inputs[name]
            made.props(remove="error error-message")
            given[name] = _value(field, made.value)
            if given[name] in (None, "", []) and not field.optional:
                made.props(f'error error-message="{self.desk.say("required")}"')
                whole = False
        return given if whole else None

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
            "task": self._task,
            "tasks": self._tasks,
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

    def _task(self, field: Field, label: str) -> Any:
        return self._select(self.tasks, label, field)

    def _tasks(self, field: Field, label: str) -> Any:
        made = ui.select(dict(self.tasks), label=label, value=[], multiple=True)
        return made.props("outlined options-dense use-chips").classes("w-full")

    def _days(self, field: Field, label: str) -> Any:
        return ui.number(label, value=5, min=1, max=60, precision=0).props("outlined").classes("w-full")

    def _moment(self, field: Field, label: str) -> Any:
        return ui.input(label).props('outlined type="datetime-local" stack-label').classes("w-full")

    def _case(self, field: Field, label: str) -> Any:
        return ui.input(label, placeholder=CODE).props("outlined maxlength=64").classes("w-full")


def _is_possible(made: Any, value: Any) -> bool:
    """A choice may have gone since."""
    options = getattr(made, "options", None)
    if options is None:
        return value is not None
    values = value if isinstance(value, list) else [value]
    return all(each in options for each in values)


def _value(field: Field, value: Any) -> Any:
    if field.kind == "moment" and value:
        return datetime.fromisoformat(value).replace(tzinfo=DISTRICT_ZONE).isoformat()
    if field.kind == "days" and value is not None:
        return int(value)
    return value.strip() if isinstance(value, str) else value
