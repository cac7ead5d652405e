"""A task passed on to another department: whether it can be is asked of the service first, then the reason of the
person."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from services.console.desk import Desk
from services.console.look.forms import Done, Due, Step, take
from services.console.look.templates import colour
from services.console.steps import REASON, Form

FORM = Form("/v1/handoffs/{id}/pass-on", (REASON,))
Try = Callable[[Mapping[str, Any], str], Awaitable[None]]


async def why_not(desk: Desk, handoff: str, to: Sequence[str]) -> dict[str, str]:
    """By department, empty where it can go. Raises NotSignedIn, Refusal."""
    if not to:
        return {}
    found = await desk.caller.get("dispatch", f"/v1/handoffs/{handoff}/ways", {"to": ",".join(to)})
    return {each["department"]: each["problem"]["title"] if each["problem"] else "" for each in found["items"]}


async def pass_on(desk: Desk, card: Mapping[str, Any], to: str, done: Done) -> None:
    """Says why not, or asks for the reason and does it. Raises NotSignedIn, Refusal."""
    found = await why_not(desk, card["handoff_id"], [to])
    name = desk.catalogue.name("departments", to, desk.language)
    if found.get(to):
        title = desk.say("lanes.refused", name=name, why=found[to])
        ui.notify(title, type="negative", position="top", timeout=8000, close_button="×", multi_line=True)
        return
    dues = (
        [Due(desk.say("guide.due"), card["due_at"], colour(card["warned"], card["lapsed"]))] if card["due_at"] else []
    )
    word = "lanes.again" if card["status"] == "offered" else "lanes.pass_to"
    about = {"id": card["handoff_id"], "about": card["case_id"], "given": {"to": to}, "version": None}
    step = Step("dispatch", "pass_on_handoff", desk.say(word, name=name), FORM, dues=dues, **about)
    await take(desk, step, done)


async def ask_where(desk: Desk, card: Mapping[str, Any], go: Try) -> None:
    """The same as dragging, by keyboard."""
    options = {
        code: name
        for code, name in desk.catalogue.options("departments", desk.language).items()
        if code != card["department"]
    }
    with ui.dialog() as dialog, ui.card():
        ui.label(desk.say("lanes.menu")).classes("dialog-title")
        ui.label(f"{card['category_name']} · {card['code']} · {card['department_name']}").classes("law")
        chosen = ui.select(options, label=desk.say("field.department"), with_input=True)
        chosen.props("outlined options-dense autofocus").classes("w-full")
        said = ui.label().classes("small why-not").props('role="status"')

        async def look() -> None:
            found = await why_not(desk, card["handoff_id"], [chosen.value]) if chosen.value else {}
            said.set_text(found.get(chosen.value, ""))
            send.set_enabled(bool(chosen.value) and not found.get(chosen.value))

        async def onward() -> None:
            dialog.close()
            await go(card, chosen.value)

        chosen.on_value_change(look)
        with ui.row().classes("actions justify-end w-full"):
            ui.button(desk.say("cancel"), on_click=dialog.close, color=None).props("flat no-caps")
            send = ui.button(desk.say("go_on"), on_click=onward).props("unelevated no-caps")
            send.set_enabled(False)
    dialog.open()
