"""A case's film: step by step what was told and what it changed, played, stepped through, or jumped to a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nicegui import PageArguments, ui

from services.console.desk import Desk
from services.console.look.screen import answered, screen, show_in_dialog
from services.console.look.templates import read, render
from services.console.look.values import changes
from services.console.people import names_of
from shared.clocks.zone import DISTRICT_ZONE

PAGE = 200
SECONDS_A_SCENE = 1.6


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    film = _Film(desk, args.path_parameters["ref"])
    await film.read()
    film.show()


class _Film:
    def __init__(self, desk: Desk, ref: str) -> None:
        self.desk, self.ref, self.at = desk, ref, 0
        self.code = ref
        self.scenes: list[Mapping[str, Any]] = []
        self.people: dict[str, str] = {}

    async def read(self) -> None:
        """Raises NotSignedIn, Refusal."""
        while True:
            page = await self.desk.caller.get(
                "audit", f"/v1/cases/{self.ref}/film", {"after": len(self.scenes) - 1, "limit": PAGE}
            )
            self.code = page["code"] or page["case_id"]
            self.scenes += page["items"]
            if len(self.scenes) >= page["scenes"] or not page["items"]:
                break
        self.people = await names_of(self.desk, (scene["fact"]["actor"] for scene in self.scenes))

    def show(self) -> None:
        desk, last = self.desk, max(0, len(self.scenes) - 1)
        self.head = ui.html(self._render("film_head"), sanitize=False).classes("piece")
        with ui.element("div").classes("card film-bar"):
            self.step_back = _button("skip_previous", desk.say("film.first"), lambda: self.go(0))
            _button("navigate_before", desk.say("film.back"), lambda: self.go(self.at - 1))
            self.play = _button("play_arrow", desk.say("film.play"), self._toggle)
            _button("navigate_next", desk.say("film.next"), lambda: self.go(self.at + 1))
            _button("skip_next", desk.say("film.last"), lambda: self.go(last))
            self.slider = ui.slider(min=0, max=last, step=1, value=0, on_change=lambda event: self.go(int(event.value)))
            self.slider.props(f'aria-label="{desk.say("film.where")}"').classes("film-slider")
            _button("visibility", desk.say("film.knew"), self._knew)
            moment = ui.input(desk.say("film.jump")).props("outlined dense type=datetime-local stack-label")
            moment.on_value_change(lambda event: self._jump(event.value))
        self.timer = ui.timer(SECONDS_A_SCENE, self._onwards, active=False)
        with ui.element("div").classes("case"):
            self.scene = ui.html(self._render("film_scene"), sanitize=False).classes("piece")
            self.list = ui.html(self._render("film_list"), sanitize=False).classes("piece")
        self.list.on(
            "click",
            lambda event: self.go(int(event.args)),
            js_handler="(e) => { const at = e.target.closest('[data-scene]'); if (at) emit(at.dataset.scene); }",
        )

    def _render(self, name: str) -> str:
        scene = self.scenes[self.at] if self.scenes else None
        return render(self.desk, name, film=self, scene=scene, changes=list(changes(self.desk, scene)) if scene else [])

    def go(self, to: int) -> None:
        """To that scene, or the nearest that there is."""
        to = max(0, min(to, len(self.scenes) - 1))
        if to == self.at:
            return
        self.at = to
        self.slider.value = to
        self.scene.set_content(self._render("film_scene"))
        self.list.set_content(self._render("film_list"))

    def _jump(self, value: str | None) -> None:
        """To the last scene by then."""
        if not value:
            return
        moment = datetime.fromisoformat(value).replace(tzinfo=DISTRICT_ZONE)
        before = [place for place, scene in enumerate(self.scenes) if (read(scene["fact"]["time"]) or moment) <= moment]
        self.go(before[-1] if before else 0)

    async def _knew(self) -> None:
        """Who knew what when the scene's fact was told, and who had opened the file."""
        if not self.scenes:
            return
        at = self.scenes[self.at]["fact"]["time"]
        known = await answered(self.desk.caller.get("audit", f"/v1/cases/{self.ref}/knew", {"at": at}))
        if known is None:
            return
        people = await names_of(self.desk, (each["person"] for each in known["opened_by"]))
        show_in_dialog(self.desk, "knew", known=known, people=people)

    def _toggle(self) -> None:
        if not self.timer.active and self.at == len(self.scenes) - 1:
            self.go(0)
        self.timer.active = not self.timer.active
        self.play.props(f"icon={'pause' if self.timer.active else 'play_arrow'}")

    def _onwards(self) -> None:
        if self.at >= len(self.scenes) - 1:
            self._toggle()
        else:
            self.go(self.at + 1)


def _button(icon: str, label: str, act: Any) -> ui.button:
    return ui.button(icon=icon, on_click=act, color=None).props(f'flat dense round aria-label="{label}"').tooltip(label)
