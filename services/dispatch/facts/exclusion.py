"""Time that a clock's rule leaves out: a hearing, an appraisal."""

from pydantic import AwareDatetime

from services.dispatch.facts.deadline import ClockMoved, Deadline
from services.dispatch.facts.handoff import HandoffFact
from shared.contents.refs import ContentRef


class ExclusionFact(HandoffFact):
    """`number` counts the exclusions of the clock."""

    clock_id: str
    rule: str
    number: int


class ExclusionBegun(ExclusionFact, service="dispatch"):
    """Since when, on which ground (`hearing`, `appraisal` …), and the paper that shows it. The clock stands still;
    `deadline`: when the centre looks whether it has ended."""

    ground: str
    since: AwareDatetime
    paper: ContentRef
    deadline: Deadline | None = None


class ExclusionEnded(ExclusionFact, service="dispatch"):
    """`clocks`: where the clock ends now; none where no day was left out."""

    until: AwareDatetime
    clocks: tuple[ClockMoved, ...] = ()


class ExclusionCorrected(ExclusionFact, service="dispatch"):
    """It was recorded wrongly; what was recorded stays in the log. Without `until` it goes on."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    reason: ContentRef
    clocks: tuple[ClockMoved, ...] = ()


class ExclusionStruck(ExclusionFact, service="dispatch"):
    """It never was, or the rule does not have it."""

    reason: ContentRef
    clocks: tuple[ClockMoved, ...] = ()
