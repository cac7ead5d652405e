"""From a clock's rule to the deadline of one hand-off or case."""

from collections.abc import Sequence
from datetime import date, datetime

from services.dispatch.facts import Deadline
from services.dispatch.model.state import Case
from shared.clocks.count import due
from shared.clocks.days import StateCouncilDays
from shared.clocks.rule import ClockRule
from shared.reference.reference import Reference, Version

DAYS = StateCouncilDays()
ACCEPTANCE, OBJECTION, HANDLING = "handoff_acceptance", "handoff_objection", "handling_general"
VERIFICATION, FOLLOW_UP, SCREENING = "verification", "follow_up", "screening"
STATUTORY_ACCEPTANCE = {"petition": ("petition_notice",)}


def rule(reference: Reference, clock: str, on: datetime) -> ClockRule | None:
    """The version in force when the clock starts; a case keeps it."""
    found = reference.get("clock", clock, on)
    return None if found is None else _parsed(found)


_rules: dict[tuple[str, date], tuple[Version, ClockRule]] = {}


def _parsed(version: Version) -> ClockRule:
    """Each version is read once."""
    about = version.code, version.valid_from
    known = _rules.get(about)
    if known is None or known[0] is not version:
        known = _rules[about] = version, ClockRule.model_validate(version.entry["rule"])
    return known[1]


def deadline(reference: Reference, clock: str, started: datetime, answerable: str, extra: int = 0) -> Deadline | None:
    """None where the district has no such clock: then nothing runs, and nothing is guessed."""
    found = rule(reference, clock, started)
    if found is None:
        return None
    counted = due(found, started, DAYS, extra=extra)
    return Deadline(
        rule=clock,
        started_at=started,
        due_at=counted.due_at,
        answerable=answerable,
        warnings=counted.warnings,
        basis=found.basis.zh,
        provisional=counted.provisional,
    )


def acceptance(via: str | None) -> Sequence[str]:
    """An office whose statute gives it longer to answer a hand-off has that clock: a petition office its notice."""
    return (*STATUTORY_ACCEPTANCE.get(via or "", ()), ACCEPTANCE)


def first(reference: Reference, clocks: Sequence[str], started: datetime, answerable: str) -> Deadline | None:
    """The first of these clocks that the district has: an office's own before the general one."""
    found = (deadline(reference, clock, started, answerable) for clock in clocks)
    return next((one for one in found if one is not None), None)


def centre(reference: Reference, on: datetime) -> str:
    """The unit that answers for what waits at the centre."""
    codes = sorted(v.code for v in reference.all("department", on) if v.entry.get("kind") == "centre")
    return "governance_center" if "governance_center" in codes or not codes else codes[0]


def extended(reference: Reference, case: Case, handoff_id: str) -> tuple[int, Deadline | None]:
    """The longest extension that the running clock's rule allows, and the deadline with what is asked for added."""
    handoff = case.handoff(handoff_id)
    running = [c for c in case.clocks if c.handoff_id == handoff_id and c.stopped_at is None]
    if handoff is None or not running or not handoff.extension_days:
        return 0, None
    now = running[-1].deadline
    found = rule(reference, now.rule, now.started_at)
    if found is None or found.extension is None:
        return 0, None
    extra = handoff.extended_by + handoff.extension_days
    return found.extension.longest, deadline(reference, now.rule, now.started_at, now.answerable, extra)
