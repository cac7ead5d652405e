"""A step as a dialog: what it needs and what follows from it; sent once, on the version that it was decided on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.inputs import Inputs
from services.console.look.screen import complain, sign_in_again
from services.console.steps import Form, body_of
from shared.world.world import new_id


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

    def show(self) -> None:
        desk, form = self.desk, self.step.form
        with ui.dialog().props("persistent") as self.dialog, ui.card():
            ui.label(self.step.name).classes("dialog-title")
            if form.note:
                ui.label(desk.say(form.note)).classes("law")
            self.inputs = Inputs(desk, form.fields, self.step.tasks)
            with ui.row().classes("actions justify-end w-full"):
                ui.button(desk.say("cancel"), on_click=self.dialog.close, color=None).props("flat no-caps")
                self.send = ui.button(self.step.name, on_click=self._take).props("unelevated no-caps")
        self.dialog.open()

    async def _take(self) -> None:
        given = self.inputs.given()
        if given is None:
            return
        self.send.props("loading")
        try:
            if await _send(self.desk, self.step, given, self.key, self.done):
                self.dialog.close()
        finally:
            self.send.props(remove="loading")
