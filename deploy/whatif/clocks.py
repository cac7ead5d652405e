"""A clock tried on past cases: where its ends would have been, and who would have been late."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deploy.whatif.past import Past, PastCase
from services.dispatch.deadlines import centre
from services.dispatch.model import Case, Handoff
from services.dispatch.model.clock import RunningClock
from shared.clocks.count import Pause, due, due_after
from shared.clocks.rule import ClockRule
from shared.facts.fact import Fact
from shared.reference.days import working_days


@dataclass(frozen=True, slots=True)
class Held:
    """Who answered for the clock from when to when; a transfer hands it on. `until` None: up to its end."""

    unit: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the clock. `was` and `was_late` None: the case had no such clock.

    Late is whoever had it when its end came, and nobody else: who had it before handed it on in time, and who got it
    late has the work, not the lapse. `was_answerable`: by the end that there was.
    """

    code: str
    held: tuple[Held, ...]
    end: datetime
    late: bool
    was: datetime | None = None
    was_late: bool | None = None

    @property
    def answerable(self) -> str:
        return _with_whom(self.held, self.end)

    @property
    def was_answerable(self) -> str | None:
        return None if self.was is None else _with_whom(self.held, self.was)

    @property
    def moved(self) -> timedelta | None:
        return None if self.was is None else self.end - self.was

    @property
    def differs(self) -> bool:
        charged = self.answerable if self.late else None, self.was_answerable if self.was_late else None
        return bool(self.moved) or charged[0] != charged[1]


@dataclass(frozen=True, slots=True)
class ClockTried:
    """`known`: the past has this clock, or facts that start it."""

    clock: str
    known: bool
    runs: tuple[Run, ...]

    def late(self) -> Counter[str]:
        """By the unit that would have answered."""
        return Counter(run.answerable for run in self.runs if run.late)

    def was_late(self) -> Counter[str]:
        return Counter(run.was_answerable for run in self.runs if run.was_late and run.was_answerable)

    def differing(self) -> tuple[Run, ...]:
        return tuple(run for run in self.runs if run.differs)

    def as_json(self) -> dict[str, Any]:
        return {
            "clock": self.clock,
            "known": self.known,
            "runs": len(self.runs),
            "late": dict(sorted(self.late().items())),
            "was_late": dict(sorted(self.was_late().items())),
            "differing": [
                {
                    "case": run.code,
                    "answerable": run.answerable,
                    "was_answerable": run.was_answerable,
                    "held": [_held(each) for each in run.held],
                    "end": run.end.isoformat(),
                    "late": run.late,
                    "was": run.was.isoformat() if run.was else None,
                    "was_late": run.was_late,
                    "moved_days": run.moved / timedelta(days=1) if run.moved is not None else None,
                }
                for run in self.differing()
            ],
        }


def try_clock(past: Past, rule: ClockRule) -> ClockTried:
    """On the runs that the cases had of it; of a new clock on those that it would have had."""
    runs = [run for case in past.cases for run in _of_before(past, rule, case)]
    if runs:
        return ClockTried(rule.id, True, tuple(runs))
    names = {_name(fact) for case in past.cases for fact in case.facts}
    runs = [run for case in past.cases for run in _as_new(past, rule, case)]
    return ClockTried(rule.id, rule.starts_on in names, tuple(runs))


def _of_before(past: Past, rule: ClockRule, case: PastCase) -> Iterator[Run]:
    for clock in case.case.clocks:
        if clock.deadline.rule != rule.id:
            continue
        days, started = working_days(past.reference), clock.deadline.started_at
        end = due_after(rule, started, _pauses(rule, clock), days, extra=clock.deadline.extra).due_at
        owed = not rule.right
        was_late = owed and _over(past, clock, clock.deadline.due_at)
        late = owed and _over(past, clock, end)
        yield Run(case.case.code, _holders(case.case, clock), end, late, clock.deadline.due_at, was_late)


def _pauses(rule: ClockRule, clock: RunningClock) -> tuple[Pause, ...]:
    """Recorded time is left out as the tried rule has it."""
    excluded = tuple(each for each in clock.excluded if each.ground in rule.excludes)
    return clock.model_copy(update={"excluded": excluded}).pauses


