"""The clocks of a case, running and stopped: one list."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import AwareDatetime

from services.dispatch.facts import Deadline
from shared.clocks.count import Pause
from shared.procedure.step import Value

RETURN_CONSENT, CONSULTATION_CALL, REOFFER = "return_consent", "consultation_call", "reoffer"
REOPENING, EXCLUSION = "reopening", "exclusion"
SUSPENSION = "suspension"
"""What a rule excludes whose clock stands still with a suspended case."""


class Exclusion(Value):
    """Time that the clock's rule leaves out; `number` counts those of its clock. `struck`: it never was."""

    number: int
    ground: str
    since: AwareDatetime
    until: AwareDatetime | None = None
    struck: bool = False

    @property
    def open(self) -> bool:
        return self.until is None and not self.struck


class RunningClock(Value):
    """One clock of the case, running or stopped. `warned` counts its warnings; `lapsed` stays once it has lapsed.
    `climbed` counts the rungs of its ladder that were told: each once, whatever becomes of its end.

    `missed` is an end that had passed when the clock was given a later one: it runs on, lapsed once already.
    `carried`: it came from another hand-off with a transfer of the task, due when it was.
    `stands`: since when it stands still with its case; `still`: from when to when it did. `excluded`: what its rule
    leaves out.
    """

    clock_id: str
    deadline: Deadline
    handoff_id: str | None = None
    consultation_id: str | None = None
    warned: int = 0
    lapsed: bool = False
    lapsed_at: AwareDatetime | None = None
    climbed: int = 0
    missed: AwareDatetime | None = None
    carried: bool = False
    stopped_at: AwareDatetime | None = None
    stopped_by_completion: bool = False
    stands: AwareDatetime | None = None
    still: tuple[tuple[AwareDatetime, AwareDatetime], ...] = ()
    excluded: tuple[Exclusion, ...] = ()

    @property
    def running(self) -> bool:
        return self.stopped_at is None

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """Time that does not count."""
        over = ((each.since, each.until) for each in self.excluded if not each.struck)
        stood = (Pause(since, until) for since, until in self.still)
        return (*stood, *(Pause(since, until, excluded=True) for since, until in over if until is not None))

    @property
    def next_at(self) -> datetime | None:
        """When something about it is to be told next."""
        if not self.running or self.stands is not None or any(each.open for each in self.excluded):
            return None
        if self.lapsed and self.missed is None:
            rungs = self.deadline.ladder
            return rungs[self.climbed].at if self.climbed < len(rungs) else None
        warnings = self.deadline.warnings
        return warnings[self.warned] if self.warned < len(warnings) else self.deadline.due_at

    @property
    def next_event(self) -> str:
        """What that is: warn, lapse or climb."""
        if self.lapsed and self.missed is None:
            return "climb"
        return "warn" if self.warned < len(self.deadline.warnings) else "lapse"

    @property
    def with_whom(self) -> str | None:
        """To whom its lapse has climbed."""
        return (
            self.deadline.ladder[self.climbed - 1].to
            if self.climbed and self.climbed <= len(self.deadline.ladder)
            else None
        )

    @property
    def colour(self) -> int:
        """0 green, 1 yellow, 2 red: red from the last warning on."""
        return self.colour_after(self.warned)

    def colour_after(self, warnings: int) -> int:
        return 0 if not warnings else 2 if warnings >= len(self.deadline.warnings) else 1

    @property
    def overdue(self) -> bool:
        """Somebody is late. The end of a right is nobody's lateness."""
        return self.running and self.lapsed and not self.deadline.right

    @property
    def none_by_recount(self) -> bool:
        """It was told as lapsed at an end that is none any more, and the new one had not come when it stopped."""
        late = self.stopped_at is not None and self.stopped_at >= self.deadline.due_at
        return self.lapsed and self.missed is not None and self.missed < self.deadline.due_at and not late

    @property
    def answered_in_time(self) -> bool:
        """It was told as lapsed, and stopped at an earlier time than that."""
        end = self.missed or self.deadline.due_at
        return self.lapsed and self.stopped_at is not None and self.stopped_at < end

    def extended_in_time(self, handoff_id: str, at: datetime) -> bool:
        """It was told as lapsed, and the office had extended it at an earlier time than that."""
        missed = self.missed if self.lapsed and self.handoff_id == handoff_id else None
        return missed is not None and at < missed


Clocks = tuple[RunningClock, ...]
Wanted = Callable[[RunningClock], bool]


