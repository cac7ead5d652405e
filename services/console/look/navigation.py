"""Which screens there are, and for whose posts."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.console.desk import CENTRE, OFFICE, Person

AUDITOR, CLERK, ADMINISTRATOR, DISPATCHER = (
    frozenset({role}) for role in ("auditor", "clerk", "administrator", "dispatcher")
)
SEERS = CENTRE | OFFICE | AUDITOR | CLERK
SCREENERS = DISPATCHER | CLERK


@dataclass(frozen=True, slots=True)
class Place:
    """`word`: its key in `words.py`; `icon`: of Material Icons. `own_window`: without the frame."""

    path: str
    word: str
    icon: str
    roles: frozenset[str]
    own_window: bool = False


# What is only looked at stands before the lists in "oversee"; what a supervisor does by a paper of their own (orders,
# warnings, scorecards) gets a group after it, "nav.supervise", with the service that keeps those.
GROUPS: Mapping[str, tuple[Place, ...]] = {
    "nav.work": (
        Place("/worklist", "worklist.title", "inbox", OFFICE),
        Place("/queue", "queue.title", "alt_route", DISPATCHER),
        Place("/lanes", "lanes.title", "view_week", CENTRE),
        Place("/reports", "reports.title", "move_to_inbox", SCREENERS),
        Place("/consultations", "consultations.title", "groups", CENTRE | OFFICE),
    ),
    "nav.oversee": (
        Place("/board", "board.title", "space_dashboard", CENTRE),
        Place("/flow", "flow.title", "mediation", CENTRE),
        Place("/ageing", "ageing.title", "hourglass_bottom", CENTRE),
        Place("/map", "map.title", "map", CENTRE),
        Place("/compare", "compare.title", "balance", CENTRE),
        Place("/handoffs", "handoffs.title", "timer", CENTRE),
        Place("/cases", "cases.title", "folder_open", SEERS),
        Place("/search", "search.title", "manage_search", CENTRE | OFFICE | CLERK),
        Place("/wall", "wall.title", "desktop_windows", CENTRE, own_window=True),
    ),
    "nav.audit": (
        Place("/log", "log.title", "receipt_long", AUDITOR),
        Place("/district", "district.title", "history", AUDITOR | frozenset({"supervisor"})),
        Place("/accesses", "accesses.title", "visibility", AUDITOR),
        Place("/proof", "proof.title", "verified", AUDITOR),
        Place("/archives", "archives.title", "inventory_2", AUDITOR | ADMINISTRATOR),
    ),
    "nav.settings": (Place("/administration", "administration.title", "tune", ADMINISTRATOR),),
}


def open_to(person: Person) -> dict[str, list[Place]]:
    """By group, those that one of their posts opens."""
    found = {word: [place for place in places if person.is_any(*place.roles)] for word, places in GROUPS.items()}
    return {word: places for word, places in found.items() if places}


HOMES: tuple[tuple[str, frozenset[str], str], ...] = (
    ("supervisor", OFFICE, "/board"),
    ("auditor", OFFICE | CENTRE, "/log"),
    ("administrator", SEERS, "/administration"),
)
"""Their overview, for whoever has this post and none of those, of whom the work comes first."""


def home_of(person: Person) -> str:
    """What somebody sees first."""
    for role, others, path in HOMES:
        if person.is_any(role) and not person.is_any(*others):
            return path
    places = [place for group in open_to(person).values() for place in group]
    return places[0].path if places else "/nothing"
