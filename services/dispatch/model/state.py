"""What a case is: itself, its hand-offs, its clocks."""

from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime

from services.dispatch.model.clock import RunningClock
from shared.contents.refs import ContentRef
from shared.procedure.step import State

LEAD, CO = "lead", "co"
GIVEN_UP = frozenset({"returned", "recalled", "transferred", "waived"})
ENDED = GIVEN_UP | {"verified"}
COMPLAINED_OF = "complained_of"


class Handoff(State):
    """One department answers for one task of the case.

    `return_reason`: a return waits for the centre's consent. `deemed`: accepted by silence.
    """

    handoff_id: str = ""
    department: str = ""
    part: str = LEAD
    via: str | None = None
    offered_at: AwareDatetime | None = None
    objection_until: AwareDatetime | None = None
    consent: bool = False
    deemed: bool = False
    return_reason: ContentRef | None = None
    return_asked_at: AwareDatetime | None = None
    return_refused: bool = False
    replaces: str | None = None
    accepted_at: AwareDatetime | None = None
    completed_by: str | None = None
    result: ContentRef | None = None
    extension_days: int | None = None
    extended_by: int = 0
    reworks: int = 0
    urged: int = 0
    recalled_for: str | None = None
    since: AwareDatetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Case(State):
    case_id: str = ""
    code: str = ""
    reports: tuple[str, ...] = ()
    withdrawn_reports: tuple[str, ...] = ()
    category: str = ""
    kind: str = ""
    area: str = ""
    channel: str = ""
    governance: str | None = None
    net: str | None = None
    complained_of: str | None = None
    barred: tuple[str, ...] = ()
    meeting: str | None = None
    contents: tuple[ContentRef, ...] = ()
    rule: str | None = None
    rule_from: date | None = None
    authority: str | None = None
    authority_from: date | None = None
    without_authority: tuple[str, ...] = ()
    lead: str | None = None
    co_handlers: tuple[str, ...] = ()
    queued_for: str | None = None
    handoffs: tuple[Handoff, ...] = ()
    clocks: tuple[RunningClock, ...] = ()
    opened_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    reopened_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    closing_reason: str | None = None
    route: str | None = None
    reopen_until: AwareDatetime | None = None
    satisfied: bool | None = None
    reopenings: int = 0
    verified_by: tuple[str, ...] = ()
    look_again_at: AwareDatetime | None = None
    reporter_told: tuple[str, ...] = ()

    def handoff(self, handoff_id: str) -> Handoff | None:
        return next((h for h in self.handoffs if h.handoff_id == handoff_id), None)

    def open_handoffs(self) -> tuple[Handoff, ...]:
        return tuple(h for h in self.handoffs if not h.ended)

    def replaced(self, handoff: Handoff) -> bool:
        return any(other.replaces == handoff.handoff_id for other in self.handoffs)

    def ways_before(self, handoff: Handoff, status: str) -> int:
        """How often this task has ended in that way on its way to this hand-off."""
        return sum(earlier.status == status for earlier in self.before(handoff))

    def before(self, handoff: Handoff) -> list[Handoff]:
        """The hand-offs that this one replaces, one after the other, the latest first."""
        found: list[Handoff] = []
        earlier = self.handoff(handoff.replaces) if handoff.replaces else None
        while earlier is not None and earlier not in found:
            found.append(earlier)
            earlier = self.handoff(earlier.replaces) if earlier.replaces else None
        return found

    def extended_so_far(self, handoff: Handoff) -> int:
        """By how much the clock that it works by was extended, also before the task was transferred here."""
        total, way = handoff.extended_by, self.before(handoff)
        for earlier in way:
            if earlier.status != "transferred":
                break
            total += earlier.extended_by
        return total

    def after(self, handoff: Handoff) -> list[Handoff]:
        """The hand-offs that have taken its place, one after the other."""
        return [later for later in self.handoffs if handoff in self.before(later)]

    def owed(self, handoff: Handoff) -> bool:
        """Whether its task still waits for an office: given back, or taken from one complained of, and not replaced."""
        taken = handoff.status == "recalled" and handoff.recalled_for == COMPLAINED_OF
        return (taken or handoff.status == "returned") and not self.replaced(handoff)

    def replaceable(self, part: str) -> list[Handoff]:
        """Ended hand-offs of that part which nothing has replaced yet."""
        return [h for h in self.handoffs if h.part == part and h.ended and not self.replaced(h)]

    def current(self, part: str) -> tuple[str, ...]:
        """The departments that hold that part, or have done it since the case was last taken up."""
        since = self.reopened_at or self.opened_at
        return tuple(
            h.department
            for h in self.handoffs
            if h.part == part and h.status not in GIVEN_UP and (not h.ended or _not_before(h.offered_at, since))
        )

    def reported_by_somebody(self) -> bool:
        return bool(set(self.reports) - set(self.withdrawn_reports))

    def all_parts_done(self) -> bool:
        """A lead verified since the last reopening, nothing open, and nothing returned without an answer to it."""
        since = self.reopened_at or self.opened_at
        led = any(h.part == LEAD and h.status == "verified" and _not_before(h.offered_at, since) for h in self.handoffs)
        owed = any(not h.ended or self.owed(h) for h in self.handoffs)
        return led and not owed


def handlers(case: Case) -> dict[str, Any]:
    """Who leads and who helps now."""
    lead = case.current(LEAD)
    return {"lead": lead[-1] if lead else None, "co_handlers": tuple(dict.fromkeys(case.current(CO)))}


def case_of(handoff_id: str) -> str:
    return handoff_id.rpartition(".")[0]


def _not_before(moment: datetime | None, since: datetime | None) -> bool:
    return since is None or (moment is not None and moment >= since)


def with_handoff(case: Case, handoff: Handoff) -> dict[str, Any]:
    others = tuple(handoff if h.handoff_id == handoff.handoff_id else h for h in case.handoffs)
    known = any(h.handoff_id == handoff.handoff_id for h in case.handoffs)
    return {"handoffs": others if known else (*others, handoff)}
