"""One window of one person: who they are, how services are asked for them, what time it is in the district."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.console.calling import Caller
from services.console.catalogue import Catalogue
from services.console.session import Tastes
from services.console.words import WORDS
from shared.refusals.words import Language

if TYPE_CHECKING:
    from nicegui.element import Element

    from services.console.live import Heard, Live
    from services.console.look.drafts import Drafts
    from services.console.look.undo import Undoing

CENTRE = frozenset({"dispatcher", "supervisor"})
OFFICE = frozenset({"handler", "grid_worker", "system"})
OWN_SERVICE = frozenset({"police", "justice", "emergency", "petition"})


@dataclass(frozen=True, slots=True)
class Person:
    """`posts`: role, department and area of each. `via`: the service in which each of their departments works."""

    id: str
    name: str
    login: str
    department: str
    department_name: str
    posts: tuple[Mapping[str, Any], ...]
    via: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(str(post["role"]) for post in self.posts)

    def is_any(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def desks(self) -> list[str]:
        """The services in which their own departments work; `dispatch` for those without one."""
        held = [post["department"] for post in self.posts if post["role"] in OFFICE and post.get("department")]
        return sorted({self.via.get(code) or "dispatch" for code in held})


@dataclass(slots=True)
class Desk:
    caller: Caller
    person: Person
    catalogue: Catalogue
    tastes: Tastes
    live: "Live | None" = None
    """Once the window is there, for those who see cases."""
    drafts: "Drafts | None" = None
    undoing: "Undoing | None" = None
    to_look_for: str = ""
    """Words that somebody typed elsewhere, on their way to the search in texts."""
    """Once the window is there."""
    reports: "Live | None" = None
    """Of what comes in, for those who screen it."""
    ahead: timedelta = timedelta(0)
    """Of the district's time before the machine's."""

    @property
    def language(self) -> Language:
        return self.tastes.language

    def now(self) -> datetime:
        return _machine() + self.ahead

    def heard(self, as_of: str | None) -> None:
        """What time a service says it is in the district."""
        if as_of:
            self.ahead = datetime.fromisoformat(as_of) - _machine()

    def watch(self, element: "Element", heard: "Heard", case_id: str | None = None) -> None:
        """Call it with what changes, as long as the element is there."""
        if self.live is not None:
            self.live.watch(element, heard, case_id)

    def watch_list(self, service: str, element: "Element", heard: "Heard") -> None:
        """Of what that service lists, if it tells of changes."""
        if service == "dispatch":
            self.watch(element, heard)
        elif service == "intake" and self.reports is not None:
            self.reports.watch(element, heard)

    def say(self, key: str, **filled: Any) -> str:
        text = WORDS[key].said(self.language)
        return text.format(**filled) if filled else text


def _machine() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def person_of(me: Mapping[str, Any], catalogue: Catalogue, language: Language) -> Person:
    codes = {post["department"] for post in me["posts"] if post.get("department")} | {me["department"]}
    return Person(
        id=me["id"],
        name=me["name"],
        login=me["login"],
        department=me["department"],
        department_name=catalogue.name("departments", me["department"], language),
        posts=tuple(me["posts"]),
        via={code: catalogue.departments.get(code, {}).get("service") for code in codes},
    )
