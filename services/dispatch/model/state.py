"""What a case is: itself, its hand-offs, its clocks."""

from datetime import date, datetime
from itertools import takewhile
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.dispatch.facts import Task
from services.dispatch.model.clock import REOPENING, Exclusion, RunningClock
from shared.clocks.days import AWAITED
from shared.contents.refs import ContentRef
from shared.procedure.step import State

LEAD, CO, CHILD = "lead", "co", "child"
GIVEN_UP = frozenset({"returned", "recalled", "transferred", "waived"})
ENDED = GIVEN_UP | {"verified"}
COMPLAINED_OF = "complained_of"
DONE = {1: frozenset({"verified"}), 2: frozenset({"verified", "completed"})}
"""States in which an office's part is done, by version of the procedures: what an office reports holds, or is verified
first."""
RETURNABLE = frozenset({"offered", "accepted"})


class Handoff(State):
    """One department answers for one task of the case.

    `return_reason`: a return waits for the centre's consent. `deemed`: accepted by silence. `disputed`: the office says
    that another is competent. `binding`: a consultation has decided it. `after`: planned until that one is done.
    `parent`: it is a part of that one. `excludes`: what the clock of the work leaves out; `exclusions`: what it did.
    `note`: what for. `unconfirmed`: the reporter could not confirm it, the centre verifies. `again_at`: since when it
    is at work again because it was not solved.
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
    parent: str | None = None
    after: str | None = None
    note: ContentRef | None = None
    accepted_at: AwareDatetime | None = None
    completed_by: str | None = None
    result: ContentRef | None = None
    extension_days: int | None = None
    extended_by: int = 0
    reworks: int = 0
    urged: int = 0
    recalled_for: str | None = None
    binding: bool = False
    disputed: bool = False
    excludes: tuple[str, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    since: AwareDatetime | None = None
    unconfirmed: bool = False
    again_at: AwareDatetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Seat(BaseModel):
    """A department at a consultation; `until`: when its time to state a position ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    department: str
    until: AwareDatetime | None = None
    position: str | None = None
    statement: ContentRef | None = None
    stated_at: AwareDatetime | None = None


class Consultation(State):
    consultation_id: str = ""
    reason: str = ""
    question: ContentRef | None = None
    disputed: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    papers: tuple[ContentRef, ...] = ()
    called_at: AwareDatetime | None = None
    referred_to: str | None = None
    conclusion: ContentRef | None = None
    tasks: tuple[Task, ...] = ()
    decided_by: str | None = None
    ended_at: AwareDatetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in ("concluded", "called_off")

    @property
    def invited(self) -> frozenset[str]:
        return frozenset(seat.department for seat in self.seats)


