"""封存: a matter whose category names a circle is known to the departments of that circle alone, and to who routes it
(预防未成年人犯罪法 Art 59)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import Column, ColumnElement, and_, collate, or_, true

from shared.procedure.actor import ROUTING, Actor
from shared.reference.reference import Reference, Version
from shared.reference.tree import upward

LAST = "\U0010ffff"


def circle_of(reference: Reference, category: str, on: date | datetime) -> frozenset[str]:
    """The departments that it names; empty: not sealed. What has ended stays sealed."""
    newest = _begun(reference, on).get(category)
    return frozenset((newest.entry.get("circle") or ()) if newest else ())


def circles(reference: Reference, on: date | datetime) -> Mapping[str, frozenset[str]]:
    """By sealed category the departments that may know of such matters: those that it names, and all below them."""
    sealed = {code: frozenset(v.entry["circle"]) for code, v in _begun(reference, on).items() if v.entry.get("circle")}
    if not sealed:
        return {}
    above = {v.code: set(upward(reference, v.code, on)) for v in reference.versions("department")}
    return {
        code: frozenset(department for department, way in above.items() if way & circle)
        for code, circle in sealed.items()
    }


def sealed_from(inside: Mapping[str, frozenset[str]], departments: Collection[str]) -> frozenset[str]:
    """Of these circles those in which none of the departments is."""
    return frozenset(category for category, circle in inside.items() if circle.isdisjoint(departments))


def known_to(actor: Actor, category: Column[str], area: Column[str]) -> ColumnElement[bool]:
    """`Actor.knows`, as a condition on rows."""
    if not actor.sealed:
        return true()
    plain = collate(area, "C")
    routed = (and_(plain >= mine, plain < mine + LAST) for mine in sorted(actor.areas(ROUTING)))
    return or_(category.not_in(sorted(actor.sealed)), *routed)


def _begun(reference: Reference, on: date | datetime) -> dict[str, Version]:
    """Of each category the newest version that has begun, whether or not it has ended."""
    day = reference.day(on)
    found: dict[str, Version] = {}
    for version in reference.versions("category"):
        if version.valid_from <= day:
            found.setdefault(version.code, version)
    return found
