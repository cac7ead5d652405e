"""A state that was folded from facts as people say it: fields by their names, codes and times as words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.console.desk import Desk
from services.console.look.moments import exact
from services.console.look.templates import read
from services.console.words import WORDS

NAMELESS = frozenset(
    {"case_id", "report_id", "handoff_id", "reporter", "reports", "into", "verified_by", "accepted_by", "rule_from"}
    | {"authority_from"}
)
"""Identifiers, and what only says again what stands beside it."""
LISTS = ("departments", "areas", "categories")
CODES: Mapping[str, tuple[str, ...]] = {
    "status": ("then", "state", "handoff"),
    "channel": ("channel",),
    "kind": ("kind",),
    "part": ("part",),
    "governance": ("choice.governance",),
    "net": ("choice.net",),
    "closing_reason": ("choice.closing_reason",),
    "asked": ("choice.outcome",),
    "queued_for": ("queued",),
}
"""Of a field: where its codes have words."""
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")


def changes(desk: Desk, scene: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Field, before, after; of a list how many there are."""
    for change in scene["changes"]:
        field = field_of(change["path"])
        if field in NAMELESS:
            continue
        before, after = said(desk, field, change["before"]), said(desk, field, change["after"])
        if before == after:
            after = desk.say("film.altered", what=after)
        yield name_of(desk, field), before, after


def field_of(path: str) -> str:
    """The last part that is no number of a list."""
    parts = [part for part in path.split("/") if part and not part.isdigit()]
    return parts[-1] if parts else path


def name_of(desk: Desk, field: str) -> str:
    found = WORDS.get(f"fact.{field}")
    return found.said(desk.language) if found else field


def said(desk: Desk, field: str, value: Any) -> str:
    if value is None or value == []:
        return "—"
    if isinstance(value, bool):
        return desk.say("yes" if value else "no")
    if isinstance(value, list):
        if any(isinstance(each, dict) for each in value):
            return desk.say("film.several", n=len(value))
        return "、".join(said(desk, field, each) for each in value)
    if isinstance(value, dict):
        return "…"
    return _text(desk, field, str(value))


def _text(desk: Desk, field: str, text: str) -> str:
    for kind in LISTS:
        if text in getattr(desk.catalogue, kind):
            return desk.catalogue.name(kind, text, desk.language)
    for where in CODES.get(field, ()):
        if found := WORDS.get(f"{where}.{text}"):
            return found.said(desk.language)
    moment = read(text) if _MOMENT.match(text) else None
    return exact(moment) if moment else text
