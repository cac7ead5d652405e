"""Departments lie below one another."""

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
