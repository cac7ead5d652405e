"""What Ctrl-K finds: pages, commands, cases, and lists by matter, place and department; and what it looked in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.console.calling import Refusal
from services.console.desk import CENTRE, OFFICE, Desk
from services.console.look.navigation import AUDITOR, CLERK, DISPATCHER, SEERS, open_to

MOST, MOST_OF_A_KIND = 8, 5
KINDS = {"departments": "department", "areas": "area", "categories": "category"}
"""Of the catalogue, as a list is narrowed by them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `link`: where it leads; `command`: what it does instead. `beside`: said more quietly."""

    name: str
    icon: str
    link: str = ""
    command: str = ""
    beside: str = ""
    code: str = ""
    state: str = ""
    own_window: bool = False


@dataclass(slots=True)
class Found:
    """By heading. `looked_in`: the headings of all that was asked. `near`: names that are like what was typed."""

    groups: dict[str, list[Item]] = field(default_factory=dict)
    looked_in: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    unasked: str = ""
    """Why cases could not be asked for."""

    def put(self, heading: str, items: Iterable[Item]) -> None:
        self.looked_in.append(heading)
        shown = list(items)[:MOST]
        if shown:
            self.groups[heading] = shown

    @property
    def count(self) -> int:
        return sum(map(len, self.groups.values()))


async def find(desk: Desk, words: str) -> Found:
    """Raises NotSignedIn."""
    found = Found()
    if words and desk.person.is_any(*SEERS):
        await _cases(desk, words, found)
    found.put("palette.places", (item for item in _places(desk) if _fits(item, words)))
    found.put("palette.commands", (item for item in _commands(desk) if _fits(item, words)))
    if words and desk.person.is_any(*SEERS):
        for kind in KINDS:
            found.put(f"palette.{kind}", _entries(desk, kind, words))
    if words and desk.person.is_any(*CENTRE, *OFFICE, *CLERK):
        found.groups["palette.texts"] = [Item(desk.say("palette.in_texts", words=words), "manage_search", "", "texts")]
    return found


async def _cases(desk: Desk, words: str, found: Found) -> None:
    asked = {"code": words.upper()} if words[:1].isdigit() and "-" in words else {"q": words}
    try:
        page = await desk.caller.get("dispatch", "/v1/cases", {**asked, "limit": MOST})
    except Refusal as refusal:
        near = refusal.body.get("near", ())
        found.near = [str(name) for name in near][:MOST_OF_A_KIND]
        found.unasked = "" if refusal.status == 422 else refusal.why
        found.put("palette.cases", ())
        return
    found.put("palette.cases", (_case(row) for row in page["items"]))


def _case(row: Mapping[str, Any]) -> Item:
    about = {"beside": row["area_name"], "code": row["code"], "state": row["status_name"]}
    return Item(row["category_name"], "folder_open", f"/cases/{row['code']}", **about)


def _places(desk: Desk) -> Iterable[Item]:
    for group in open_to(desk.person).values():
        for place in group:
            yield Item(desk.say(place.word), place.icon, place.path, own_window=place.own_window)


def _commands(desk: Desk) -> Iterable[Item]:
    if desk.person.is_any(*CLERK, *DISPATCHER):
        yield Item(desk.say("reports.new"), "add", "/reports/new")
    other = "en" if desk.language == "zh" else "zh"
    yield Item(desk.say(f"palette.language.{other}"), "translate", command=f"language {other}")
    for theme in ("light", "dark", "auto"):
        if theme != desk.tastes.theme:
            yield Item(
                desk.say("palette.theme", theme=desk.say(f"theme.{theme}")), "contrast", command=f"theme {theme}"
            )
    if desk.person.is_any(*AUDITOR):
        yield Item(desk.say("proof.inspect"), "fact_check", "/proof")
    yield Item(desk.say("sign_out"), "logout", command="sign_out")


def _entries(desk: Desk, kind: str, words: str) -> Iterable[Item]:
    """Lists narrowed to it: of tasks where somebody sees those of every office."""
    path = "/handoffs" if kind == "departments" and desk.person.is_any(*CENTRE) else "/cases"
    names = desk.catalogue.options(kind, desk.language)
    fitting = [(code, name) for code, name in names.items() if words.casefold() in name.casefold()]
    fitting.sort(key=lambda each: (not each[1].casefold().startswith(words.casefold()), len(each[1]), each[0]))
    word = desk.say("handoffs.title" if path == "/handoffs" else "cases.title")
    for code, name in fitting[:MOST_OF_A_KIND]:
        beside = " · ".join(desk.catalogue.way_to(code, desk.language)[:-1]) if kind == "areas" else ""
        yield Item(name, "filter_alt", f"{path}?{KINDS[kind]}={code}", beside=beside or word)


def _fits(item: Item, words: str) -> bool:
    return all(word in item.name.casefold() for word in words.casefold().split())
