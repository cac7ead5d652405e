"""One report: what it says, what is like it, and what becomes of it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.look.forms import Due, Step, take
from services.console.look.left import Left
from services.console.look.screen import complain, screen
from services.console.look.templates import ahead, render
from services.console.proposing import laws_of
from services.console.steps import REPORT

PURPOSES = ("contact", "verify", "notify", "legal_duty")
CLICKED = "(e) => { const at = e.target.closest('[data-step],[data-identity]'); if (at) emit({...at.dataset}); }"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    page = _Page(desk, args.path_parameters["id"])
    await page.read()
    page.show()


class _Page:
    def __init__(self, desk: Desk, id: str) -> None:
        self.desk, self.id = desk, id
        self.report: Mapping[str, Any] = {}
        self.similar: list[Mapping[str, Any]] = []
        self.identity: Mapping[str, Any] | None = None

    async def read(self) -> None:
        """Raises NotSignedIn, Refusal."""
        report, similar = await asyncio.gather(
            self.desk.caller.get("intake", f"/v1/reports/{self.id}"),
            self.desk.caller.get("intake", f"/v1/reports/{self.id}/similar"),
        )
        self.report, self.similar = report, similar["items"]

    def show(self) -> None:
        Left(self.desk, self.id, self._named, self._go_on).show()
        self.piece = ui.html(self._render(), sanitize=False).classes("piece")
        self.piece.on("click", self._clicked, js_handler=CLICKED)

    def _render(self) -> str:
        return render(
            self.desk, "report", report=self.report, similar=self.similar, forms=REPORT, identity=self.identity
        )

    async def _renew(self) -> None:
        await self.read()
        self.piece.set_content(self._render())

    async def _clicked(self, event: GenericEventArguments) -> None:
        data = event.args
        if "identity" in data:
            self._ask_why()
            return
        await take(self.desk, self._step(data["step"], data["name"]), self._renew)

    def _step(self, step: str, name: str) -> Step:
        due = self.report["screening_due_at"] if self.report["status"] == "received" else None
        return Step(
            service="intake",
            step=step,
            name=name,
            form=REPORT[step],
            id=self.id,
            version=self.report["version"],
            laws=laws_of(self.report, step),
            dues=[Due(self.desk.say("reports.screen_by"), due, ahead(due, self.desk.now()))] if due else [],
        )

    def _named(self, draft: str) -> str | None:
        found = dict(zip(self.report["steps"], self.report["step_names"], strict=True))
        return found.get(draft.partition(":")[0])

    async def _go_on(self, draft: str) -> None:
        name = self._named(draft)
        if name is not None:
            await take(self.desk, self._step(draft.partition(":")[0], name), self._renew)

    def _ask_why(self) -> None:
        with ui.dialog() as dialog, ui.card():
            ui.label(self.desk.say("reports.identity")).classes("dialog-title")
            ui.label(self.desk.say("reports.identity.note")).classes("law")
            options = {code: self.desk.say(f"purpose.{code}") for code in PURPOSES}
            purpose = ui.select(options, label=self.desk.say("reports.purpose")).props("outlined").classes("w-full")

            async def look() -> None:
                if not purpose.value:
                    purpose.props(f'error error-message="{self.desk.say("required")}"')
                    return
                try:
                    self.identity = await self.desk.caller.get(
                        "intake", f"/v1/reports/{self.id}/reporter", {"purpose": purpose.value}
                    )
                except Refusal as refusal:
                    complain(refusal)
                dialog.close()
                self.piece.set_content(self._render())

            with ui.row().classes("actions justify-end w-full"):
                ui.button(self.desk.say("cancel"), on_click=dialog.close, color=None).props("flat no-caps")
                ui.button(self.desk.say("confirm"), on_click=look).props("unelevated no-caps")
        dialog.open()
