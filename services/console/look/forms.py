"""A step as a dialog: what it needs and what follows from it; sent once, on the version that it was decided on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.screen import complain, sign_in_again
from services.console.steps import Field, Form, body_of
from shared.clocks.zone import DISTRICT_ZONE
from shared.world.world import new_id

LONGEST = 5000


@dataclass(frozen=True, slots=True)
class Step:
    """One lawful step: of `service`, on something of this `id` at this `version`. `tasks`: hand-offs to choose from."""

    service: str
    step: str
    name: str
    form: Form
    id: str
    version: int | None
    tasks: Mapping[str, str]

    @property
    def path(self) -> str:
        return self.form.path.format(id=self.id)


Done = Callable[[], Awaitable[None]]


async def take(desk: Desk, step: Step, done: Done) -> None:
    """Ask for what it needs, if anything, and take it."""
    if not step.form.fields and not step.form.note:
        await _send(desk, step, {}, new_id(), done)
        return
    _Dialog(desk, step, done).show()


async def _send(desk: Desk, step: Step, given: Mapping[str, Any], key: str, done: Done) -> bool:
    body = body_of(step.step, given)
    about = body if step.form.fields else None
    try:
        await desk.caller.post(step.service, step.path, about, key, step.version)
    except NotSignedIn:
        sign_in_again()
        return False
    except Refusal as refusal:
        complain(refusal)
        if refusal.status == 412:
            await done()
        return False
    ui.notify(desk.say("done", what=step.name), type="positive", position="top", timeout=2500)
    await done()
    return True


class _Dialog:
    def __init__(self, desk: Desk, step: Step, done: Done) -> None:
        self.desk, self.step, self.done = desk, step, done
        self.key = new_id()
        self.inputs: dict[str, Any] = {}

    def show(self) -> None:
        desk, form = self.desk, self.step.form
        with ui.dialog().props("persistent") as self.dialog, ui.card():
            ui.label(self.step.name).classes("dialog-title")
            if form.note:
                ui.label(desk.say(form.note)).classes("law")
            for field in form.fields:
                self.inputs[field.name] = self._input(field)
            with ui.row().classes("actions justify-end w-full"):
                ui.button(desk.say("cancel"), on_click=self.dialog.close, color=None).props("flat no-caps")
                self.send = ui.button(self.step.name, on_click=self._take).props("unelevated no-caps")
        self.dialog.open()

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
        return self._select(self.step.tasks, label, field)

    def _tasks(self, field: Field, label: str) -> Any:
        made = ui.select(dict(self.step.tasks), label=label, value=[], multiple=True)
        return made.props("outlined options-dense use-chips").classes("w-full")

    def _days(self, field: Field, label: str) -> Any:
        return ui.number(label, value=5, min=1, max=60, precision=0).props("outlined").classes("w-full")

    def _moment(self, field: Field, label: str) -> Any:
        return ui.input(label).props('outlined type="datetime-local" stack-label').classes("w-full")

    def _case(self, field: Field, label: str) -> Any:
        return ui.input(label, placeholder="500104-210508-QSNEBHD8").props("outlined maxlength=64").classes("w-full")

    async def _take(self) -> None:
        given: dict[str, Any] = {}
        whole = True
        for field in self.step.form.fields:
            value = _value(field, self.inputs[field.name].value)
            given[field.name] = value
            if value in (None, "", []) and not field.optional:
                self.inputs[field.name].props(f'error error-message="{self.desk.say("required")}"')
                whole = False
        if not whole:
            return
        self.send.props("loading")
        try:
            if await _send(self.desk, self.step, given, self.key, self.done):
                self.dialog.close()
        finally:
            self.send.props(remove="loading")


def _value(field: Field, value: Any) -> Any:
    if field.kind == "moment" and value:
        return datetime.fromisoformat(value).replace(tzinfo=DISTRICT_ZONE).isoformat()
    if field.kind == "days" and value is not None:
        return int(value)
    return value.strip() if isinstance(value, str) else value
