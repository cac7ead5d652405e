"""Time that a clock's rule leaves out: a hearing, an appraisal."""

from pydantic import AwareDatetime

from services.dispatch.facts.deadline import ClockMoved, Deadline
from services.dispatch.facts.handoff import HandoffFact
from services.dispatch.facts.words import GROUNDS
from shared.contents.refs import ContentRef
from shared.facts.sentence import Sentence


class ExclusionFact(HandoffFact):
    """`number` counts the exclusions of the clock."""

    clock_id: str
    rule: str
    number: int


class ExclusionBegun(ExclusionFact, service="dispatch"):
    """Since when, on which ground (`hearing`, `appraisal` …), and the paper that shows it. The clock stands still;
    `deadline`: when the centre looks whether it has ended."""

    told = Sentence(
        "自{since:time}起扣除时段[（{ground}）]，“{rule:clock}”停止计时",
        "time is left out since {since:time}[ ({ground})]; the clock stands still: “{rule:clock}”",
        ground=GROUNDS,
    )
    ground: str
    since: AwareDatetime
    paper: ContentRef
    deadline: Deadline | None = None


class ExclusionEnded(ExclusionFact, service="dispatch"):
    """`clocks`: where the clock ends now; none where no day was left out."""

    told = Sentence(
        "扣除时段至{until:time}结束[，时限改为{clocks.deadline:end}到期]：“{rule:clock}”",
        "time was left out until {until:time}[; due by {clocks.deadline:end} now]: “{rule:clock}”",
    )
    until: AwareDatetime
    clocks: tuple[ClockMoved, ...] = ()


class ExclusionCorrected(ExclusionFact, service="dispatch"):
    """It was recorded wrongly; what was recorded stays in the log. Without `until` it goes on."""

    told = Sentence(
        "更正扣除时段：自{since:time}起[至{until:time}止][，时限改为{clocks.deadline:end}到期]：“{rule:clock}”",
        "time left out, corrected: {since:time}[ to {until:time}][; due by {clocks.deadline:end} now]: “{rule:clock}”",
    )
    since: AwareDatetime
    until: AwareDatetime | None = None
    reason: ContentRef
    clocks: tuple[ClockMoved, ...] = ()


class ExclusionStruck(ExclusionFact, service="dispatch"):
    """It never was, or the rule does not have it."""

    told = Sentence(
        "撤销扣除时段[，时限改为{clocks.deadline:end}到期]：“{rule:clock}”",
        "struck time left out[; due by {clocks.deadline:end} now]: “{rule:clock}”",
    )
    reason: ContentRef
    clocks: tuple[ClockMoved, ...] = ()
