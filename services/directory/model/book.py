"""What stands in the directory on which days: the look-ups of guards, which come in with the command."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

Name = tuple[str, str]
"""Kind and code."""


class Version(BaseModel):
    """An entry as recorded from `valid_from`; a later version supersedes it even where it has no end."""

    model_config = ConfigDict(frozen=True)
    valid_from: date
    valid_to: date | None = None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A version from its first day until before `end`, when another takes over or nothing does."""

    begin: date
    end: date | None
    data: Mapping[str, Any]


def spans(versions: Sequence[Version]) -> Iterator[Span]:
    """By date, without overlap; a version that never holds is left out."""
    for place, version in enumerate(versions):
        ends = [version.valid_to, versions[place + 1].valid_from if place + 1 < len(versions) else None]
        end = min((day for day in ends if day is not None), default=None)
        if end is None or version.valid_from < end:
            yield Span(version.valid_from, end, version.data)


def overlap(span: Span, begin: date, end: date | None) -> bool:
    return (end is None or span.begin < end) and (span.end is None or begin < span.end)


def references(kind: str, data: Mapping[str, Any]) -> list[Name]:
    """The entries that an entry of this kind names."""
    if kind == "department":
        return [("department", data["parent"])] if data.get("parent") else []
    if kind == "category":
        duty = [data["duty"]] if data.get("duty") else []
        return [("department", code) for code in (*(data.get("circle") or ()), *duty)]
    if kind == "clock":
        return [("department", rung["to"]) for rung in data.get("ladder") or ()]
    if kind == "outline":
        return [("area", data["area"])]
    if kind == "post":
        return [("department", data["department"]), ("area", data["area"])]
    if kind == "authority":
        return [("department", data["department"]), ("category", data["category"]), ("area", data["area"])]
    if kind == "workflow":
        matter = [("category", data["category"])] if data.get("category") else []
        return [*matter, ("area", data["area"])]
    if kind == "rule":
        departments = [("department", code) for code in (data["lead"], *data["co_handlers"])]
        return [("category", data["category"]), ("area", data["area"]), *departments]
    return []


TOWNS = frozenset({"township", "subdistrict"})
"""Kinds of departments to which a county's matters can be delegated (行政处罚法 Art 24)."""
ALONE: Mapping[str, tuple[str, str]] = {
    "rule": ("category", "area"),
    "authority": ("department", "category"),
    "workflow": ("category", "area"),
}
"""Of a kind, what no two entries may share at the same time."""


class Book:
    """Every entry's versions by kind and code, the ids of all who can hold a post, and the versions of a case's
    procedures that there are."""

    __slots__ = ("entries", "holders", "workflows")

    def __init__(
        self,
        entries: Mapping[Name, Sequence[Version]],
        holders: frozenset[str] = frozenset(),
        workflows: frozenset[int] = frozenset(),
    ) -> None:
        self.entries, self.holders, self.workflows = entries, holders, workflows

    @property
    def root(self) -> str | None:
        """The area that contains all others."""
        areas = (code for kind, code in self.entries if kind == "area")
        return min(areas, key=len, default=None)

    def holds(self, name: Name, begin: date, end: date | None) -> bool:
        """Whether it stands on every day of the time asked for."""
        reached: date | None = begin
        for span in spans(self.entries.get(name, ())):
            if reached is not None and span.begin <= reached and (span.end is None or reached < span.end):
                reached = span.end
            if reached is None or (end is not None and reached >= end):
                return True
        return False

    def users(self, name: Name, since: date) -> list[Name]:
        """Entries that still name it on that day or later."""
        return sorted(
            user
            for user, versions in self.entries.items()
            for span in spans(versions)
            if overlap(span, since, None) and name in references(user[0], span.data)
        )

    def towns(self, code: str, begin: date, end: date | None) -> bool:
        """Whether the department is a town whenever it stands in that time."""
        spans_then = [span for span in spans(self.entries.get(("department", code), ())) if overlap(span, begin, end)]
        return bool(spans_then) and all(span.data["kind"] in TOWNS for span in spans_then)

    def rivals(self, name: Name, data: Mapping[str, Any], begin: date, end: date | None) -> list[str]:
        """Other entries of the kind that say the same at the same time: rules of a matter and place, a town's list."""
        kind, code = name
        alone = ALONE.get(kind, ())
        return sorted(
            other
            for (other_kind, other), versions in self.entries.items()
            if alone and other_kind == kind and other != code
            for span in spans(versions)
            if overlap(span, begin, end) and all(span.data[field] == data[field] for field in alone)
        )
