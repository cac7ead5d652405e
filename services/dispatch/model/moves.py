"""How a task came to the office that has it: from whom, and by which way. Read from the case as it stands."""

from datetime import datetime

from services.dispatch.model.state import CHILD, Case, Handoff

CENTRE = "centre"
"""Where a hand-off comes from that no other office had before."""
FIRST, CONCLUDED, AGAIN, PART = "first", "concluded", "again", "part"
BY = {"returned": "returned", "transferred": "transferred", "recalled": "recalled", "waived": "recalled"}
"""The way, by how the hand-off before it ended."""
PASSED = frozenset({"returned", "transferred", "recalled", CONCLUDED})
"""Ways by which a task goes from one office to another."""


def came(case: Case, handoff: Handoff) -> tuple[str, str]:
    """From which office, and how. An office from which it was taken before its turn had come never had it."""
    before = case.handoff(handoff.parent or handoff.replaces or "")
    whence = before.department if before is not None and before.offered_at is not None else CENTRE
    if handoff.part == CHILD:
        return whence, PART
    if handoff.binding:
        return whence, CONCLUDED
    return whence, FIRST if before is None else BY.get(before.status, AGAIN)


def passes(case: Case) -> int:
    """How often a task of the case went from one office to another."""
    ways = ((*came(case, h), h.department) for h in case.handoffs if h.offered_at is not None)
    return sum(way in PASSED and whence not in (CENTRE, office) for whence, way, office in ways)


def late_at(case: Case) -> datetime | None:
    """Since when something of it has been late for the first time; what was taken back does not count."""
    lapsed = (clock.lapsed_at for clock in case.clocks if clock.lapsed and not clock.deadline.right)
    return min((at for at in lapsed if at is not None), default=None)
