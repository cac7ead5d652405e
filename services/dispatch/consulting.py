"""From a request about a consultation to the command: seats with their clocks, tasks as offers that bind."""

from collections.abc import Sequence
from typing import Any

from services.dispatch import deadlines, routing
from services.dispatch.model import commands as c
from services.dispatch.model.state import Case
from shared.procedure.step import Command
from shared.reference.reference import Reference


def seat(reference: Reference, category: str, department: str, stamp: deadlines.Stamp) -> c.Seat:
    """With the clock by which the department states its position."""
    at = stamp["at"]
    known = reference.get("department", department, at) is not None
    clock = deadlines.deadline(reference, deadlines.POSITION, at, department)
    outside = routing.outside(reference, category, department, at)
    return c.Seat(department=department, known=known, outside=outside, deadline=clock)


def calling(
    reference: Reference, stamp: deadlines.Stamp, invited: Sequence[str], disputed: Sequence[str], **said: Any
) -> deadlines.Deciding:
    """Who has a task in dispute is heard, invited or not, unless it is complained of."""

    def commands(case: Case) -> Sequence[Command]:
        parts = (case.handoff(handoff_id) for handoff_id in disputed)
        holders = (part.department for part in parts if part is not None and part.department not in case.barred)
        seats = tuple(seat(reference, case.category, code, stamp) for code in dict.fromkeys((*invited, *holders)))
        clock = deadlines.centres(reference, deadlines.CONSULTATION, stamp["at"])
        about = {"disputed": tuple(disputed), "deadline": clock}
        return [c.CallConsultation(**stamp, **said, **about, invited=seats)]

    return commands


def concluding(
    reference: Reference, stamp: deadlines.Stamp, departments: Sequence[tuple[str, str]], **said: Any
) -> deadlines.Deciding:
    """`departments` with their parts. An offer by conclusion leaves no time to object."""

    def commands(case: Case) -> Sequence[Command]:
        made = (routing.offer_in(reference, case, code, part, stamp["at"]) for code, part in departments)
        free = {"binding": True, "objection": None, "objection_until": None, "consent": False}
        offers = tuple(offer.model_copy(update=free) for offer in made)
        follow_up = deadlines.follow_up(reference, case.category, stamp["at"])
        return [c.ConcludeConsultation(**stamp, **said, offers=offers, follow_up=follow_up)]

    return commands
