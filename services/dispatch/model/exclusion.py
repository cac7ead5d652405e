"""Time that the rule of an office's clock leaves out: begun and ended by the office, put right by the centre.

治安管理处罚法 118: appraisals and hearings; 行政强制法 25: tests; 信访工作条例 36: hearings, of a recheck only.
Which of them a clock leaves out is its rule's to say (`excludes`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model.clock import (
    EXCLUSION,
    SUSPENSION,
    Clocks,
    Exclusion,
    RunningClock,
    excluding,
    recounted,
    running_of,
    started,
    stopped,
    working_by,
)
from services.dispatch.model.state import Case, Handoff, with_handoff
from services.dispatch.model.words import GROUNDS
from shared.procedure.procedure import Changes
from shared.refusals.refusals import NotFound, Refused
from shared.refusals.words import Words

SAID: Mapping[str, Words] = {"ground": GROUNDS, "possible": GROUNDS}


@dataclass(slots=True, eq=False)
class NoClockRuns(Refused):
    code = "no-clock-runs"
    zh = "该交办没有正在计算的办理时限"
    en = "No clock of this work is running"


@dataclass(slots=True, eq=False)
class NotExcluded(Refused):
    code = "not-excluded"
    zh = "该时限（{basis}）不扣除“{ground}”期间；可扣除的：{possible}"
    en = "This clock ({basis}) leaves no time of '{ground}' out; it leaves out: {possible}"
    words = SAID
    ground: str
    basis: str
    possible: tuple[str, ...]


@dataclass(slots=True, eq=False)
class StillAhead(Refused):
    code = "still-ahead"
    status = 422
    zh = "起止时间不能晚于现在：{moment}"
    en = "It can neither begin nor end later than now: {moment}"
    moment: str


@dataclass(slots=True, eq=False)
class BeforeTheClock(Refused):
    code = "before-the-clock"
    zh = "扣除时段不能早于时限的起算时间（{since}）"
    en = "It cannot begin before its clock does ({since})"
    since: str


@dataclass(slots=True, eq=False)
class AfterTheEnd(Refused):
    code = "after-the-end"
    zh = "该时限已于 {until} 届满，此后开始的时段不再扣除"
    en = "The clock ended at {until}; what begins later is not left out"
    until: str


@dataclass(slots=True, eq=False)
class CentreRecords(Refused):
    code = "centre-records"
    zh = "该时限已于 {until} 逾期，补记扣除时段须由综治中心办理"
    en = "The clock lapsed at {until}; from then on the centre records time that it leaves out"
    until: str


@dataclass(slots=True, eq=False)
class Overlaps(Refused):
    code = "exclusions-overlap"
    zh = "与已记录的扣除时段（{ground}，自 {since} 起）重叠"
    en = "It overlaps another one ({ground}, from {since} on)"
    words = SAID
    ground: str
    since: str


@dataclass(slots=True, eq=False)
class EndsFirst(Refused):
    code = "ends-first"
    status = 422
    zh = "结束时间须晚于开始时间（{since}）"
    en = "It has to end later than it begins ({since})"
    since: str


@dataclass(slots=True, eq=False)
class EndedAlready(Refused):
    code = "ended-already"
    zh = "该扣除时段已于 {until} 结束；记录有误的，由综治中心更正"
    en = "It ended at {until}; what was recorded wrongly the centre corrects"
    until: str


@dataclass(slots=True, eq=False)
class StillOpen(Refused):
    code = "still-open"
    zh = "该扣除时段尚未结束，请先记录结束时间"
    en = "It goes on; record its end first"


def grounds(excludes: tuple[str, ...]) -> tuple[str, ...]:
    """What an office can record; a suspension is the case's."""
    return tuple(ground for ground in excludes if ground != SUSPENSION)


def can_begin(handoff: Handoff) -> bool:
    return bool(handoff.excludes) and not has_open(handoff)


def has_open(handoff: Handoff) -> bool:
    return any(each.open for each in handoff.exclusions)


def has_any(handoff: Handoff) -> bool:
    return any(not each.struck for each in handoff.exclusions)


def rule_excludes(case: Case, command: c.BeginExclusion) -> Refused | None:
    clock = _clock(case, command)
    if clock is None:
        return NoClockRuns()
    possible = grounds(clock.deadline.excludes)
    return None if command.ground in possible else NotExcluded(command.ground, clock.deadline.basis, possible)


def not_ahead(case: Case, command: Any) -> Refused | None:
    ahead = next((moment for moment in _times(case, command) if moment is not None and moment > command.at), None)
    return StillAhead(_said(ahead)) if ahead is not None else None


def within_the_clock(case: Case, command: c.BeginExclusion | c.CorrectExclusion) -> Refused | None:
    clock = _clock(case, command)
    if clock is None:
        return NoClockRuns()
    if command.since < clock.deadline.started_at:
        return BeforeTheClock(_said(clock.deadline.started_at))
    return AfterTheEnd(_said(clock.deadline.due_at)) if command.since >= clock.deadline.due_at else None


def not_lapsed(case: Case, command: c.BeginExclusion) -> Refused | None:
    """An office does not judge its own lateness."""
    clock = _clock(case, command)
    late = clock is not None and clock.lapsed and clock.missed is None
    return CentreRecords(_said(clock.deadline.due_at)) if clock is not None and late else None


