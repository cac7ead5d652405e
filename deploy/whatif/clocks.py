"""A clock tried on past cases: where its ends would have been, and who would have been late."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deploy.whatif.past import Past, PastCase
from services.dispatch.deadlines import centre
from services.dispatch.model.clock import RunningClock
from shared.clocks.count import due, due_after
from shared.clocks.rule import ClockRule
from shared.facts.fact import Fact
from shared.reference.days import working_days


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the clock. `was` and `was_late` None: the case had no such clock."""

    code: str
    answerable: str
    end: datetime
    late: bool
    was: datetime | None = None
    was_late: bool | None = None

    @property
    def moved(self) -> timedelta | None:
        return None if self.was is None else self.end - self.was

    @property
    def differs(self) -> bool:
        return bool(self.moved) or self.late != bool(self.was_late)


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
        return Counter(run.answerable for run in self.runs if run.was_late)

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
        end = due_after(rule, started, clock.pauses, days, extra=clock.deadline.extra).due_at
        owed = not rule.right
        was_late = owed and _over(past, clock, clock.deadline.due_at)
        late = owed and _over(past, clock, end)
        yield Run(case.case.code, clock.deadline.answerable, end, late, clock.deadline.due_at, was_late)


def _over(past: Past, clock: RunningClock, end: datetime) -> bool:
    """The end had come when it stopped, or has by now."""
    return end <= (clock.stopped_at or past.until)


def _as_new(past: Past, rule: ClockRule, case: PastCase) -> Iterator[Run]:
    for place, fact in enumerate(case.facts):
        if _name(fact) != rule.starts_on:
            continue
        later = case.facts[place + 1 :]
        stop = next((f.at for f in later if _name(f) == rule.stops_on and _subject(f) == _subject(fact)), past.until)
        end = due(rule, fact.at, working_days(past.reference)).due_at
        yield Run(case.case.code, _answerable(past, fact), end, not rule.right and end <= stop)


def _name(fact: Fact) -> str:
    """`lianzhi.dispatch.handoff-accepted.v1` as a clock names it: `handoff_accepted`."""
    return type(fact).type().split(".")[2].replace("-", "_")


def _subject(fact: Fact) -> str | None:
    """The hand-off; None: the case itself."""
    return getattr(fact, "handoff_id", None)


def _answerable(past: Past, fact: Fact) -> str:
    """The office that has the hand-off; of the case itself the centre."""
    return str(getattr(fact, "department", None) or centre(past.reference, fact.at))
