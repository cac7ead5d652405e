"""From a clock's rule to the deadline of one hand-off or case."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from services.dispatch.facts import ClockMoved, Deadline, Rung
from services.dispatch.model import commands as c
from services.dispatch.model.clock import (
    CONSULTATION_CALL,
    REOFFER,
    REOPENING,
    RunningClock,
    excluding,
    working_by,
)
from services.dispatch.model.exclusion import of_number
from services.dispatch.model.state import CHILD, Case
from shared.clocks.count import Pause, after_end, district_time, due, due_after
from shared.clocks.rule import ClockRule
from shared.procedure.step import Command
from shared.reference.days import working_days
from shared.reference.reference import Reference, Version

ACCEPTANCE, OBJECTION, HANDLING = "handoff_acceptance", "handoff_objection", "handling_general"
VERIFICATION, FOLLOW_UP, QUEUE = "verification", "follow_up", "queue"
LOOK_AGAIN = "look_again"
CONSULTATION, POSITION, ARBITRATION = "consultation", "consultation_position", "arbitration"
ARBITER = "political_legal_committee"
Ladder = tuple[Rung, ...]
Ending = c.RecallHandoff | c.CallOffConsultation
STATUTORY_ACCEPTANCE = {"petition": ("petition_notice",)}


def _ladder(reference: Reference, now: Deadline, found: ClockRule, due_at: datetime) -> Ladder:
    """Each rung so many units after the end."""
    version, days = reference.get("clock", now.rule, now.started_at), working_days(reference)
    rungs = version.entry.get("ladder") or () if version else ()
    return tuple(Rung(at=after_end(found, due_at, rung["after"], days), to=rung["to"]) for rung in rungs)


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


def deadline(reference: Reference, clock: str, started: datetime, answerable: str) -> Deadline | None:
    """None where the district has no such clock: then nothing runs, and nothing is guessed."""
    found = rule(reference, clock, started)
    if found is None:
        return None
    counted = due(found, started, working_days(reference))
    now = Deadline(
        rule=clock,
        started_at=started,
        due_at=counted.due_at,
        answerable=answerable,
        warnings=counted.warnings,
        basis=found.basis.zh,
        provisional=counted.provisional,
        statutory=not found.policy,
        right=found.right,
        silence=found.silence,
        notices=counted.notices,
        excludes=found.excludes,
    )
    return now.model_copy(update={"ladder": _ladder(reference, now, found, counted.due_at)})


def counted_again(reference: Reference, clock: RunningClock, *more: Pause, extra: int | None = None) -> Deadline | None:
    """By its own version, from its own start, as one period with what was added, without what does not count."""
    now = clock.deadline
    found = rule(reference, now.rule, now.started_at)
    if found is None:
        return None
    added = now.extra if extra is None else extra
    counted = due_after(found, now.started_at, (*clock.pauses, *more), working_days(reference), extra=added)
    names = ("due_at", "warnings", "provisional", "notices")
    ladder = _ladder(reference, now, found, counted.due_at)
    return now.model_copy(update={**{name: getattr(counted, name) for name in names}, "extra": added, "ladder": ladder})


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


def centres(reference: Reference, clock: str, at: datetime) -> Deadline | None:
    """A clock that the centre itself answers for."""
    return deadline(reference, clock, at, centre(reference, at))


def consult_by(reference: Reference, at: datetime) -> Deadline | None:
    """By when the centre calls a consultation that has become compulsory."""
    return centres(reference, CONSULTATION_CALL, at)


def offer_by(reference: Reference, at: datetime) -> Deadline | None:
    """By when the centre finds an office for what has none."""
    return centres(reference, REOFFER, at)


def after_a_return(reference: Reference, at: datetime) -> Mapping[str, Deadline | None]:
    """Which of them runs, the number of returns decides."""
    return {"consult_by": consult_by(reference, at), "offer_by": offer_by(reference, at)}


def arbiter(reference: Reference, on: datetime) -> str | None:
    """Who decides what a consultation cannot: the political-legal committee."""
    return ARBITER if reference.get("department", ARBITER, on) is not None else None


def handling(reference: Reference, category: str, at: datetime, department: str, *own: str) -> Deadline | None:
    """An office's own clock by its statute; else that of the category; else the general one."""
    found = reference.get("category", category, at)
    simple = found.entry.get("handling") if found else None
    return first(reference, (*own, *([simple] if simple else ()), HANDLING), at, department)


def follow_up(reference: Reference, category: str, at: datetime) -> Deadline | None:
    """By when the reporter is asked: by the rule of the category, else the general one."""
    found = reference.get("category", category, at)
    own = found.entry.get("follow_up") if found else None
    return first(reference, (*([own] if own else ()), FOLLOW_UP), at, centre(reference, at))


def window(reference: Reference, closed: datetime) -> dict[str, Any]:
    """Until when a case that ends now can be taken up again, and how it is counted; None: the district sets no end."""
    found = centres(reference, REOPENING, closed)
    return {"reopen_until": found.due_at if found else None, "reopening": found}


