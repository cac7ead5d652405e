"""What every screen is built in: it says that it loads, why it is refused, or that somebody has to sign in again."""

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import quote

from nicegui import PageArguments, ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.templates import render

Build = Callable[[Desk, PageArguments], Awaitable[None]]


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


def sign_in_again() -> None:
    """Back here afterwards."""
    here = ui.context.client.sub_pages_router.current_path
    ui.navigate.to(f"/auth/sign-in?to={quote(here, safe='')}")


def complain(refusal: Refusal) -> None:
    """Of a step: what was typed stays where it is."""
    ui.notify(refusal.why, type="negative", position="top", timeout=8000, close_button="×", multi_line=True)
