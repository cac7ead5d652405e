"""Counting a clock.

1. Days are days of the district (Asia/Shanghai). A deadline is exclusive: `due_at` is the first instant that
   is too late, for a period of days 00:00 of the day after its last day.
2. The day of the start is not counted. Hours run from the moment of the start, by night and on days off too,
   and their end never moves: the law moves a last *day*.
3. Calendar days count every day. If the last one is a statutory day off (法定休假日: a day off of the State
   Council's notice, or a Saturday or Sunday that the notice does not make a working day), the period ends on
   the first day after that is none (civil procedure law 2023, article 85; civil code, article 203).
4. Working days count only working days, worked Saturdays and Sundays among them.
5. `extra` units, for an extension granted, join the length before the counting: one period with one end, which is
   moved once.
6. Time that does not count, because the clock stood still or the rule excludes it, is the days after the one on which
   it begins, up to the one on which it ends, or the hours. The period goes on then with the units that were left of
   it, and its end is moved once: not from where it would have been moved to. After it stood still there are never
   fewer than the rule's `least`; time that the law excludes gives nothing beyond itself, and nothing after the end.
   Times that overlap count once.
7. Shares of the time used run from the moment of the start to `due_at`; time stands still on the days that do not
   count (`idle`): in working days also on days off.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Literal

from shared.clocks.days import AWAITED, WorkingDays
from shared.clocks.errors import NaiveTime, NegativeExtra
from shared.clocks.rule import ClockRule
from shared.clocks.zone import DISTRICT_ZONE

Colour = Literal["green", "yellow", "red", "lapsed"]
Idle = tuple[date, ...]

# A fixed offset is exact since 1991 and needs no zone database, which Windows and bare containers lack.
ONE_DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """The end of a clock: on time is `now < due_at`.

    `notices`: by which ones the days were counted; none where no day off matters.
    `idle`: the days, from the start on, that were left out: days off by a clock of working days, and pauses. Hours are
    left out of the warnings only.
    """

    due_at: datetime
    warnings: tuple[datetime, ...]
    notices: tuple[str, ...] = ()
    idle: Idle = ()

    @property
    def provisional(self) -> bool:
        """To be counted again when the next notice is loaded."""
        return any(notice.endswith(AWAITED) for notice in self.notices)

    @property
    def last_day(self) -> date:
        """The last day on which the step is still on time: what to print."""
        return (self.due_at - TICK).date()


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count: the clock stood still, or its rule has the time `excluded`."""

    since: datetime
    until: datetime
    excluded: bool = False


def due(rule: ClockRule, started: datetime, days: WorkingDays, *, extra: int = 0) -> Due:
    """By when the step is owed. Raises NaiveTime, NegativeExtra."""
    if extra < 0:
        raise NegativeExtra(rule.id, extra)
    begin = district_time(started)
    if rule.unit == "hour":
        return _with_warnings(rule, begin, Due(begin + timedelta(hours=rule.length + extra), ()))
    end = _working_end if rule.unit == "working" else _calendar_end
    last, notices, idle = end(begin.date(), rule.length + extra, days)
    return _with_warnings(rule, begin, Due(_midnight(last + ONE_DAY), (), notices, idle))


def due_after(rule: ClockRule, started: datetime, pauses: Iterable[Pause], days: WorkingDays, *, extra: int = 0) -> Due:
    """By when it is owed if that time does not count. As `due` raises."""
    begin = district_time(started)
    left_out = _in_order(begin, pauses)
    if not left_out or extra < 0:
        return due(rule, started, days, extra=extra)
    if rule.unit == "hour":
        return _hours_after(rule, begin, left_out, extra)
    return _days_after(rule, begin, left_out, days, extra)


def after_end(rule: ClockRule, due_at: datetime, units: int, days: WorkingDays) -> datetime:
    """When so many units after the end are over. Raises NaiveTime."""
    end = district_time(due_at)
    return due(rule.model_copy(update={"length": units}), end if rule.unit == "hour" else end - TICK, days).due_at


def used(due: Due, started: datetime, now: datetime) -> float:
    """The share of the time used, 0.0 to 1.0; 1.0 exactly from `due_at` on. Raises NaiveTime."""
    begin, at = district_time(started), district_time(now)
    if at >= due.due_at:
        return 1.0
    if at <= begin:
        return 0.0
    zero = _running(begin, due.idle)
    return (_running(at, due.idle) - zero) / (_running(due.due_at, due.idle) - zero)


def colour(rule: ClockRule, started: datetime, due: Due, now: datetime) -> Colour:
    """The colour to show; it changes at `due.warnings` and at `due.due_at`. Raises NaiveTime."""
    share = used(due, started, now)
    if share >= 1:
        return "lapsed"
    if not rule.warn_at or share < rule.warn_at[0]:
        return "green"
    return "red" if share >= rule.warn_at[-1] else "yellow"


