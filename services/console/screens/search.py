"""Search in texts. What is asked stands in no address; each answer says which office gave it, and which gave none."""

from nicegui import PageArguments, ui
from nicegui.events import GenericEventArguments

from services.console.asking import Part, ask_everywhere, ask_on, wanted_of
from services.console.calling import NotSignedIn
from services.console.desk import Desk
from services.console.look.screen import piece, screen, sign_in_again
from services.console.look.templates import render

LONGEST = 200
CLICKED = "(e) => { const at = e.target.closest('[data-more]'); if (at) emit({...at.dataset}); }"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    piece(desk, "title", heading="search")
    page = _Page(desk)
    page.show()
    if desk.to_look_for:
        page.text.set_value(desk.to_look_for)
        desk.to_look_for = ""
        await page.ask()


class _Page:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.parts: list[Part] = []
        self.words = ""
        self.asked: dict[str, object] = {}

    def show(self) -> None:
        desk, catalogue, plain = self.desk, self.desk.catalogue, "outlined dense options-dense clearable"
        with ui.element("div").classes("filters"):
            self.text = ui.input(desk.say("search.words")).props(f"outlined dense autofocus maxlength={LONGEST}")
            self.text.classes("filter wide").on("keydown.enter", self.ask)
            areas, matters = (catalogue.options(kind, desk.language) for kind in ("areas", "categories"))
            self.area = ui.select(areas, label=desk.say("column.place"), with_input=True).props(plain)
            self.category = ui.select(matters, label=desk.say("column.matter"), with_input=True).props(plain)
            self.since = ui.input(desk.say("log.from")).props("outlined dense type=date stack-label")
            self.until = ui.input(desk.say("log.to")).props("outlined dense type=date stack-label")
            for field in (self.area, self.category, self.since, self.until):
                field.classes("filter")
            self.button = ui.button(desk.say("search"), on_click=self.ask).props("unelevated no-caps")
        self.place = ui.html(self._render(), sanitize=False).classes("piece").props('aria-live="polite"')
        self.place.on("click", self._more, js_handler=CLICKED)

    def _render(self) -> str:
        return render(self.desk, "search", parts=self.parts, words=self.words.split())

    async def ask(self) -> None:
        self.words = (self.text.value or "").strip()
        if not self.words:
            return
        days = (self.since.value or None, self.until.value or None)
        self.asked = wanted_of(self.words, self.area.value, self.category.value, days)
        self.button.props("loading")
        try:
            self.parts = await ask_everywhere(self.desk, self.asked)
        except NotSignedIn:
            sign_in_again()
        finally:
            self.button.props(remove="loading")
        self.place.set_content(self._render())

    async def _more(self, event: GenericEventArguments) -> None:
        part = next(each for each in self.parts if each.office == event.args["more"])
        try:
            await ask_on(self.desk, part, self.asked)
        except NotSignedIn:
            sign_in_again()
        self.place.set_content(self._render())