def look_again(reference: Reference, at: datetime, look_again_at: datetime) -> Deadline:
    """On that day somebody at the centre looks at the case again."""
    return Deadline(rule=LOOK_AGAIN, started_at=at, due_at=look_again_at, answerable=centre(reference, at))


Stamp = Mapping[str, Any]
Deciding = Callable[[Case], Sequence[Command]]


def accepting(reference: Reference, stamp: Stamp, handoff_id: str) -> Deciding:
    def commands(case: Case) -> Sequence[Command]:
        handoff = case.handoff(handoff_id)
        if handoff is not None and handoff.part == CHILD:
            clock = part_of_the_time(case, handoff.parent or "", stamp["at"], handoff.department)
        else:
            clock = handling(reference, case.category, stamp["at"], handoff.department if handoff else "")
        return [c.AcceptHandoff(**stamp, handoff_id=handoff_id, deadline=clock)]

    return commands


def part_of_the_time(case: Case, parent: str, at: datetime, department: str) -> Deadline | None:
    """A part of a task is due when all of it is: within the office nothing is gained or lost."""
    clock = at_work(case, parent)
    if clock is None:
        return None
    warnings = tuple(warning for warning in clock.deadline.warnings if warning > at)
    return clock.deadline.model_copy(update={"started_at": at, "answerable": department, "warnings": warnings})


def granting(reference: Reference, stamp: Stamp, handoff_id: str) -> Deciding:
    def commands(case: Case) -> Sequence[Command]:
        longest, clock = extended(reference, case, handoff_id)
        return [c.GrantExtension(**stamp, handoff_id=handoff_id, deadline=clock, longest=longest)]

    return commands


def sending_back(reference: Reference, stamp: Stamp, handoff_id: str, reason: Any) -> Deciding:
    def commands(case: Case) -> Sequence[Command]:
        left = time_left(reference, case, handoff_id, stamp["at"])
        return [c.OrderRework(**stamp, handoff_id=handoff_id, reason=reason, deadline=left)]

    return commands


def perhaps_ending(reference: Reference, command: type[Ending], stamp: Stamp, **about: Any) -> Deciding:
    """A step with which the case may be resolved."""

    def commands(case: Case) -> Sequence[Command]:
        return [command(**stamp, **about, follow_up=follow_up(reference, case.category, stamp["at"]))]

    return commands


def resuming(reference: Reference, stamp: Stamp) -> Deciding:
    """The clocks that stood still with the case go on with what was left of each."""

    def commands(case: Case) -> Sequence[Command]:
        at = stamp["at"]
        still = [(clock, clock.stands) for clock in case.clocks if clock.stands is not None]
        on = (_goes_on(reference, k, since, at) for k, since in still if _time_passed(reference, k, since, at))
        return [c.ResumeCase(**stamp, follow_up=follow_up(reference, case.category, at), clocks=tuple(on))]

    return commands


def _time_passed(reference: Reference, clock: RunningClock, since: datetime, at: datetime) -> bool:
    """A clock of days that goes on on the day on which it stopped has lost none."""
    return _of_hours(reference, clock) or district_time(since).date() != district_time(at).date()


def _of_hours(reference: Reference, clock: RunningClock) -> bool:
    found = rule(reference, clock.deadline.rule, clock.deadline.started_at)
    return found is not None and found.unit == "hour"


def _goes_on(reference: Reference, clock: RunningClock, since: datetime, at: datetime) -> ClockMoved:
    now = clock.deadline
    left = counted_again(reference, clock, Pause(since, at))
    later = left or _shifted(now, now.due_at + (at - since))
    return ClockMoved(clock_id=clock.clock_id, was=now.due_at, deadline=later, handoff_id=clock.handoff_id)


def extended(reference: Reference, case: Case, handoff_id: str) -> tuple[int, Deadline | None]:
    """The longest extension that the running clock's rule allows, and the deadline with what is asked for added."""
    handoff, clock = case.handoff(handoff_id), at_work(case, handoff_id)
    if handoff is None or clock is None or not handoff.extension_days:
        return 0, None
    found = rule(reference, clock.deadline.rule, clock.deadline.started_at)
    if found is None or found.extension is None:
        return 0, None
    extra = case.extended_so_far(handoff) + handoff.extension_days
    return found.extension.longest, counted_again(reference, clock, extra=extra)


def at_work(case: Case, handoff_id: str) -> RunningClock | None:
    """The clock by which the office's work is owed."""
    return working_by(case.clocks, handoff_id)


def by_statute(reference: Reference, case: Case, handoff_id: str, due_at: datetime, extra: int) -> Deadline | None:
    """The running clock with the end that the office's own procedure has given it; None where none runs."""
    clock = at_work(case, handoff_id)
    if clock is None:
        return None
    counted = counted_again(reference, clock, extra=extra) or clock.deadline
    return counted.model_copy(update={"due_at": due_at})


