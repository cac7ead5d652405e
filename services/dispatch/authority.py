"""Whether a town may lead in a matter that is another department's duty: by the list of the day it was filed.

Helping needs no authority: who helps exercises no power of the department that leads (行政处罚法 Art 24).
"""

from dataclasses import dataclass
from datetime import date, datetime

from services.dispatch.model import commands as c
from services.dispatch.model.state import LEAD, Case
from shared.reference.reference import Reference, Version
from shared.reference.tree import upward

TOWNS = frozenset({"township", "subdistrict"})
COMMUNITIES = frozenset({"community", "village"})
"""Self-governing bodies of residents: no list can empower them."""


@dataclass(frozen=True, slots=True)
class Matter:
    """`filed`: jurisdiction freezes on that day."""

    category: str
    area: str
    filed: date | datetime

    @classmethod
    def of(cls, case: Case, at: datetime) -> "Matter":
        return cls(case.category, case.area, case.opened_at or at)


@dataclass(frozen=True, slots=True)
class Standing:
    """`authority` is what empowers the town; `duty` is whose the matter is instead where nothing does, or, with
    `grassroots`, could."""

    authority: Version | None = None
    duty: str | None = None
    grassroots: bool = False


def standing(reference: Reference, matter: Matter, department: str, part: str = LEAD) -> Standing:
    """Of one department in a matter; no field is set where it needs no authority."""
    category = reference.get("category", matter.category, matter.filed)
    duty = category.entry.get("duty") if category else None
    found = reference.get("department", department, matter.filed)
    if part != LEAD or duty is None or found is None:
        return Standing()
    if found.entry["kind"] in COMMUNITIES:
        return Standing(duty=duty, grassroots=True)
    if found.entry["kind"] not in TOWNS:
        return Standing()
    if duty in upward(reference, department, matter.filed):
        return Standing()
    authority = granted(reference, matter, department)
    return Standing(authority) if authority is not None else Standing(duty=duty)


def granted(reference: Reference, matter: Matter, department: str) -> Version | None:
    """The entry of the list that names this town and matter and holds its place."""
    listed = reference.having("authority", matter.filed, department=department, category=matter.category)
    return next((version for version in listed if matter.area.startswith(version.entry["area"])), None)


def weighed(reference: Reference, matter: Matter, offer: c.Offer) -> c.Offer:
    """The offer with what empowers its department, or whose duty would be pushed down by it."""
    found = standing(reference, matter, offer.department, offer.part)
    about = {
        "authority": found.authority.code if found.authority else None,
        "authority_from": found.authority.valid_from if found.authority else None,
        "duty": found.duty,
        "grassroots": found.grassroots,
    }
    return offer.model_copy(update=about)
