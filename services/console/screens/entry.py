"""One entry of the directory with all its versions; changed from a day on, ended from a day on, shown before it is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any

from nicegui import PageArguments, ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.entries import CODE, END, ENTRIES, body_of, changed, flat
from services.console.look.inputs import Inputs
from services.console.look.screen import complain, piece, screen, show_anew, sign_in_again
from services.console.steps import Field
from shared.clocks.zone import DISTRICT_ZONE
from shared.world.world import new_id

Send = Callable[[Mapping[str, Any], str], Awaitable[str | None]]
"""What was given, and a key; where to go then, if not here."""


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    kind, code = args.path_parameters["kind"], args.path_parameters["code"]
    if kind not in ENTRIES:
        raise Refusal(404, "not_found", desk.say("nothing.here"))
    found = await desk.caller.get("directory", f"/v1/{kind}/{code}")
    piece(desk, "entry_head", kind=kind, code=code, title=title_of(desk, kind, found["versions"][-1]))
    if desk.person.is_any("administrator"):
        _buttons(desk, kind, code, found)
    today = desk.now().astimezone(DISTRICT_ZONE).date().isoformat()
    with ui.element("div").classes("card"):
        piece(desk, "entry_versions", kind=kind, versions=found["versions"][::-1], today=today)


def _buttons(desk: Desk, kind: str, code: str, found: Mapping[str, Any]) -> None:
    last = found["versions"][-1]
    with ui.element("div").classes("actions"):
        ui.button(desk.say("entry.change"), on_click=lambda: change(desk, kind, last, found["version"])).props(
            "unelevated no-caps"
        )
        if not ENTRIES[kind].lasting:
            end = ui.button(
                desk.say("entry.end"), on_click=lambda: _end(desk, kind, code, found["version"]), color=None
            )
            end.props("outline no-caps")


def title_of(desk: Desk, kind: str, version: Mapping[str, Any]) -> str:
    """Its name; of what has none what it is about."""
    if "name" in version:
        return str(version["name"][desk.language])
    if version.get("category"):
        return desk.catalogue.name("categories", version["category"], desk.language)
    return f"{desk.say('tab.' + kind)} · {version['code']}"


def begin(desk: Desk, kind: str) -> None:
    """A new entry, with a code of its own."""
    _Change(desk, kind, {}, None).show()


def change(desk: Desk, kind: str, before: Mapping[str, Any], version: int) -> None:
    _Change(desk, kind, before, version).show()


def _end(desk: Desk, kind: str, code: str, version: int) -> None:
    async def send(given: Mapping[str, Any], key: str) -> None:
        body = {name: value for name, value in given.items() if value}
        await desk.caller.post("directory", f"/v1/{kind}/{code}/end", body, key, version)

    Asking(desk, desk.say("entry.end"), END, send, note=desk.say("entry.end.note")).show()


class Asking:
    """A dialog that asks for `fields`, sends them once, and shows the page anew. `known`: whom to choose from."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        fields: Sequence[Field],
        send: Send,
        known: Mapping[str, str] | None = None,
        note: str = "",
        start: Mapping[str, Any] | None = None,
    ) -> None:
        self.desk, self.title, self.fields, self.send = desk, title, fields, send
        self.known, self.note, self.start = known, note, start
        self.key = new_id()

    def show(self) -> None:
        desk = self.desk
        with ui.dialog().props("persistent") as self.dialog, ui.card():
            ui.label(self.title).classes("dialog-title")
            if self.note:
                ui.label(self.note).classes("law")
            self.inputs = Inputs(desk, self.fields, self.known, self.start)
            self.preview = ui.element("div").classes("w-full")
            with ui.row().classes("actions justify-end w-full"):
                ui.button(desk.say("cancel"), on_click=self.dialog.close, color=None).props("flat no-caps")
                self.go = ui.button(self.title, on_click=self._take).props("unelevated no-caps")
        self.dialog.open()

    async def _take(self) -> None:
        given = self.inputs.given()
        if given is None or not self._shown_first(given):
            return
        try:
            then = await self.send(given, self.key)
        except NotSignedIn:
            sign_in_again()
        except Refusal as refusal:
            complain(refusal)
        else:
            self.dialog.close()
            ui.notify(self.desk.say("done", what=self.title), type="positive", position="top", timeout=2500)
            if then and then != ui.context.client.sub_pages_router.current_path:
                ui.navigate.to(then)
            else:
                await show_anew()

    def _shown_first(self, given: Mapping[str, Any]) -> bool:
        """Whether it may be sent: what has to be looked at before has been."""
        return True


class _Change(Asking):
    """What would change is shown first, and sent when it is confirmed as shown."""

    def __init__(self, desk: Desk, kind: str, before: Mapping[str, Any], version: int | None) -> None:
        self.kind, self.before, self.version = kind, before, version
        form, new = ENTRIES[kind], version is None
        self.seen: Mapping[str, Any] | None = None
        dated = {} if new or form.lasting else {"valid_from": tomorrow(desk), "valid_to": before.get("valid_to")}
        super().__init__(
            desk,
            desk.say("entry.new" if new else "entry.change"),
            (CODE, *form.asked) if new else form.asked,
            self._put,
            start={**flat(before), **dated},
        )

    async def _put(self, given: Mapping[str, Any], key: str) -> None:
        code = given.get("code") or self.before["code"]
        body = body_of(self.kind, given, self.before)
        await self.desk.caller.put("directory", f"/v1/{self.kind}/{code}", body, key, self.version)

    def _shown_first(self, given: Mapping[str, Any]) -> bool:
        if self.seen == given:
            return True
        self.seen = dict(given)
        desk, differing = self.desk, changed(ENTRIES[self.kind].fields, given, self.before)
        found = [
            (_label(desk, field), _said(desk, field, was), _said(desk, field, now)) for field, was, now in differing
        ]
        self.preview.clear()
        with self.preview:
            piece(self.desk, "entry_change", found=found, given=given)
        self.go.set_text(self.desk.say("entry.confirm"))
        return False


def tomorrow(desk: Desk) -> str:
    """The district's: what holds today stays so to its end."""
    return date.fromordinal(desk.now().astimezone(DISTRICT_ZONE).toordinal() + 1).isoformat()


def _label(desk: Desk, field: Field) -> str:
    return desk.say(field.word or f"field.{field.name}")


def _said(desk: Desk, field: Field, value: Any) -> str:
    """With names for codes."""
    lists = {
        **dict.fromkeys(("department", "departments"), "departments"),
        **dict.fromkeys(("area", "any_area"), "areas"),
        "category": "categories",
        "clock": "clocks",
    }
    if value in (None, "", []):
        return "—"
    if isinstance(value, list | tuple):
        return "、".join(_said(desk, field, each) for each in value)
    if field.kind in lists:
        return desk.catalogue.name(lists[field.kind], str(value), desk.language)
    if field.kind == "choice":
        return desk.say(f"choice.{(field.word or f'field.{field.name}').removeprefix('field.')}.{value}")
    return str(value)
