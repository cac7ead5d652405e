"""What every screen is built in: it says that it loads, why it is refused, or that somebody has to sign in again."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import quote

from nicegui import PageArguments, ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.templates import render

Build = Callable[[Desk, PageArguments], Awaitable[None]]
Answer = TypeVar("Answer")
CLICKED = "(e) => { const at = e.target.closest('[data-do]'); if (at) emit({...at.dataset}); }"
"""Of a piece: what is told when something in it is clicked that has `data-do`."""


def screen(build: Build) -> Build:
    """A function that builds a screen from what services answer."""

    @wraps(build)
    async def shown(desk: Desk, args: PageArguments) -> None:
        with ui.element("div").classes("screen") as place:
            loading = piece(desk, "loading")
            try:
                with place:
                    await build(desk, args)
                loading.delete()
            except NotSignedIn:
                sign_in_again()
            except Refusal as refusal:
                place.clear()
                with place:
                    piece(desk, "refused", why=refusal.why, status=refusal.status)
            except Exception:  # said to whoever waits for the screen; the log has what it was
                place.clear()
                with place:
                    piece(desk, "refused", why=desk.say("refused.broken"), status=500)
                raise

    return shown


def piece(desk: Desk, template: str, **about: object) -> ui.html:
    """A template in the page."""
    return ui.html(render(desk, template, **about), sanitize=False).classes("piece")


def show_in_dialog(desk: Desk, template: str, **about: object) -> None:
    """A template over the page, to be read and closed."""
    with ui.dialog() as dialog, ui.card().classes("wide-card"):
        piece(desk, template, **about)
        with ui.row().classes("actions justify-end w-full"):
            ui.button(desk.say("close"), on_click=dialog.close, color=None).props("flat no-caps")
    dialog.open()


def sign_in_again() -> None:
    """Back here afterwards."""
    here = ui.context.client.sub_pages_router.current_path
    ui.navigate.to(f"/auth/sign-in?to={quote(here, safe='')}")


async def answered(asking: Awaitable[Answer]) -> Answer | None:
    """What a service answers to a click; None where it does not, which has been said then."""
    try:
        return await asking
    except NotSignedIn:
        sign_in_again()
    except Refusal as refusal:
        complain(refusal)
    return None


def complain(refusal: Refusal) -> None:
    """Of a step: what was typed stays where it is."""
    ui.notify(refusal.why, type="negative", position="top", timeout=8000, close_button="×", multi_line=True)
