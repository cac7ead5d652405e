"""What clocks tell."""

from pydantic import AwareDatetime

from services.dispatch.facts.case import CaseFact
from services.dispatch.facts.deadline import Deadline
from services.dispatch.facts.handoff import HandoffFact
from services.dispatch.facts.words import LEVELS, NO_LAPSE
from shared.facts.sentence import Sentence


class ClockExtended(HandoffFact, service="dispatch"):
    """The office's own procedure has given its clock a later end, by the law that it works under."""

    told = Sentence(
        "依法延长办理期限至{deadline:end}[（“{deadline:clock}”）]",
        "extended its time, as the law that it works by lets it, to {deadline:end}[ (“{deadline:clock}”)]",
    )
    deadline: Deadline


class ClockStopped(HandoffFact, service="dispatch"):
    """What the clock runs to has happened in the office's own procedure."""

    told = Sentence("“{rule:clock}”停止计时", "a clock stopped: “{rule:clock}”")
    rule: str


class ClockWarned(CaseFact, service="dispatch"):
    """A clock warned: `level` 1 yellow, 2 red (the last warning). `answerable` is the unit that answers for it."""

    told = Sentence(
        "时限预警[（{level}）]：{answerable:department}的“{rule:clock}”将于{due_at:end}到期",
        "a warning[ ({level})] to {answerable:department}: “{rule:clock}” ends at {due_at:end}",
        level=LEVELS,
    )
    clock_id: str
    rule: str
    level: int
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None


class ClockLapsed(CaseFact, service="dispatch"):
    """The time is over; what was owed is still owed. With `right` a right has ended, and nobody is late."""

    told = Sentence(
        "逾期：{answerable:department}未在{due_at:end}前完成“{rule:clock}”",
        "{answerable:department} is late: “{rule:clock}” was due by {due_at:end}",
    ).when(
        "{answerable:department}的“{rule:clock}”期限于{due_at:end}届满，权利终止",
        "the right of {answerable:department} ended at {due_at:end}: “{rule:clock}”",
        right=True,
    )
    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    right: bool = False


class ClockRecounted(CaseFact, service="dispatch"):
    """The days off are known now, or put right: `deadline.notices` says by which notices. `was`: when it was due."""

    told = Sentence(
        "按放假安排重新计算“{rule:clock}”：由{was:end}改为{deadline:end}到期",
        "counted “{rule:clock}” again by the notices of days off: due by {deadline:end}, not {was:end}",
    )
    clock_id: str
    rule: str
    was: AwareDatetime
    deadline: Deadline
    answerable: str
    handoff_id: str | None = None


class LapseClimbed(CaseFact, service="dispatch"):
    """It is late still, and somebody higher up is told: `to`; `rung` counts from 1, and each comes once."""

    told = Sentence(
        "上报{to:department}：{answerable:department}未在{due_at:end}前完成“{rule:clock}”，现仍未完成",
        "told {to:department} that {answerable:department} is late still: “{rule:clock}” was due by {due_at:end}",
    )
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

    told = Sentence(
        "撤销{answerable:department}的逾期记录：“{rule:clock}”（{due_at:end}到期）[，{reason}]",
        "took back that {answerable:department} was late: “{rule:clock}”, due by {due_at:end}[; {reason}]",
        reason=NO_LAPSE,
    )
    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    reason: str
