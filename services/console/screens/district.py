"""The whole district as it stood at a moment, worked out from the log; each figure opens its list; two moments
compared."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from nicegui import PageArguments, ui

from services.console.calling import NotSignedIn, Refusal
from services.console.desk import Desk
from services.console.look.lists import Listing
from services.console.look.screen import piece, screen
from services.console.look.templates import read, render
from shared.clocks.zone import DISTRICT_ZONE

LOOK_AGAIN = 0.5
LISTS: Mapping[str, str] = {
    "cases": "/v1/district/cases",
    "handoffs": "/v1/district/handoffs",
    "clocks": "/v1/district/clocks",
    "changes": "/v1/district/differences/cases",
}
ASKED = ("status", "area", "department", "late", "colour", "open", "unread", "kind", "ended", "rule")
CHANGES = ("opened", "ended", "reopened", "moved", "became_late", "no_longer_late")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    await _District(desk, dict(args.query_parameters.items())).show()


class _District:
    """`at`, `since`: moments as the fields give them, without their zone, which is the district's."""

    def __init__(self, desk: Desk, given: Mapping[str, str]) -> None:
        self.desk = desk
        self.at, self.since = given.get("at", ""), given.get("since", "")
        self.list = given["list"] if given.get("list") in LISTS else ""
        self.asked = {name: given[name] for name in ASKED if given.get(name)}
        self.found: Mapping[str, Any] = {}
        self.changes: Mapping[str, int] | None = None

    async def show(self) -> None:
        """Raises NotSignedIn, Refusal."""
        await self._read()
        piece(self.desk, "district_head", district=self)
        self._moments()
        if not self.found["ready"]:
            self.progress = piece(self.desk, "district_progress", found=self.found)
            self.timer = ui.timer(LOOK_AGAIN, self._follow)
        elif self.list:
            await self._show_list()
        else:
            piece(self.desk, "district", district=self, figures=self.found["figures"], kinds=CHANGES)

    async def _read(self) -> None:
        """The later moment first: both are worked out before they are compared. Raises NotSignedIn, Refusal."""
        ask = self.desk.caller
        self.found = await ask.get("audit", "/v1/district", {"at": moment(self.at)})
        self.at = self.at or local(self.found["at"])
        if self.since and self.found["ready"]:
            earlier = await ask.get("audit", "/v1/district", {"at": moment(self.since)})
            if not earlier["ready"]:
                self.found = earlier
            elif not self.list:
                both = {"from": moment(self.since), "to": moment(self.at)}
                self.changes = (await ask.get("audit", "/v1/district/differences", both))["changes"]

    def _moments(self) -> None:
        with ui.element("div").classes("filters"):
            for name, value in (("at", self.at), ("since", self.since)):
                field = ui.input(self.desk.say(f"district.{name}"), value=value)
                field.props("outlined dense type=datetime-local stack-label").classes("filter moment")
                # Each digit that is typed changes it: taken when it is left or Enter is pressed.
                for event in ("blur", "keydown.enter"):
                    field.on(event, lambda name=name, field=field: self._go(name, field.value or ""))

    def _go(self, name: str, value: str) -> None:
        if value != getattr(self, name):
            kept = {"at": self.at, "since": self.since, name: value}
            ui.navigate.to(self.link(**{key: text for key, text in kept.items() if text}))

    def link(self, **about: str) -> str:
        """An address of this screen: of these moments, if no others are given."""
        moments = {} if "at" in about else {"at": self.at, **({"since": self.since} if self.since else {})}
        return f"/district?{urlencode({**moments, **about})}"

    @staticmethod
    def moment_of(local_time: str) -> str | None:
        return moment(local_time)

    def cases_of(self, figure: str, code: str) -> str:
        """The list behind a count by this: but for those by state, counts are of what is open."""
        return self.link(list="cases", **{figure: code}, **({} if figure == "status" else {"open": "true"}))

    async def _show_list(self) -> None:
        asked: dict[str, Any] = {**self.asked, "at": moment(self.at)}
        if self.list == "changes":
            asked = {**self.asked, "from": moment(self.since), "to": moment(self.at)}
        listing = Listing(self.desk, LISTS[self.list], asked, f"district_{self.list}", service="audit")
        await listing.load()
        piece(self.desk, "district_back", district=self)
        with ui.element("div").classes("card"):
            if listing.rows:
                listing.show()
            else:
                piece(self.desk, "empty", icon="search_off", title="cases.none", text=None)

    async def _follow(self) -> None:
        try:
            await self._read()
        except (NotSignedIn, Refusal):
            self.timer.active = False
            return
        if self.found["ready"]:
            self.timer.active = False
            ui.navigate.to(self.link(**({"list": self.list} if self.list else {}), **self.asked))
        else:
            self.progress.set_content(render(self.desk, "district_progress", found=self.found))


def moment(local_time: str) -> str | None:
    return datetime.fromisoformat(local_time).replace(tzinfo=DISTRICT_ZONE).isoformat() if local_time else None


def local(at: str) -> str:
    """To the second: what was told within the minute belongs to it."""
    found = read(at)
    assert found is not None
    return f"{found.astimezone(DISTRICT_ZONE):%Y-%m-%dT%H:%M:%S}"
