"""Undo: right after a step that the procedure can take back, for a minute and wherever one has gone meanwhile. Later
the same is an ordinary step of the case."""

import time
from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.screen import complain, sign_in_again
from services.console.undoing import Back
from shared.world.world import new_id

WITHIN = 60
"""Seconds."""


class Undoing:
    """One per window: what was done last, and what would take it back."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._back: Sequence[Back] = ()
        self._version: int | None = None
        self._done: Callable[[], Awaitable[None]] | None = None
        self._until = 0.0
        with ui.element("div").classes("undo").props('role="status"') as self.bar:
            self.what = ui.label()
            self.button = ui.button(desk.say("undo"), on_click=self._undo, color=None).props("flat no-caps dense")
            self.left = ui.label().classes("quiet small num").props('aria-hidden="true"')
            ui.button(icon="close", on_click=self._hide, color=None).props(
                f'flat round dense size=sm aria-label="{desk.say("close")}"'
            )
        self.timer = ui.timer(1.0, self._tick, active=False)
        self._hide()

    def offer(self, what: str, back: Sequence[Back], version: int | None, done: Callable[[], Awaitable[None]]) -> None:
        """`version`: as the step has left it; once somebody else has gone on from there, the service refuses."""
        if not back:
            self._hide()
            return
        self._back, self._version, self._done = back, version, done
        self._until = time.monotonic() + WITHIN
        hint = "undo.with_reason" if any(each.reason for each in back) else "undo.plain"
        self.what.set_text(self.desk.say("done", what=what))
        self.button.props(f'title="{self.desk.say(hint)}"')
        self.bar.set_visibility(True)
        self.timer.active = True
        self._tick()

    def _tick(self) -> None:
        left = round(self._until - time.monotonic())
        if left <= 0:
            self._hide()
        self.left.set_text(self.desk.say("undo.left", n=max(left, 0)))

    def _hide(self) -> None:
        self.bar.set_visibility(False)
        self.timer.active = False

    async def _undo(self) -> None:
        self._hide()
        version = self._version
        for each in self._back:
            reason = {"reason": self.desk.say("undo.reason")} if each.reason else None
            try:
                answer = await self.desk.caller.post("dispatch", each.path, each.body or reason, new_id(), version)
            except NotSignedIn:
                sign_in_again()
                return
            except Refusal as refusal:
                complain(refusal)
                break
            version = answer.get("version")
        else:
            ui.notify(self.desk.say("undo.done"), type="positive", position="top", timeout=2500)
        if self._done is not None:
            await self._done()