class Link(BaseModel):
    """What the other case is to this one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    other: str


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
    links: tuple[Link, ...] = ()
    merged_into: str | None = None
    handoffs: tuple[Handoff, ...] = ()
    consultations: tuple[Consultation, ...] = ()
    clocks: tuple[RunningClock, ...] = ()
    opened_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    reopened_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    closing_reason: str | None = None
    route: str | None = None
    reopen_until: AwareDatetime | None = None
    asked: str | None = None
    satisfied: bool | None = None
    reopenings: int = 0
    verified_by: tuple[str, ...] = ()
    look_again_at: AwareDatetime | None = None
    reporter_told: tuple[str, ...] = ()
    workflow: int = 1
    workflow_by: str | None = None
    workflow_from: date | None = None

    @property
    def done(self) -> frozenset[str]:
        return DONE[self.workflow]

    def handoff(self, handoff_id: str) -> Handoff | None:
        return next((h for h in self.handoffs if h.handoff_id == handoff_id), None)

    def consultation(self, consultation_id: str) -> Consultation | None:
        return next((one for one in self.consultations if one.consultation_id == consultation_id), None)

    def open_consultation(self) -> Consultation | None:
        return next((one for one in self.consultations if not one.ended), None)

    def unsettled(self, handoff: Handoff | None) -> tuple[int, bool]:
        """How often the task was returned on its way here, and whether its competence is in dispute: since a
        consultation last decided it."""
        way = list(takewhile(lambda h: not h.binding, [handoff, *self.before(handoff)] if handoff else []))
        return sum(h.status == "returned" for h in way), any(h.disputed for h in way)

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

    def children(self, handoff_id: str) -> list[Handoff]:
        """Open parts of it that its office has passed on to its own."""
        return [h for h in self.open_handoffs() if h.parent == handoff_id]

    def turn_has_come(self, planned: Handoff) -> bool:
        """What it waits for, or what has taken the place of that, is verified or waived."""
        first = self.handoff(planned.after) if planned.after else None
        return first is not None and any(
            h.status in self.done or h.status == "waived" for h in (first, *self.after(first))
        )

    def owed(self, handoff: Handoff) -> bool:
        """Whether its task still waits for an office: given back, or taken from one complained of, and not replaced."""
        if handoff.status == "planned":
            return self.turn_has_come(handoff)
        if handoff.part == CHILD:
            return False
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
            if h.part == part and h.status not in GIVEN_UP and (not h.ended or _of_now(h, since))
        )

    def marks(self, clock: RunningClock) -> str | None:
        """By which notices it was counted, as long as another count would change anything: it runs or may run on after
        rework, it was told as lapsed, or the right that it ends can still be used. One without marks was counted before
        they were kept."""
        handoff = self.handoff(clock.handoff_id) if clock.handoff_id else None
        may_return = clock.deadline.right and handoff is not None and handoff.status in RETURNABLE
        may_go_on = clock.stopped_by_completion and handoff is not None and not handoff.ended
        window = clock.deadline.rule == REOPENING and self.reopen_until == clock.deadline.due_at
        if not (clock.running or clock.lapsed or may_return or may_go_on or window):
            return None
        return ",".join(clock.deadline.notices) or (AWAITED if clock.deadline.provisional else None)

    @property
    def unconfirmed(self) -> bool:
        """The centre has a result to verify, because the reporter could not be asked about it."""
        return any(h.unconfirmed and h.status == "completed" for h in self.handoffs)

    def reported_by_somebody(self) -> bool:
        return bool(set(self.reports) - set(self.withdrawn_reports))

    def all_parts_done(self) -> bool:
        """A lead done since the last reopening, nothing at work, and nothing returned without an answer to it."""
        since = self.reopened_at or self.opened_at
        led = any(h.part == LEAD and h.status in self.done and _of_now(h, since) for h in self.handoffs)
        owed = any(not (h.ended or h.status in self.done) or self.owed(h) for h in self.handoffs)
        return led and not owed and self.open_consultation() is None


def handlers(case: Case) -> dict[str, Any]:
    """Who leads and who helps now."""
    lead = case.current(LEAD)
    return {"lead": lead[-1] if lead else None, "co_handlers": tuple(dict.fromkeys(case.current(CO)))}


def case_of(handoff_id: str) -> str:
    return handoff_id.rpartition(".")[0]


def _of_now(handoff: Handoff, since: datetime | None) -> bool:
    """Offered, or at work again, since the case was last taken up."""
    return _not_before(handoff.again_at or handoff.offered_at, since)


def _not_before(moment: datetime | None, since: datetime | None) -> bool:
    return since is None or (moment is not None and moment >= since)


def with_handoff(case: Case, handoff: Handoff) -> dict[str, Any]:
    others = tuple(handoff if h.handoff_id == handoff.handoff_id else h for h in case.handoffs)
    known = any(h.handoff_id == handoff.handoff_id for h in case.handoffs)
    return {"handoffs": others if known else (*others, handoff)}


def with_consultation(case: Case, consultation: Consultation) -> dict[str, Any]:
    others = tuple(c for c in case.consultations if c.consultation_id != consultation.consultation_id)
    return {"consultations": (*others, consultation)}