def time_left(reference: Reference, case: Case, handoff_id: str, at: datetime) -> Deadline | None:
    """The clock that the completion stopped, to go on now with what was left of it."""
    done = (k for k in reversed(case.clocks) if k.handoff_id == handoff_id and k.stopped_by_completion)
    clock = next(done, None)
    if clock is None or clock.stopped_at is None:
        return None
    now = clock.deadline
    left = counted_again(reference, clock, Pause(clock.stopped_at, at))
    return left or _shifted(now, now.due_at + (at - clock.stopped_at))


Leaving = c.EndExclusion | c.CorrectExclusion | c.StrikeExclusion


def leaving_out(reference: Reference, command: type[Leaving], stamp: Stamp, number: int, **about: Any) -> Deciding:
    """With where the office's clock ends once that time is left out of it as the command says."""

    def commands(case: Case) -> Sequence[Command]:
        clock = at_work(case, about["handoff_id"])
        changed = {name: about[name] for name in ("since", "until") if about.get(name) is not None}
        if command is c.StrikeExclusion:
            changed["struck"] = True
        moved = _moved(reference, clock, number, changed) if clock and of_number(clock, number) else ()
        return [command(**stamp, **about, number=number, clocks=moved)]

    return commands


def _moved(
    reference: Reference, clock: RunningClock, number: int, changed: Mapping[str, Any]
) -> tuple[ClockMoved, ...]:
    now = clock.deadline
    again = counted_again(reference, excluding(clock, number, **changed))
    if again is None or again == now:
        return ()
    return (ClockMoved(clock_id=clock.clock_id, was=now.due_at, deadline=again, handoff_id=clock.handoff_id),)


def stood_still(reference: Reference, clock: RunningClock, at: datetime) -> dict[str, Any]:
    """How long in all."""
    return _in_all(reference, clock, [*clock.still, *([(clock.stands, at)] if clock.stands is not None else [])])


def left_out(reference: Reference, clock: RunningClock, at: datetime) -> dict[str, Any]:
    """Of the time that its rule excludes, so far."""
    return _in_all(reference, clock, [(each.since, each.until or at) for each in clock.excluded if not each.struck])


def _in_all(reference: Reference, clock: RunningClock, spans: Sequence[tuple[datetime, datetime]]) -> dict[str, Any]:
    """In hours where the rule counts hours, else in days."""
    if _of_hours(reference, clock):
        return {"hours": sum((until - since) / timedelta(hours=1) for since, until in spans)}
    return {"days": sum((district_time(until).date() - district_time(since).date()).days for since, until in spans)}


def _left(reference: Reference, case: Case, at: datetime) -> tuple[c.Left, ...]:
    """Of every task that is reported as done, should it have to go on."""
    done = (h.handoff_id for h in case.handoffs if h.status == "completed")
    return tuple(c.Left(handoff_id=each, deadline=time_left(reference, case, each, at)) for each in done)


def following_up(reference: Reference, stamp: Stamp, **said: Any) -> Deciding:
    """What the reporter said, with the clocks of what may come of it."""

    def commands(case: Case) -> Sequence[Command]:
        at = stamp["at"]
        clocks = {"offer_by": offer_by(reference, at), "verification": centres(reference, VERIFICATION, at)}
        return [c.RecordFollowUp(**stamp, **said, **clocks, left=_left(reference, case, at))]

    return commands


def reopening(reference: Reference, stamp: Stamp, **about: Any) -> Deciding:
    def commands(case: Case) -> Sequence[Command]:
        at = stamp["at"]
        left = _left(reference, case, at)
        return [c.ReopenCase(**stamp, **about, offer_by=offer_by(reference, at), left=left)]

    return commands


def recounting(reference: Reference, stamp: Stamp, stale: Iterable[str]) -> Deciding:
    """The clocks that were counted by notices which these marks name, where the days off now say something else."""
    marks = frozenset(stale)

    def commands(case: Case) -> Sequence[Command]:
        found = ((k, _recounted(reference, case, k)) for k in case.clocks if case.marks(k) in marks)
        changed = ((k, again) for k, again in found if again is not None and again != k.deadline)
        return [c.RecountClock(**stamp, clock_id=k.clock_id, deadline=again) for k, again in changed]

    return commands


def _recounted(reference: Reference, case: Case, clock: RunningClock) -> Deadline | None:
    """A clock that its end would start begins at the new end."""
    now, handoff = clock.deadline, case.handoff(clock.handoff_id) if clock.handoff_id else None
    owed = handoff is not None and at_work(case, handoff.handoff_id) is clock
    extra = max(now.extra, case.extended_so_far(handoff) if handoff is not None and owed else 0)
    again = counted_again(reference, clock, extra=extra)
    if again is None or now.then is None:
        return again
    then = deadline(reference, now.then.rule, again.due_at, now.then.answerable)
    return again.model_copy(update={"then": then})


def _shifted(deadline: Deadline, due_at: datetime) -> Deadline:
    by = due_at - deadline.due_at
    ladder = tuple(rung.model_copy(update={"at": rung.at + by}) for rung in deadline.ladder)
    warnings = tuple(w + by for w in deadline.warnings)
    return deadline.model_copy(update={"due_at": due_at, "warnings": warnings, "ladder": ladder})
