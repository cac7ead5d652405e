"""Open tasks by department, as cards: a dispatcher passes one on by dragging it to another lane or by its menu; where
the law or the procedure does not let, it is said why before anything is asked."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.filters import Filters
from services.console.look.passing import ask_where, pass_on, why_not
from services.console.look.screen import complain, piece, screen, sign_in_again
from services.console.look.templates import render
from services.console.screens.board import by_department

LANES, CARDS, MOST = 5, 8, 10
ASKED = ("department", "category", "area")
DRAG = """(e) => {
  const card = e.target.closest('[data-card]');
  if (!card) return;
  e.dataTransfer.setData('text/plain', card.dataset.card);
  e.dataTransfer.effectAllowed = 'move';
  card.classList.add('going');
  emit({...card.dataset});
}"""
OVER = """(e) => {
  const lane = e.target.closest('[data-lane]');
  if (!lane) return;
  e.preventDefault();
  document.querySelectorAll('.lane-column.over').forEach((each) => each !== lane && each.classList.remove('over'));
  lane.classList.add('over');
}"""
DROP = """(e) => {
  const lane = e.target.closest('[data-lane]');
  if (!lane) return;
  e.preventDefault();
  emit({handoff: e.dataTransfer.getData('text/plain'), to: lane.dataset.lane});
}"""
END = """(e) => {
  document.querySelectorAll('.lane-column').forEach((each) => each.classList.remove('over', 'may-not', 'may'));
  document.querySelectorAll('.going').forEach((each) => each.classList.remove('going'));
  emit();
}"""
CLICKED = "(e) => { const at = e.target.closest('[data-pass]'); if (at) emit({...at.dataset}); }"
MARK = """(ways) => document.querySelectorAll('[data-lane]').forEach((lane) => {
  const why = ways[lane.dataset.lane];
  if (why === undefined || !document.querySelector('.going')) return;
  lane.classList.add(why ? 'may-not' : 'may');
  lane.querySelector('.lane-why').textContent = why || '';
})"""


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    asked = {name: value for name, value in args.query_parameters.items() if name in ASKED and value}
    page = _Page(desk, asked)
    await page.read()
    page.show()


class _Page:
    def __init__(self, desk: Desk, asked: Mapping[str, str]) -> None:
        self.desk, self.asked = desk, asked
        self.lanes: list[dict[str, Any]] = []
        self.dragging, self.missed = False, False

    async def read(self) -> None:
        """The lanes asked for, else those that are latest. Raises NotSignedIn, Refusal."""
        narrowed = {name: value for name, value in self.asked.items() if name != "department"}
        figures = await self.desk.caller.get("dispatch", "/v1/figures/handoffs", narrowed)
        self.desk.heard(figures["as_of"])
        busy = by_department(figures["items"])
        wanted = [code for code in self.asked.get("department", "").split(",") if code][:MOST]
        codes = wanted or [each["code"] for each in busy[:LANES]]
        counted = {each["code"]: each for each in busy}
        cards = await asyncio.gather(*(self._cards(code, narrowed) for code in codes))
        self.lanes = [
            {**self._counted(code, counted), "cards": shown} for code, shown in zip(codes, cards, strict=True)
        ]

    def _counted(self, code: str, counted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        found = counted.get(code, {"code": code, "open": 0})
        return {**found, "name": self.desk.catalogue.name("departments", code, self.desk.language)}

    async def _cards(self, department: str, narrowed: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        asked = {**narrowed, "department": department, "limit": CARDS}
        cards: Sequence[Mapping[str, Any]] = (await self.desk.caller.get("dispatch", "/v1/handoffs", asked))["items"]
        return cards

    def show(self) -> None:
        desk, catalogue = self.desk, self.desk.catalogue
        with ui.element("div").classes("head"):
            piece(desk, "title", heading="lanes")
        with Filters(desk, "/lanes", self.asked) as filters:
            filters.choice("category", "column.matter", catalogue.options("categories", desk.language))
            filters.choice("area", "column.place", catalogue.options("areas", desk.language))
            there = {lane["code"] for lane in self.lanes}
            names = catalogue.options("departments", desk.language)
            added = {",".join([*there, code]): name for code, name in names.items() if code not in there}
            filters.choice("department", "lanes.add", added)
        self.place = ui.html(self._render(), sanitize=False).classes("piece lanes-place")
        self.place.on("click", self._clicked, js_handler=CLICKED)
        if self.desk.person.is_any("dispatcher"):
            self.place.on("dragstart", self._begun, js_handler=DRAG)
            self.place.on("dragover", js_handler=OVER)
            self.place.on("drop", self._dropped, js_handler=DROP)
            self.place.on("dragend", self._ended, js_handler=END)
        self.desk.watch(self.place, self._heard)

    def _render(self) -> str:
        return render(self.desk, "lanes", lanes=self.lanes, may=self.desk.person.is_any("dispatcher"))

    async def renew(self) -> None:
        if self.place.is_deleted:
            return
        await self.read()
        self.place.set_content(self._render())

    async def _heard(self, change: Mapping[str, Any]) -> None:
        """Not under the hand of whoever is dragging."""
        if self.dragging:
            self.missed = True
        elif change["kind"] != "presence":
            await self.renew()

    def _card(self, id: str) -> Mapping[str, Any] | None:
        return next((card for lane in self.lanes for card in lane["cards"] if card["handoff_id"] == id), None)

    async def _begun(self, event: GenericEventArguments) -> None:
        """Each lane shows whether the task could go there."""
        self.dragging = True
        card = self._card(event.args["card"])
        if card is None:
            return
        others = [lane["code"] for lane in self.lanes if lane["code"] != card["department"]]
        try:
            found = await why_not(self.desk, card["handoff_id"], others)
        except (NotSignedIn, Refusal):
            return
        ui.run_javascript(f"({MARK})({json.dumps(found)})")

    async def _ended(self) -> None:
        self.dragging = False
        if self.missed:
            self.missed = False
            await self.renew()

    async def _dropped(self, event: GenericEventArguments) -> None:
        card, to = self._card(event.args["handoff"]), event.args["to"]
        if card is None or card["department"] == to:
            return
        await self._try(card, to)

    async def _clicked(self, event: GenericEventArguments) -> None:
        card = self._card(event.args["pass"])
        if card is not None:
            await ask_where(self.desk, card, self._try)

    async def _try(self, card: Mapping[str, Any], to: str) -> None:
        try:
            await pass_on(self.desk, card, to, self.renew)
        except NotSignedIn:
            sign_in_again()
        except Refusal as refusal:
            complain(refusal)
