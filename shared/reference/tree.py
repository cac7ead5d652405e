"""Departments lie below one another, and so do places."""

from datetime import date, datetime

from shared.reference.reference import Reference


def upward(reference: Reference, code: str, on: date | datetime) -> list[str]:
    """The department itself and all above it that day, the nearest first."""
    way: list[str] = []
    next_one: str | None = code
    while next_one is not None and next_one not in way:
        way.append(next_one)
        entry = reference.get("department", next_one, on)
        next_one = entry.entry.get("parent") if entry else None
    return way


def place_above(reference: Reference, area: str, level: str, on: date | datetime) -> str:
    """The place of that level which an area lies in that day; the area itself where there is none."""
    for length in range(len(area), 5, -1):
        found = reference.get("area", area[:length], on)
        if found is not None and found.entry["level"] == level:
            return area[:length]
    return area
