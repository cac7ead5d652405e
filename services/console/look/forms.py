"""A step as a dialog: what it needs, what the law says of it, what follows; sent once, on the version that it was
decided on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.drafts import Drafted, Place
from services.console.look.inputs import Inputs
from services.console.look.screen import complain, piece, sign_in_again
from services.console.steps import Form, body_of
from services.console.undoing import ways_back
from shared.world.world import new_id


@dataclass(frozen=True, slots=True)
class Due:
    """A time that has to do with a step; `colour`: of its clock."""

    name: str
    at: str
    colour: str = "none"


@dataclass(frozen=True, slots=True)
class Step:
    """One lawful step: of `service`, on something of this `id` at this `version`. `tasks`: hand-offs to choose from.

    `about`: what it is kept with as a draft, a case mostly. `given`: what is settled already. `laws`, `dues`: what the
    guide says of it.
    """

    service: str
    step: str
    name: str
    form: Form
    id: str
    version: int | None
    tasks: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    laws: Sequence[Mapping[str, str]] = ()
    dues: Sequence[Due] = ()

    @property
    def path(self) -> str:
        return self.form.path.format(id=self.id)

    @property
    def place(self) -> Place:
        return Place(self.about or self.id, f"{self.step}:{self.id}")


Done = Callable[[], Awaitable[None]]


async def take(desk: Desk, step: Step, done: Done) -> None:
    """Ask for what it needs, if anything, and take it."""
    if not step.form.fields and not step.form.note:
        await send(desk, step, {}, new_id(), done)
        return
    await _Dialog(desk, step, done).show()


async def send(desk: Desk, step: Step, given: Mapping[str, Any], key: str, done: Done) -> bool:
    """Whether it was taken. With a way back it is offered for a while."""
    body = body_of(step.step, {**step.given, **given})
    about = body if step.form.fields or step.given else None
    try:
        answer = await desk.caller.post(step.service, step.path, about, key, step.version)
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
    if desk.undoing is not None and step.service == "dispatch":
        back = ways_back(step.step, answer, body, list(step.tasks), step.id)
        desk.undoing.offer(step.name, back, answer.get("version"), done)
    return True


class _Dialog:
    def __init__(self, desk: Desk, step: Step, done: Done) -> None:
        self.desk, self.step, self.done = desk, step, done
        self.key = new_id()

    async def show(self) -> None:
        desk, form = self.desk, self.step.form
        with ui.dialog().props("persistent") as self.dialog, ui.card():
            ui.label(self.step.name).classes("dialog-title")
            if form.note:
                ui.label(desk.say(form.note)).classes("law")
            if self.step.laws or self.step.dues:
                piece(desk, "guide", laws=self.step.laws, dues=self.step.dues)
            self.inputs = Inputs(desk, form.fields, self.step.tasks)
            self.draft = Drafted(desk.drafts, self.inputs, self.step.place)
            self.kept = ui.label(desk.say("draft.restored")).classes("small quiet")
            self.kept.set_visibility(False)
            with ui.row().classes("actions justify-end w-full"):
                ui.button(desk.say("cancel"), on_click=self.dialog.close, color=None).props("flat no-caps")
                self.send = ui.button(self.step.name, on_click=self._take).props("unelevated no-caps")
        self.dialog.open()
        self.kept.set_visibility(await self.draft.restore())

    async def _take(self) -> None:
        given = self.inputs.given()
        if given is None:
            return
        self.send.props("loading")
        try:
            if await send(self.desk, self.step, given, self.key, self.done):
                self.draft.sent()
                self.dialog.close()
        finally:
            self.send.props(remove="loading")
