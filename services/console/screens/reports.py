"""What residents report, on its way to become a case: the window's list, and registering for who comes or calls."""

from nicegui import PageArguments, ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.drafts import Place
from services.console.look.lists import Listing
from services.console.look.screen import complain, piece, screen, sign_in_again
from shared.world.world import new_id

STATES = ("received", "accepted", "joined", "redirected", "refused")
NEW = Place("new report", "register")
CHANNELS = ("visit", "hotline", "letter", "patrol", "110_transfer", "meeting")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    chosen = args.query_parameters.get("show", "received")
    chosen = chosen if chosen in STATES else "received"
    listing = Listing(desk, "/v1/reports", {"status": chosen}, "reports_rows", service="intake")
    await listing.load()
    piece(desk, "reports_head", chosen=chosen, filters=STATES)
    with ui.element("div").classes("card"):
        if chosen == "received":
            listing.show(icon="mark_email_read", title="reports.empty", text="reports.empty.text")
        else:
            listing.show(icon="filter_alt", title="reports.none", text=None)


@screen
async def register(desk: Desk, args: PageArguments) -> None:
    piece(desk, "title", heading="reports.new")
    form = _Register(desk)
    with ui.element("div").classes("card narrow"), ui.element("div").classes("body stack"):
        form.show()


class _Register:
    """Kept until it was taken: sent twice it is registered once."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.key = desk, new_id()

    def show(self) -> None:
        desk, catalogue, language = self.desk, self.desk.catalogue, self.desk.language
        wide = "outlined options-dense"
        self.category = ui.select(
            catalogue.options("categories", language), label=desk.say("field.category"), with_input=True
        ).props(wide)
        self.area = ui.select(catalogue.grids(language), label=desk.say("field.area"), with_input=True).props(wide)
        self.text = ui.textarea(desk.say("register.text")).props("outlined autogrow counter maxlength=5000")
        channels = {code: desk.say(f"channel.{code}") for code in CHANNELS}
        self.channel = ui.select(channels, label=desk.say("register.channel"), value="visit").props(wide)
        optional = desk.say("optional")
        self.name = ui.input(desk.say("register.name") + optional).props("outlined maxlength=200 autocomplete=off")
        self.phone = ui.input(desk.say("register.phone") + optional).props("outlined maxlength=40 autocomplete=off")
        self.complained_of = ui.select(
            catalogue.options("departments", language),
            label=desk.say("field.complained_of") + optional,
            with_input=True,
            clearable=True,
        ).props(wide)
        self.accept = ui.checkbox(desk.say("register.accept"), value=True)
        self.drafted = {"category": self.category, "area": self.area, "text": self.text, "channel": self.channel}
        if desk.drafts is not None:  # not who reported: that is nobody's to leave in a browser
            for name, field in self.drafted.items():
                desk.drafts.keep(NEW, name, field, typed=name == "text")
            ui.timer(0.1, self._restore, once=True)
        with ui.element("div").classes("actions"):
            self.send = ui.button(desk.say("reports.new"), on_click=self._send).props("unelevated no-caps")

    async def _send(self) -> None:
        for needed in (self.category, self.area, self.text):
            needed.props(remove="error")
            if not needed.value:
                needed.props(f'error error-message="{self.desk.say("required")}"')
        if not (self.category.value and self.area.value and self.text.value):
            return
        body = {
            "category": self.category.value,
            "area": self.area.value,
            "text": self.text.value,
            "channel": self.channel.value,
            "accept": self.accept.value,
            "complained_of": self.complained_of.value,
        }
        if self.name.value or self.phone.value:
            body["reporter"] = {"name": self.name.value, "phone": self.phone.value}
        self.send.props("loading")
        try:
            receipt = await self.desk.caller.post("intake", "/v1/reports", body, self.key)
        except NotSignedIn:
            sign_in_again()
        except Refusal as refusal:
            complain(refusal)
        else:
            self._done(receipt)
        finally:
            self.send.props(remove="loading")

    async def _restore(self) -> None:
        found = await self.desk.drafts.read(NEW) if self.desk.drafts else {}
        for name, value in found.items():
            if name in self.drafted:
                self.drafted[name].set_value(value)

    def _done(self, receipt: dict[str, str]) -> None:
        if self.desk.drafts is not None:
            self.desk.drafts.drop(NEW)
        with ui.dialog().props("persistent") as dialog, ui.card():
            piece(self.desk, "receipt", receipt=receipt)
        dialog.open()
