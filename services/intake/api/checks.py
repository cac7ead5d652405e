"""What must exist in the directory on that day; answered from memory."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.intake.views import StoredReport
from shared.clocks.errors import NoRuleInForce
from shared.desk.clocks import owed
from shared.identity.recusal import barred
from shared.procedure.actor import Actor
from shared.reference.reference import Reference
from shared.reference.tree import place_above
from shared.refusals.refusals import Invalid, NotFound, Unavailable


def reopen_until(reference: Reference, closed_at: datetime | None) -> datetime | None:
    """By the district's clock, as dispatch counts it. None: the case is not closed, or the district sets no end."""
    return None if closed_at is None else _due(reference, "reopening", closed_at)


def screening_due(reference: Reference, registered_at: datetime) -> datetime | None:
    """None where the district has no such clock."""
    return _due(reference, "screening", registered_at)


def _due(reference: Reference, clock: str, started: datetime) -> datetime | None:
    try:
        return owed(reference, (clock,), started).due_at
    except NoRuleInForce:
        return None


def check_category(reference: Reference, category: str, at: datetime) -> None:
    """Raises Invalid, Unavailable."""
    if reference.get("category", category, at) is None:
        _loaded(reference, "category", at)
        raise Invalid("category", "no such category on this day", "当日没有这一类别")


def check_area(reference: Reference, area: str, at: datetime) -> None:
    """Raises Invalid, Unavailable."""
    if reference.get("area", area, at) is None:
        _loaded(reference, "area", at)
        raise Invalid("area", "no such area on this day", "当日没有这一区域")


def check_grid(reference: Reference, area: str, at: datetime) -> None:
    """Raises Invalid, Unavailable."""
    found = reference.get("area", area, at)
    if found is None:
        _loaded(reference, "area", at)
        raise Invalid("area", "no such grid on this day", "当日没有这一网格")
    if found.entry["level"] != "grid":
        raise Invalid("area", "a grid is expected, not an area above it", "应填写网格编码，而不是其上级区域")


def check_department(reference: Reference, field: str, code: str, at: datetime) -> None:
    """Raises Invalid, Unavailable."""
    if reference.get("department", code, at) is None:
        _loaded(reference, "department", at)
        raise Invalid(field, "no such department on this day", "当日没有这一部门")


def _loaded(reference: Reference, kind: str, at: datetime) -> None:
    if next(reference.all(kind, at), None) is None:
        raise Unavailable("directory")


def accused(reference: Reference, complaints: Iterable[str], at: datetime) -> frozenset[str]:
    """The departments complained of and all below them."""
    return frozenset(code for each in complaints for code in barred(reference, each, at))


def barred_from(reference: Reference, report: StoredReport, at: datetime) -> frozenset[str]:
    """Those that the case complains of, and who has stepped back from it."""
    return accused(reference, report.complaints, at) | report.recused


def check_known(actor: Actor, report: StoredReport, what: str) -> None:
    """What is sealed from somebody answers like what is not there. Raises NotFound."""
    if not actor.knows(report.state.category, report.state.area):
        raise NotFound(what)


EMERGENCY_SERVICES: Mapping[str, tuple[str, ...]] = {
    "110": ("police", "emergency"),
    "119": ("emergency", "police"),
    "120": ("emergency", "police"),
    "122": ("police", "emergency"),
}
"""Whose desk passes an emergency on to the number; the second where those of the first are complained of."""


def emergency_desks(reference: Reference, number: str, at: datetime) -> tuple[tuple[str, str], ...]:
    """Departments with their services: the head of each, the first choice first."""
    served = {v.code: (v.entry.get("service"), v.entry.get("parent")) for v in reference.all("department", at)}
    return tuple(
        (code, wanted)
        for wanted in EMERGENCY_SERVICES[number]
        for code, (service, parent) in sorted(served.items())
        if service == wanted and (parent is None or served.get(parent, (None, None))[0] != wanted)
    )


def community_of(reference: Reference, grid: str, at: datetime) -> str:
    """The community that a grid lies in; the grid itself when there is none."""
    return place_above(reference, grid, "community", at)


def name_of(reference: Reference, kind: str, code: str, named: tuple[datetime, str]) -> str:
    """In the language wanted; the code where the directory has no name."""
    at, language = named
    found = reference.get(kind, code, at)
    return code if found is None else str(found.entry[f"name_{language}"])
