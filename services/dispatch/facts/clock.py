"""What clocks tell."""

from pydantic import AwareDatetime

from services.dispatch.facts.case import CaseFact
from services.dispatch.facts.deadline import Deadline
from services.dispatch.facts.handoff import HandoffFact


class ClockExtended(HandoffFact, service="dispatch"):
    """The office's own procedure has given its clock a later end, by the law that it works under."""

    deadline: Deadline


class ClockStopped(HandoffFact, service="dispatch"):
    """What the clock runs to has happened in the office's own procedure."""

    rule: str


class ClockWarned(CaseFact, service="dispatch"):
    """A clock warned: `level` 1 yellow, 2 red (the last warning). `answerable` is the unit that answers for it."""

    clock_id: str
    rule: str
    level: int
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None


class ClockLapsed(CaseFact, service="dispatch"):
    """The time is over; what was owed is still owed. With `right` a right has ended, and nobody is late."""

    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    right: bool = False


class ClockRecounted(CaseFact, service="dispatch"):
    """The days off are known now, or put right: `deadline.notices` says by which notices. `was`: when it was due."""

    clock_id: str
    rule: str
    was: AwareDatetime
    deadline: Deadline
    answerable: str
    handoff_id: str | None = None


class LapseClimbed(CaseFact, service="dispatch"):
    """It is late still, and somebody higher up is told: `to`; `rung` counts from 1, and each comes once."""

    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    to: str
    rung: int


class LapseWithdrawn(CaseFact, service="dispatch"):
    """The lapse that was told was none.

    `reason`: answered_in_time or extended_in_time, heard of only afterwards; recounted, by a notice of days off;
    excluded, by time that the rule leaves out.
    """

    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    reason: str
