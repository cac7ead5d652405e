"""Staff and their posts: registered, given a password and a post, ended."""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from services.console.desk import Desk
from services.console.entries import END, PASSWORD, PERSON, POST
from services.console.look.lists import Listing
from services.console.look.screen import CLICKED
from services.console.people import names_of
from services.console.screens.entry import Asking

PAGE = 200


async def posts(desk: Desk, department: str) -> None:
    listing = _Posts(desk, "/v1/posts", {"department": department}, "posts_rows", service="directory", people={})
    await listing.load()
    _above(desk, "posts", department, "post.assign", _assign)
    _show(desk, listing, {"end": _end_post})


async def people(desk: Desk, department: str) -> None:
    listing = Listing(desk, "/v1/staff", {"department": department}, "people_rows", service="directory")
    await listing.load()
    _above(desk, "people", department, "person.register", _register)
    _show(desk, listing, {"password": _password, "left": _left})


def address(tab: str, department: object) -> str:
    return f"/administration?tab={tab}" + (f"&department={department}" if department else "")


class _Posts(Listing):
    async def load(self) -> None:
        await super().load()
        self.about["people"] = await names_of(self.desk, (row["holder"] for row in self.rows))


def _above(desk: Desk, tab: str, department: str, word: str, act: Callable[[Desk], Any]) -> None:
    """Whom to show, and somebody new."""

    async def ask() -> None:
        await act(desk)

    offices = desk.catalogue.options("departments", desk.language)
    with ui.element("div").classes("filters"):
        ui.button(desk.say(word), icon="add", on_click=ask).props("unelevated no-caps")
        chosen = ui.select(
            offices,
            label=desk.say("column.office"),
            value=department if department in offices else None,
            with_input=True,
            clearable=True,
            on_change=lambda event: ui.navigate.to(address(tab, event.value)),
        )
        chosen.props("outlined dense options-dense").classes("filter wide")


def _show(desk: Desk, listing: Listing, acts: Mapping[str, Callable[[Desk, Mapping[str, str]], None]]) -> None:
    def clicked(event: GenericEventArguments) -> None:
        acts[event.args["do"]](desk, event.args)

    with ui.element("div").classes("card").on("click", clicked, js_handler=CLICKED):
        listing.show()


async def _assign(desk: Desk) -> None:
    """Only people who are there can be given a post. Raises NotSignedIn, Refusal."""
    here: dict[str, str] = {}
    cursor = None
    while True:
        page = await desk.caller.get("directory", "/v1/staff", {"limit": PAGE, "cursor": cursor})
        for person in page["items"]:
            office = desk.catalogue.name("departments", person["department"], desk.language)
            here[person["id"]] = f"{person['name']} · {office}"
        cursor = page["next"]
        if not cursor:
            break

    async def send(given: Mapping[str, Any], key: str) -> str:
        await desk.caller.post("directory", "/v1/posts", _said(given), key)
        return address("posts", given["department"])

    Asking(desk, desk.say("post.assign"), POST, send, known=here).show()


def _end_post(desk: Desk, about: Mapping[str, str]) -> None:
    async def send(given: Mapping[str, Any], key: str) -> None:
        await desk.caller.post("directory", f"/v1/posts/{about['code']}/end", _said(given), key)

    Asking(desk, desk.say("post.end"), END, send, note=about["about"]).show()


async def _register(desk: Desk) -> None:
    async def send(given: Mapping[str, Any], key: str) -> str:
        await desk.caller.post("directory", "/v1/staff", _said(given), key)
        return address("people", given["department"])

    Asking(desk, desk.say("person.register"), PERSON, send, note=desk.say("person.register.note")).show()


def _password(desk: Desk, about: Mapping[str, str]) -> None:
    async def send(given: Mapping[str, Any], key: str) -> None:
        await desk.caller.put("directory", f"/v1/staff/{about['id']}/password", _said(given), key)

    Asking(desk, desk.say("person.password"), PASSWORD, send, note=about["about"]).show()


def _left(desk: Desk, about: Mapping[str, str]) -> None:
    async def send(given: Mapping[str, Any], key: str) -> None:
        await desk.caller.post("directory", f"/v1/staff/{about['id']}/end", None, key)

    Asking(desk, desk.say("person.left"), (), send, note=f"{about['about']}：{desk.say('person.left.note')}").show()


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "")}
