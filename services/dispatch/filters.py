"""What lists, counts, exports and maps are narrowed to, and what cannot be asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any, ClassVar

from services.dispatch.facts import WORKFLOWS
from services.dispatch.model.guards import CLOSING_REASONS
from services.dispatch.model.moves import CENTRE
from services.dispatch.model.words import ASKED, CASE_STATES, HANDOFF_STATES, WAYS
from shared.procedure.standing import COLOURS
from shared.reference.reference import Reference
from shared.refusals.refusals import Refused
from shared.refusals.words import FIELDS, Words

Values = tuple[str, ...]
STATES: Mapping[str, Collection[str]] = {"cases": CASE_STATES, "clocks": CASE_STATES, "handoffs": HANDOFF_STATES}
BY_NAME = {
    "department": "department",
    "answerable": "department",
    "with_whom": "department",
    "came_from": "department",
    "rule": "clock",
    "category": "category",
    "area": "area",
}
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty or None: not narrowed. Of several values one must fit; of several filters all. Times: from one, before the
    other.

    `code` may be the beginning of one. `passed`: so often at least. `found`: what a search was understood as, beside
    the filters.
    """

    status: Values = ()
    department: Values = ()
    category: Values = ()
    kind: Values = ()
    area: Values = ()
    colour: Values = ()
    answerable: Values = ()
    rule: Values = ()
    with_whom: Values = ()
    asked_with: Values = ()
    closing_reason: Values = ()
    workflow: Values = ()
    came_from: Values = ()
    came_by: Values = ()
    code: Values = ()
    overdue: bool | None = None
    extension_asked: bool | None = None
    return_asked: bool | None = None
    needs_offer: bool | None = None
    parts_waiting: bool | None = None
    due_before: datetime | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    offered_from: datetime | None = None
    offered_to: datetime | None = None
    ended_from: datetime | None = None
    ended_to: datetime | None = None
    closed_from: datetime | None = None
    closed_to: datetime | None = None
    late_from: datetime | None = None
    late_to: datetime | None = None
    passed: int | None = None
    found: tuple[tuple[str, Values], ...] = field(default=())

    def asked(self) -> list[tuple[str, Any]]:
        """Each with its value, what a search was understood as among them."""
        own = [(each.name, getattr(self, each.name)) for each in fields(self) if each.name != "found"]
        return [(name, value) for name, value in (*own, *self.found) if value not in (None, ())]

    def query(self) -> dict[str, str]:
        """As a list is asked for it; without what a search was understood as."""
        return {name: _text(value) for name, value in self.but(found=()).asked()}

    def but(self, **changed: Any) -> "Filter":
        return replace(self, **changed)


@dataclass(slots=True, eq=False)
class NoSuchValue(Refused):
    """What was asked for is not repeated: it may be anything."""

    code: ClassVar[str] = "no-such-value"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "“{field}”没有这样的取值；可以是：{possible}"
    en: ClassVar[str] = "'{field}' has no such value; it can be: {possible}"
    words: ClassVar[Mapping[str, Words]] = {
        "field": FIELDS,
        "possible": {**CASE_STATES, **HANDOFF_STATES, **COLOURS, **ASKED, **WAYS},
    }
    names: ClassVar[Mapping[str, str]] = {"possible": "{field}"}
    field: str
    possible: Values


@dataclass(slots=True, eq=False)
class TooManyFilters(Refused):
    code: ClassVar[str] = "too-many-filters"
    zh: ClassVar[str] = "每人最多保存 {most} 个筛选条件，请先删除不用的"
    en: ClassVar[str] = "At most {most} filters are kept for one person: delete one first"
    most: int


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def check(reference: Reference, wanted: Filter, of: str) -> Filter:
    """The filter, if everything in it is something that there is or was. `of`: the list. Raises NoSuchValue."""
    known: dict[str, Collection[str]] = {"status": STATES[of], "colour": COLOURS, "asked_with": ASKED}
    known["came_by"] = WAYS
    known["workflow"] = [str(number) for number in WORKFLOWS]
    known["closing_reason"] = sorted(frozenset[str]().union(*CLOSING_REASONS.values()))
    if wanted.kind:
        known["kind"] = sorted({str(version.entry.get("kind")) for version in reference.versions("category")})
    for name, possible in known.items():
        for value in getattr(wanted, name):
            if value not in possible:
                raise NoSuchValue(name, tuple(possible))
    for name, kind in BY_NAME.items():
        values: Values = getattr(wanted, name)
        codes = {version.code for version in reference.versions(kind)} if values else set[str]()
        codes |= {CENTRE} if name == "came_from" else set()
        for value in values:
            if value not in codes and not (kind == "area" and any(code.startswith(value) for code in codes)):
                raise NoSuchValue(name, nearest(value, sorted(codes)))
    return wanted


def nearest(word: str, among: Sequence[str]) -> Values:
    return tuple(get_close_matches(word, among, MOST_SHOWN, 0.3)) or tuple(among[:MOST_SHOWN])
