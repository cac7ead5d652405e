"""What a case is: itself, its hand-offs, its clocks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.dispatch.facts import Deadline
from shared.contents.refs import ContentRef
from shared.procedure.step import State

LEAD, CO = "lead", "co"
ENDED = frozenset({"verified", "returned", "recalled", "transferred", "waived"})


class RunningClock(BaseModel):
    """One clock of the case, running or stopped. `warned` is the colour it has reached: 0 green, 1 yellow, 2 red."""

    model_config = ConfigDict(frozen=True)
    clock_id: str
    deadline: Deadline
    handoff_id: str | None = None
    warned: int = 0
    lapsed: bool = False
    stopped_at: AwareDatetime | None = None
    stopped_by_completion: bool = False

    @property
    def next_at(self) -> datetime | None:
        """When something about it is to be told next."""
        if self.stopped_at is not None or self.lapsed:
            return None
        warnings = self.deadline.warnings
        return warnings[self.warned] if self.warned < len(warnings) else self.deadline.due_at


class Handoff(State):
    """One department answers for one task of the case."""

    handoff_id: str = ""
    department: str = ""
    part: str = LEAD
    via: str | None = None
    offered_at: AwareDatetime | None = None
    objection_until: AwareDatetime | None = None
    replaces: str | None = None
    accepted_at: AwareDatetime | None = None
    completed_by: str | None = None
    result: ContentRef | None = None
    extension_days: int | None = None
    extended_by: int = 0
    reworks: int = 0
    urged: int = 0
    since: AwareDatetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Case(State):
    case_id: str = ""
    code: str = ""
    reports: tuple[str, ...] = ()
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
    satisfied: bool | None = None
    reopenings: int = 0
    verified_by: tuple[str, ...] = ()
    look_again_at: AwareDatetime | None = None

    def handoff(self, handoff_id: str) -> Handoff | None:
        return next((h for h in self.handoffs if h.handoff_id == handoff_id), None)

    def open_handoffs(self) -> tuple[Handoff, ...]:
        return tuple(h for h in self.handoffs if not h.ended)

    def replaced(self, handoff: Handoff) -> bool:
        return any(other.replaces == handoff.handoff_id for other in self.handoffs)

    def returns_before(self, handoff: Handoff) -> int:
        """How often this task has been returned on its way to this hand-off."""
        return sum(earlier.status == "returned" for earlier in self.before(handoff))

    def before(self, handoff: Handoff) -> list[Handoff]:
        """The hand-offs that this one replaces, one after the other, the latest first."""
        found: list[Handoff] = []
        earlier = self.handoff(handoff.replaces) if handoff.replaces else None
        while earlier is not None and earlier not in found:
            found.append(earlier)
            earlier = self.handoff(earlier.replaces) if earlier.replaces else None
        return found

    def replaceable(self, part: str) -> list[Handoff]:
        """Ended hand-offs of that part which nothing has replaced yet."""
        return [h for h in self.handoffs if h.part == part and h.ended and not self.replaced(h)]

    def all_parts_done(self) -> bool:
        """A lead verified since the last reopening, nothing open, and nothing returned without an answer to it."""
        since = self.reopened_at or self.opened_at
        led = any(h.part == LEAD and h.status == "verified" and _not_before(h.offered_at, since) for h in self.handoffs)
        owed = any(not h.ended or (h.status == "returned" and not self.replaced(h)) for h in self.handoffs)
        return led and not owed


def _not_before(moment: datetime | None, since: datetime | None) -> bool:
    return since is None or (moment is not None and moment >= since)


def with_handoff(case: Case, handoff: Handoff) -> dict[str, Any]:
    others = tuple(handoff if h.handoff_id == handoff.handoff_id else h for h in case.handoffs)
    known = any(h.handoff_id == handoff.handoff_id for h in case.handoffs)
    return {"handoffs": others if known else (*others, handoff)}


def started(case: Case, deadline: Deadline | None, handoff_id: str | None = None) -> tuple[RunningClock, ...]:
    """The case's clocks with one more; its id counts the case's clocks."""
    if deadline is None:
        return case.clocks
    clock_id = f"{case.case_id}.{len(case.clocks) + 1}"
    return (*case.clocks, RunningClock(clock_id=clock_id, deadline=deadline, handoff_id=handoff_id))


def stopped(
    clocks: Iterable[RunningClock], at: datetime, handoff_id: str | None, by_completion: bool = False
) -> tuple[RunningClock, ...]:
    """With every running clock of that hand-off (None: of the case itself) stopped."""
    end = {"stopped_at": at, "stopped_by_completion": by_completion}
    return tuple(
        clock.model_copy(update=end) if clock.handoff_id == handoff_id and clock.stopped_at is None else clock
        for clock in clocks
    )


def resumed(clocks: Iterable[RunningClock], handoff_id: str) -> tuple[RunningClock, ...]:
    """With the clock that the hand-off's completion stopped running on from its own start."""
    on = {"stopped_at": None, "stopped_by_completion": False}
    return tuple(
        clock.model_copy(update=on) if clock.handoff_id == handoff_id and clock.stopped_by_completion else clock
        for clock in clocks
    )
