"""One case in one page: what was reported, who acts, its clocks, what happened, and the lawful next steps."""

from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.forms import take
from services.console.look.left import Left
from services.console.look.screen import screen
from services.console.look.templates import render
from services.console.people import names_of
from services.console.proposing import FORMS, buttons, step_of
from services.console.reading import Reading, read_case, read_text

PIECES = ("case_head", "case_reported", "case_handling", "case_consultations", "case_timeline")
ASIDE = ("case_clocks", "case_about", "case_links")
PRESENT_EVERY = 20.0
CLICKED = """(e) => {
  const at = e.target.closest('[data-step],[data-text]');
  if (at) { e.preventDefault(); emit({...at.dataset}); }
}"""


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    page = _Page(desk, args.path_parameters["ref"], await read_case(desk, args.path_parameters["ref"]))
    page.show()


class _Page:
    def __init__(self, desk: Desk, ref: str, reading: Reading) -> None:
        self.desk, self.ref, self.reading = desk, ref, reading
        self.pieces: dict[str, ui.html] = {}
        self.here: list[str] = []

    def show(self) -> None:
        ui.page_title(f"{self.reading.case['category_name']} · {self.reading.case['code']}")
        Left(self.desk, self.reading.case["case_id"], self._named, self._go_on).show()
        self._piece("case_head")
        with ui.element("div").classes("case"):
            with ui.element("div"):
                for name in PIECES[1:]:
                    self._piece(name)
            with ui.element("div") as aside:
                for name in ASIDE:
                    self._piece(name)
        self.desk.watch(aside, self._heard, self.reading.case["case_id"])
        self.presence = ui.timer(PRESENT_EVERY, self._present, immediate=True, active=self._writes)

    @property
    def _writes(self) -> bool:
        return self.desk.person.is_any("handler", "grid_worker", "dispatcher", "supervisor", "clerk")

    async def _present(self) -> None:
        """Others who have the case open see that I have, and I see them."""
        try:
            told = await self.desk.caller.put("dispatch", f"/v1/cases/{self.reading.case['case_id']}/presence", {})
        except (NotSignedIn, Refusal):
            self.presence.active = False
            return
        await self._others(told["others"])

    async def _others(self, others: list[Mapping[str, str]]) -> None:
        names = await names_of(self.desk, (each["person"] for each in others))
        here = [f"{names.get(each['person'], each['role_name'])}（{each['department_name']}）" for each in others]
        if here != self.here:
            self.here = here
            self._draw()

    async def _heard(self, change: Mapping[str, Any]) -> None:
        if change["kind"] == "presence":
            mine = self.desk.person.id
            await self._others([each for each in change["others"] if each["person"] != mine])
        else:
            await self.renew()

    def _piece(self, name: str) -> None:
        made = ui.html(self._render(name), sanitize=False).classes("piece")
        made.on("click", self._clicked, js_handler=CLICKED)
        self.pieces[name] = made

    def _render(self, name: str) -> str:
        return render(self.desk, name, case=self.reading.case, reading=self.reading, forms=FORMS, here=self.here)

    async def renew(self) -> None:
        """As it stands now; what has not changed is not sent again. Nothing once somebody has gone elsewhere."""
        if self.pieces["case_head"].is_deleted:
            return
        self.reading = await read_case(self.desk, self.ref, self.reading.texts)
        self._draw()

    def _draw(self) -> None:
        for name, made in self.pieces.items():
            made.set_content(self._render(name))

    async def _clicked(self, event: GenericEventArguments) -> None:
        data = event.args
        if "text" in data:
            self.reading.texts[data["text"]] = await read_text(self.desk, data["owner"], data["text"])
            self._draw()
        elif (step := step_of(self.desk, self.reading, data)) is not None:
            await take(self.desk, step, self.renew)

    def _button(self, draft: str) -> Mapping[str, str] | None:
        code, _, id = draft.partition(":")
        return next((each for each in buttons(self.reading) if (each["step"], each["id"]) == (code, id)), None)

    def _named(self, draft: str) -> str | None:
        button = self._button(draft)
        return button["name"] if button else None

    async def _go_on(self, draft: str) -> None:
        button = self._button(draft)
        step = step_of(self.desk, self.reading, button) if button else None
        if step is not None:
            await take(self.desk, step, self.renew)