def district_time(moment: datetime) -> datetime:
    """The same moment in the district's time. Raises NaiveTime."""
    if moment.utcoffset() is None:
        raise NaiveTime(moment)
    return moment.astimezone(DISTRICT_ZONE)


def _in_order(begin: datetime, pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """From the start on, each moment in one of them only."""
    found: list[Pause] = []
    given = [(district_time(pause.since), district_time(pause.until), pause.excluded) for pause in pauses]
    for since, until, excluded in sorted(given):
        if until > begin:
            found.append(Pause(max(since, begin), until, excluded))
            begin = until
    return tuple(found)


def _least(rule: ClockRule, pause: Pause) -> int:
    return 0 if pause.excluded else rule.least


def _days_after(rule: ClockRule, begin: datetime, pauses: Iterable[Pause], days: WorkingDays, extra: int) -> Due:
    on, left, idle = begin.date(), rule.length + extra, set[date]()
    for pause in pauses:
        stopped, goes_on = pause.since.date(), pause.until.date()
        if pause.excluded and stopped > _last(rule, on, left, days):
            continue
        left = max(left - sum(_counts(rule, day, days) for day in _days(on, stopped)), _least(rule, pause))
        idle.update(_days(stopped, goes_on))
        on = goes_on
    last = _last(rule, on, left, days)
    notices = days.notices(begin.date() if rule.unit == "working" else on + timedelta(days=left), last)
    if rule.unit == "working":
        idle.update(day for day in (begin.date(), *_days(begin.date(), last)) if not days.is_working(day))
    return _with_warnings(rule, begin, Due(_midnight(last + ONE_DAY), (), notices, tuple(sorted(idle))))


def _hours_after(rule: ClockRule, begin: datetime, pauses: Sequence[Pause], extra: int) -> Due:
    on, left, total = begin, timedelta(hours=rule.length + extra), timedelta()
    for pause in pauses:
        if pause.excluded and pause.since >= on + left:
            continue
        total += pause.since - on
        left = max(left - (pause.since - on), timedelta(hours=_least(rule, pause)))
        on = pause.until
    warnings = []
    for share in rule.warn_at:
        moment = begin + _part((total + left) // TICK, share) * TICK
        for pause in pauses:
            if moment > pause.since:
                moment += pause.until - pause.since
        warnings.append(moment)
    return Due(on + left, tuple(warnings))


def _last(rule: ClockRule, on: date, left: int, days: WorkingDays) -> date:
    end = _working_end if rule.unit == "working" and left else _calendar_end
    return end(on, left, days)[0]


def _counts(rule: ClockRule, day: date, days: WorkingDays) -> bool:
    return rule.unit != "working" or days.is_working(day)


def _days(after: date, last: date) -> Iterator[date]:
    """Those after the first one, up to the last."""
    return (after + timedelta(days=passed) for passed in range(1, (last - after).days + 1))


def _calendar_end(start: date, length: int, days: WorkingDays) -> tuple[date, tuple[str, ...], Idle]:
    counted = last = start + timedelta(days=length)
    while days.is_public_holiday(last):
        last += ONE_DAY
    return last, days.notices(counted, last), ()


def _working_end(start: date, length: int, days: WorkingDays) -> tuple[date, tuple[str, ...], Idle]:
    """Each day off after the start and up to the last day moves the last day on by one."""
    last = start + timedelta(days=length)
    idle: list[date] = []
    for day in days.days_off(start):
        if day > last:
            break
        idle.append(day)
        if day > start:
            last += ONE_DAY
    return last, days.notices(start, last), tuple(idle)


def _with_warnings(rule: ClockRule, begin: datetime, due: Due) -> Due:
    zero = _running(begin, due.idle)
    total = (_running(due.due_at, due.idle) - zero) // TICK
    warnings = (_moment(zero + _part(total, share) * TICK, due.idle) for share in rule.warn_at)
    return Due(due.due_at, tuple(warnings), due.notices, due.idle)


def _part(total: int, share: float) -> int:
    """The fewest ticks that make up the share; in whole numbers, so that `used` agrees to the microsecond."""
    numerator, denominator = _ratio(share)
    return -(-total * numerator // denominator)


@cache
def _ratio(share: float) -> tuple[int, int]:
    """The share as it is written: 0.8 is 4/5, not the binary fraction beside it."""
    return Fraction(str(share)).as_integer_ratio()


def _running(moment: datetime, idle: Idle) -> datetime:
    """The moment on a time line from which the idle days are cut out."""
    day = moment.date()
    passed = bisect_left(idle, day)
    if passed < len(idle) and idle[passed] == day:
        moment = _midnight(day)
    return moment - passed * ONE_DAY


def _moment(running: datetime, idle: Idle) -> datetime:
    """The earliest moment that `_running` takes to this place."""
    last_begun = (running - TICK).toordinal()
    passed = bisect_right(range(len(idle)), last_begun, key=lambda i: idle[i].toordinal() - i)
    return running + passed * ONE_DAY


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=DISTRICT_ZONE)