def no_overlap(case: Case, command: Any) -> Refused | None:
    clock, (since, until) = _clock(case, command), _times(case, command)
    number = getattr(command, "number", None)
    for other in clock.excluded if clock else ():
        apart = (other.until is not None and other.until <= since) or (until is not None and until <= other.since)
        if not (apart or other.struck or other.number == number):
            return Overlaps(other.ground, _said(other.since))
    return None


def known(case: Case, command: c.ExclusionCommand) -> Refused | None:
    return NotFound("exclusion") if _exclusion(case, command) is None else None


def still_open(case: Case, command: c.EndExclusion) -> Refused | None:
    found = _exclusion(case, command)
    return EndedAlready(_said(found.until)) if found is not None and found.until is not None else None


def ends_later(case: Case, command: Any) -> Refused | None:
    since, until = _times(case, command)
    return EndsFirst(_said(since)) if until is not None and until <= since else None


def end_was_recorded(case: Case, command: c.CorrectExclusion) -> Refused | None:
    found = _exclusion(case, command)
    return StillOpen() if found is not None and found.open and command.until is not None else None


def told(case: Case, command: Any) -> dict[str, Any]:
    """What the facts say beside the command; corrected without another end it keeps its own."""
    clock = _clock(case, command)
    if clock is None:
        return {}
    of = {"clock_id": clock.clock_id, "rule": clock.deadline.rule}
    if isinstance(command, c.BeginExclusion):
        return {**of, "number": len(clock.excluded) + 1}
    return {**of, "until": _times(case, command)[1]} if isinstance(command, c.CorrectExclusion) else of


def _clock(case: Case, command: Any) -> RunningClock | None:
    return working_by(case.clocks, command.handoff_id)


def _exclusion(case: Case, command: Any) -> Exclusion | None:
    return of_number(_clock(case, command), command.number)


def of_number(clock: RunningClock | None, number: int) -> Exclusion | None:
    found = (each for each in (clock.excluded if clock else ()) if each.number == number and not each.struck)
    return next(found, None)


def _times(case: Case, command: Any) -> tuple[datetime, datetime | None]:
    """When it begins and ends, if the command is taken."""
    found = _exclusion(case, command) if isinstance(command, c.ExclusionCommand) else None
    since = getattr(command, "since", None) or (found.since if found else command.at)
    return since, getattr(command, "until", None) or (found.until if found else None)


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def seen_to(clocks: Clocks, handoff_id: str, at: datetime) -> Clocks:
    mine = running_of(handoff_id)
    return stopped(clocks, at, lambda clock: mine(clock) and clock.deadline.rule == EXCLUSION)


def shown_with(case: Case, clocks: Clocks, handoff_id: str) -> dict[str, Any]:
    """The hand-off says what the clock of its work leaves out."""
    handoff, clock = case.handoff(handoff_id), working_by(clocks, handoff_id)
    if handoff is None or clock is None:
        return {}
    excluded = {"excludes": grounds(clock.deadline.excludes), "exclusions": clock.excluded}
    return with_handoff(case, handoff.model_copy(update=excluded))


def _changed(case: Case, fact: f.ExclusionFact, change: Callable[[RunningClock], RunningClock]) -> dict[str, Any]:
    clocks = tuple(change(clock) if clock.clock_id == fact.clock_id else clock for clock in case.clocks)
    clock = working_by(clocks, fact.handoff_id)
    if clock is None or not any(each.open for each in clock.excluded):
        clocks = seen_to(clocks, fact.handoff_id, fact.at)
    return {"clocks": clocks, **shown_with(case, clocks, fact.handoff_id)}


def _moved(clock: RunningClock, fact: Any) -> RunningClock:
    ends = (moved.deadline for moved in fact.clocks if moved.clock_id == clock.clock_id)
    deadline = next(ends, None)
    return clock if deadline is None else recounted(clock, deadline, fact.at)


def _begun(case: Case, fact: f.ExclusionBegun) -> dict[str, Any]:
    """None goes on unseen: by its clock the centre looks at it."""
    new = Exclusion(number=fact.number, ground=fact.ground, since=fact.since)
    changed = _changed(case, fact, lambda clock: clock.model_copy(update={"excluded": (*clock.excluded, new)}))
    return {**changed, "clocks": started(changed["clocks"], case.case_id, fact.deadline, fact.handoff_id)}


def _ended(case: Case, fact: f.ExclusionEnded) -> dict[str, Any]:
    return _changed(case, fact, lambda clock: _moved(excluding(clock, fact.number, until=fact.until), fact))


def _corrected(case: Case, fact: f.ExclusionCorrected) -> dict[str, Any]:
    times = {"since": fact.since, "until": fact.until}
    return _changed(case, fact, lambda clock: _moved(excluding(clock, fact.number, **times), fact))


def _struck(case: Case, fact: f.ExclusionStruck) -> dict[str, Any]:
    return _changed(case, fact, lambda clock: _moved(excluding(clock, fact.number, struck=True), fact))


FACTS = (f.ExclusionBegun, f.ExclusionEnded, f.ExclusionCorrected, f.ExclusionStruck)
CHANGES: Changes = {fact: lambda handoff, fact: {} for fact in FACTS}
ALSO: Changes = {
    f.ExclusionBegun: _begun,
    f.ExclusionEnded: _ended,
    f.ExclusionCorrected: _corrected,
    f.ExclusionStruck: _struck,
}
