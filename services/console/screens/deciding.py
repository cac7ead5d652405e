"""One case before a dispatcher: why it waits, who might act and on what ground, what it may be a duplicate of; offered
to one or several departments at once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.look.drafts import Drafted
from services.console.look.forms import Step, send, take
from services.console.look.inputs import Inputs
from services.console.look.screen import screen
from services.console.look.templates import render
from services.console.proposing import laws_of, step_of, tasks_of
from services.console.reading import Reading, read_case, read_text
from services.console.screens.pair import Pair
from services.console.steps import CASE
from shared.world.world import new_id

LEFT = ("case_reported", "deciding_suggested")
ASIDE = ("case_about", "case_clocks", "case_links")
CLICKED = """(e) => {
  const at = e.target.closest('[data-lead],[data-co],[data-step],[data-beside],[data-text]');
  if (at) { e.preventDefault(); emit({...at.dataset}); }
}"""


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    page = _Page(desk, args.path_parameters["ref"])
    await page.read()
    page.show()
    await page.began()


class _Page:
    def __init__(self, desk: Desk, ref: str) -> None:
        self.desk, self.ref = desk, ref
        self.reading: Reading
        self.suggested: Mapping[str, Any] = {}
        self.alike: Sequence[Mapping[str, Any]] = ()
        self.next: Mapping[str, Any] | None = None
        self.pieces: dict[str, ui.html] = {}
        self.key = new_id()

    async def read(self) -> None:
        """Raises NotSignedIn, Refusal."""
        ask, case = self.desk.caller, f"/v1/cases/{self.ref}"
        known = self.reading.texts if self.pieces else None
        found = await asyncio.gather(
            read_case(self.desk, self.ref, known),
            ask.get("dispatch", f"{case}/suggestions"),
            ask.get("dispatch", f"{case}/alike"),
            ask.get("dispatch", "/v1/cases", {"status": "queued", "sort": "oldest", "limit": 2}),
        )
        self.reading, self.suggested, alike, queue = found
        self.alike = alike["items"]
        self.next = next((row for row in queue["items"] if row["code"] != self.reading.case["code"]), None)

    def show(self) -> None:
        case = self.reading.case
        ui.page_title(f"{self.desk.say('deciding.title')} · {case['code']}")
        self._piece("deciding_head")
        with ui.element("div").classes("case"):
            with ui.element("div"):
                for name in LEFT:
                    self._piece(name)
                self._offer()
            with ui.element("div") as aside:
                for name in ASIDE:
                    self._piece(name)
        self._piece("deciding_alike")
        self.pair = Pair(self.desk, self.reading, self.renew)
        self.pair.show()
        self.desk.watch(aside, self._heard, case["case_id"])

    def _offer(self) -> None:
        """To one or several, at once and one after the other; only while it waits for that."""
        desk, case = self.desk, self.reading.case
        self.place = ui.element("section").classes("card")
        self.place.set_visibility("route_case" in case["steps"])
        with self.place:
            ui.html(f"<h2>{desk.say('deciding.offer')}</h2>", sanitize=False, tag="header")
            with ui.element("div").classes("body stack"):
                lead, *others = CASE["route_case"].fields
                self.inputs = Inputs(desk, [replace(lead, start=self._sure()), *others])
                self.draft = Drafted(desk.drafts, self.inputs, self._step().place)
                ui.label(desk.say("deciding.in_turn")).classes("small quiet")
                with ui.element("div").classes("actions"):
                    self.button = ui.button(desk.say("deciding.hand_on"), on_click=self._send)
                    self.button.props("unelevated no-caps")

    async def began(self) -> None:
        """With what was begun before."""
        await self.draft.restore()

    def _sure(self) -> str | None:
        """Who leads, where catalogue and list name one only."""
        able = (each for each in self.suggested["items"] if not each["problem"] and each["part"] == "lead")
        named = [each["department"] for each in able if {g["kind"] for g in each["grounds"]} & {"rule", "authority"}]
        return named[0] if len(named) == 1 else None

    def _step(self) -> Step:
        case = self.reading.case
        return Step(
            service="dispatch",
            step="route_case",
            name=self.desk.say("deciding.hand_on"),
            form=CASE["route_case"],
            id=case["case_id"],
            version=case["version"],
            tasks=tasks_of(case),
            about=case["case_id"],
            laws=laws_of(case, "route_case"),
        )

    async def _send(self) -> None:
        given = self.inputs.given()
        if given is None:
            return
        self.button.props("loading")
        try:
            if await send(self.desk, self._step(), given, self.key, self.renew):
                self.draft.sent()
                self.key = new_id()
        finally:
            self.button.props(remove="loading")

    async def _clicked(self, event: GenericEventArguments) -> None:
        data, inputs = event.args, self.inputs.made
        if "lead" in data:
            inputs["lead"].set_value(data["lead"])
        elif "co" in data:
            inputs["co_handlers"].set_value(list(dict.fromkeys([*inputs["co_handlers"].value, data["co"]])))
        elif "beside" in data:
            await self.pair.open(data["beside"])
        elif "text" in data:
            self.reading.texts[data["text"]] = await read_text(self.desk, data["owner"], data["text"])
            self._draw()
        elif (step := step_of(self.desk, self.reading, data)) is not None:
            await take(self.desk, step, self.renew)

    async def _heard(self, change: Mapping[str, Any]) -> None:
        if change["kind"] != "presence":
            await self.renew()

    async def renew(self) -> None:
        """As it stands now; what is being filled in stays."""
        if self.pieces["deciding_head"].is_deleted:
            return
        try:
            await self.read()
        except Refusal:  # it is not theirs to see any more
            return
        self.place.set_visibility("route_case" in self.reading.case["steps"])
        self._draw()
        await self.pair.renew(self.reading)

    def _draw(self) -> None:
        for name, made in self.pieces.items():
            made.set_content(self._render(name))

    def _piece(self, name: str) -> None:
        made = ui.html(self._render(name), sanitize=False).classes("piece")
        made.on("click", self._clicked, js_handler=CLICKED)
        self.pieces[name] = made

    def _render(self, name: str) -> str:
        about = {"suggested": self.suggested, "alike": self.alike, "next": self.next, "forms": CASE}
        return render(self.desk, name, case=self.reading.case, reading=self.reading, **about)
