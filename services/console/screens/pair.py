"""Two cases side by side, to see whether they are one: each text as far as this person may read it, and what each way
of bringing them together says to their reporters."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.look.forms import Done, Step, take
from services.console.look.screen import complain
from services.console.look.templates import render
from services.console.proposing import laws_of, tasks_of
from services.console.reading import Reading, read_case
from services.console.steps import Form

CLICKED = "(e) => { const at = e.target.closest('[data-do]'); if (at) emit({...at.dataset}); }"
WAYS: Mapping[str, tuple[str, str]] = {
    "merge_into": ("merge_case", "/v1/cases/{id}/merge"),
    "merge_here": ("merge_case", "/v1/cases/{id}/merge"),
    "link": ("link_case", "/v1/cases/{id}/links"),
}
"""By button: the step, and its route; of which of the two is said by the button."""


class Pair:
    """Nothing until a case is put beside."""

    def __init__(self, desk: Desk, reading: Reading, done: Done) -> None:
        self.desk, self.reading, self.done = desk, reading, done
        self.other: Reading | None = None

    def show(self) -> None:
        self.place = ui.html("", sanitize=False).classes("piece")
        self.place.on("click", self._clicked, js_handler=CLICKED)

    async def open(self, ref: str) -> None:
        try:
            self.other = await read_case(self.desk, ref)
        except Refusal as refusal:
            complain(refusal)
            return
        self._draw()
        ui.run_javascript("document.getElementById('pair')?.focus()")

    async def renew(self, reading: Reading) -> None:
        self.reading = reading
        if self.other is not None:
            self.other = await read_case(self.desk, self.other.case["code"], self.other.texts)
            self._draw()

    def _draw(self) -> None:
        assert self.other is not None
        self.place.set_content(render(self.desk, "pair", one=self.reading, other=self.other, ways=self._ways()))

    def _ways(self) -> list[str]:
        """What the services would let this person do with them."""
        assert self.other is not None
        one, other = self.reading.case, self.other.case
        may = {"merge_into": one, "merge_here": other, "link": one}
        return [name for name, case in may.items() if WAYS[name][0] in case["steps"] and other["status"] != "merged"]

    async def _clicked(self, event: GenericEventArguments) -> None:
        do = event.args["do"]
        if do == "close":
            self.other = None
            self.place.set_content("")
        elif self.other is not None:
            await take(self.desk, self._step(do), self.done)

    def _step(self, do: str) -> Step:
        assert self.other is not None
        one, other = self.reading.case, self.other.case
        of, to = (other, one) if do == "merge_here" else (one, other)
        step, path = WAYS[do]
        given: dict[str, Any] = {"into": to["code"]}
        if do == "link":
            given = {"kind": "same_matter", "other": to["case_id"]}
        return Step(
            service="dispatch",
            step=step,
            name=self.desk.say(f"pair.{do}"),
            form=Form(path, note=f"pair.{do}.note"),
            id=of["case_id"],
            version=of["version"],
            tasks=tasks_of(of),
            about=one["case_id"],
            given=given,
            laws=laws_of(of, step),
        )