def _holders(case: Case, clock: RunningClock) -> tuple[Held, ...]:
    """From the hand-off in which it started to the one that has it; of the case itself its unit."""
    handoff = case.handoff(clock.handoff_id) if clock.handoff_id and clock.carried else None
    started = clock.deadline.started_at
    if handoff is None:
        return (Held(clock.deadline.answerable, started),)
    way = [handoff]
    while (way[0].offered_at or started) > started and (before := _handed_on_by(case, way[0])) is not None:
        way.insert(0, before)
    return _in_turn(way, started)


def _in_turn(way: Sequence[Handoff], started: datetime) -> tuple[Held, ...]:
    since = [started, *(each.offered_at or started for each in way[1:])]
    until = [*since[1:], None]
    return tuple(Held(each.department, begin, end) for each, begin, end in zip(way, since, until, strict=True))


def _handed_on_by(case: Case, handoff: Handoff) -> Handoff | None:
    before = case.handoff(handoff.replaces) if handoff.replaces else None
    return before if before is not None and before.status == "transferred" else None


def _with_whom(held: Sequence[Held], end: datetime) -> str:
    """A lapse comes before whatever is done at its very moment."""
    return next((each.unit for each in reversed(held) if each.since < end), held[0].unit)


def _held(each: Held) -> dict[str, Any]:
    until = each.until.isoformat() if each.until else None
    return {"unit": each.unit, "since": each.since.isoformat(), "until": until}


def _over(past: Past, clock: RunningClock, end: datetime) -> bool:
    """The end had come when it stopped, or has by now."""
    return end <= (clock.stopped_at or past.until)


def _as_new(past: Past, rule: ClockRule, case: PastCase) -> Iterator[Run]:
    """A transfer takes it along, as it would in earnest; only a statute gives the next office a period of its own."""
    runs_until: dict[str | None, datetime] = {}
    for place, fact in enumerate(case.facts):
        task = _task(case.case, _subject(fact))
        if _name(fact) != rule.starts_on or fact.at < runs_until.get(task, fact.at):
            continue
        stops = {rule.stops_on} if rule.policy else {rule.stops_on, rule.starts_on}
        later = (f for f in case.facts[place + 1 :] if _name(f) in stops and _task(case.case, _subject(f)) == task)
        stop = next((f.at for f in later), past.until)
        end = due(rule, fact.at, working_days(past.reference)).due_at
        runs_until[task] = stop
        yield Run(case.case.code, _holders_until(past, case.case, fact, stop), end, not rule.right and end <= stop)


def _holders_until(past: Past, case: Case, fact: Fact, stop: datetime) -> tuple[Held, ...]:
    first = case.handoff(_subject(fact) or "")
    if first is None:
        return (Held(_answerable(past, fact), fact.at),)
    way = [first]
    while (then := next((h for h in case.handoffs if _handed_on_by(case, h) == way[-1]), None)) is not None:
        if then.offered_at is None or then.offered_at >= stop:
            break
        way.append(then)
    return _in_turn(way, fact.at)


def _task(case: Case, handoff_id: str | None) -> str | None:
    """The first hand-off of the task: a transfer goes on with it. None: the case itself."""
    handoff = case.handoff(handoff_id) if handoff_id else None
    while handoff is not None and (before := _handed_on_by(case, handoff)) is not None:
        handoff = before
    return handoff.handoff_id if handoff else handoff_id


def _name(fact: Fact) -> str:
    """`lianzhi.dispatch.handoff-accepted.v1` as a clock names it: `handoff_accepted`."""
    return type(fact).type().split(".")[2].replace("-", "_")


def _subject(fact: Fact) -> str | None:
    """The hand-off; None: the case itself."""
    return getattr(fact, "handoff_id", None)


def _answerable(past: Past, fact: Fact) -> str:
    """The office that has the hand-off; of the case itself the centre."""
    return str(getattr(fact, "department", None) or centre(past.reference, fact.at))