def started(
    clocks: Clocks,
    case_id: str,
    deadline: Deadline | None,
    handoff_id: str | None = None,
    consultation_id: str | None = None,
) -> Clocks:
    """With one more; its id counts the case's clocks."""
    if deadline is None:
        return clocks
    clock_id = f"{case_id}.{len(clocks) + 1}"
    whose = {"handoff_id": handoff_id, "consultation_id": consultation_id}
    return (*clocks, RunningClock(clock_id=clock_id, deadline=deadline, **whose))


def running_of(handoff_id: str | None) -> Wanted:
    """Every running clock of that hand-off (None: of the case itself)."""
    return lambda clock: clock.handoff_id == handoff_id and clock.running and clock.consultation_id is None


def working_by(clocks: Clocks, handoff_id: str) -> RunningClock | None:
    """The running clock by which the office's work is owed."""
    mine = running_of(handoff_id)
    owed = (clock for clock in reversed(clocks) if mine(clock) and not clock.deadline.right)
    return next((clock for clock in owed if clock.deadline.rule not in (RETURN_CONSENT, EXCLUSION)), None)


def of_consultation(consultation_id: str) -> Wanted:
    return lambda clock: clock.consultation_id == consultation_id and clock.running


def stopped(clocks: Iterable[RunningClock], at: datetime, wanted: Wanted, by_completion: bool = False) -> Clocks:
    """Whatever kept one from running is over with it."""
    end = {"stopped_at": at, "stopped_by_completion": by_completion}
    return tuple(nothing_open(clock, at).model_copy(update=end) if wanted(clock) else clock for clock in clocks)


def nothing_open(clock: RunningClock, at: datetime) -> RunningClock:
    if not any(each.open for each in clock.excluded):
        return goes_on(clock, at)
    excluded = tuple(each.model_copy(update={"until": at}) if each.open else each for each in clock.excluded)
    return goes_on(clock, at).model_copy(update={"excluded": excluded})


def excluding(clock: RunningClock, number: int, **changed: object) -> RunningClock:
    """With that exclusion changed."""
    excluded = tuple(each.model_copy(update=changed) if each.number == number else each for each in clock.excluded)
    return clock.model_copy(update={"excluded": excluded})


def stands(clock: RunningClock, since: datetime) -> RunningClock:
    """Still with its case, where its rule says so; one that has come to its end has nothing left."""
    over = clock.lapsed and clock.missed is None
    excluded = SUSPENSION in clock.deadline.excludes and clock.running and not over
    return clock.model_copy(update={"stands": since}) if excluded else clock


def goes_on(clock: RunningClock, at: datetime) -> RunningClock:
    if clock.stands is None:
        return clock
    return clock.model_copy(update={"stands": None, "still": (*clock.still, (clock.stands, at))})


def resumed(clocks: Iterable[RunningClock], handoff_id: str, at: datetime, deadline: Deadline | None) -> Clocks:
    """With the clock that the end of the work stopped running on, to the new end (None: to its own)."""

    def resume(clock: RunningClock) -> RunningClock:
        if clock.handoff_id != handoff_id or not clock.stopped_by_completion or clock.stopped_at is None:
            return clock
        still = (*clock.still, (clock.stopped_at, at))
        on = clock.model_copy(update={"stopped_at": None, "stopped_by_completion": False, "still": still})
        return on if deadline is None else moved(on, deadline, clock.warned)

    return tuple(resume(clock) for clock in clocks)


def moved(clock: RunningClock, deadline: Deadline, warned: int) -> RunningClock:
    """The same clock, due later: a lapse that was is not undone."""
    missed = (clock.missed or clock.deadline.due_at) if clock.lapsed else None
    return clock.model_copy(update={"deadline": deadline, "warned": warned, "missed": missed})


def recounted(clock: RunningClock, deadline: Deadline, at: datetime) -> RunningClock:
    """With its end by the days off as they are known now; a warning that lies ahead again is told again."""
    warned = min(clock.warned, sum(warning <= at for warning in deadline.warnings))
    if deadline.due_at > clock.deadline.due_at:
        return moved(clock, deadline, warned)
    return clock.model_copy(update={"deadline": deadline, "warned": warned})


def told(clocks: Iterable[RunningClock], clock_id: str, **changed: object) -> Clocks:
    return tuple(clock.model_copy(update=changed) if clock.clock_id == clock_id else clock for clock in clocks)
