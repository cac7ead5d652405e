"""Counting a clock.

1. Days are days of the district (Asia/Shanghai). A deadline is exclusive: `due_at` is the first instant that
   is too late, for a period of days 00:00 of the day after its last day.
2. The day of the start is not counted. Hours run from the moment of the start, by night and on days off too,
   and their end never moves: the law moves a last *day*.
3. Calendar days count every day. If the last one is a statutory day off (法定休假日: a day off of the State
   Council's notice, or a Saturday or Sunday that the notice does not make a working day), the period ends on
   the first day after that is none (civil procedure law 2023, article 85).
4. Working days count only working days, worked Saturdays and Sundays among them.
5. `extra` units, for an extension granted or for time that the rule excludes, join the length before the
   counting: one period with one end, which is moved once.
6. A clock that stood still goes on with the units that were left: the days after the one on which it stopped, up
   to its last, or the hours; never fewer than the rule's `least`, counted anew from the day on which it goes on.
7. Shares of the time used run from the moment of the start to `due_at`; in working days, time stands still on
   days off (`idle`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
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
Still = tuple[datetime, datetime]
"""From when to when a clock stood still."""

# A fixed offset is exact since 1991 and needs no zone database, which Windows and bare containers lack.
ONE_DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """The end of a clock: on time is `now < due_at`.

    `notices`: by which ones the days were counted; none where no day off matters.
    `idle`: the days off, from the start on, that a clock of working days left out.
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


def due(rule: ClockRule, started: datetime, days: WorkingDays, *, extra: int = 0) -> Due:
    """By when the step is owed. Raises NaiveTime, NegativeExtra."""
    if extra < 0:
        raise NegativeExtra(rule.id, extra)
    begin = district_time(started)
    length = rule.length + extra
    if rule.unit == "hour":
        return _with_warnings(rule, begin, Due(begin + timedelta(hours=length), ()))
    end = _calendar_end if rule.unit == "calendar" else _working_end
    last, notices, idle = end(begin.date(), length, days)
    return _with_warnings(rule, begin, Due(_midnight(last + ONE_DAY), (), notices, idle))


def due_after(rule: ClockRule, started: datetime, still: Iterable[Still], days: WorkingDays, *, extra: int = 0) -> Due:
    """By when it is owed after it stood still: as often as that was, its warnings as much later. As `due` raises."""
    first = due(rule, started, days, extra=extra)
    end = first.due_at
    for stopped, goes_on in still:
        end = resumed(rule, end, stopped, goes_on, days)
    later = end - first.due_at
    if not later:
        return first
    last = (end - TICK).date()
    notices = days.notices(district_time(started).date(), last) if rule.unit != "hour" else ()
    return Due(end, tuple(warning + later for warning in first.warnings), notices, first.idle)


def resumed(rule: ClockRule, due_at: datetime, stopped: datetime, goes_on: datetime, days: WorkingDays) -> datetime:
    """The new end of a clock that stood still from `stopped` to `goes_on`. Raises NaiveTime."""
    end, since, begin = district_time(due_at), district_time(stopped), district_time(goes_on)
    if rule.unit == "hour":
        return begin + max(end - since, timedelta(hours=rule.least))
    last = (end - TICK).date()
    left = (since.date() + timedelta(days=passed) for passed in range(1, (last - since.date()).days + 1))
    units = sum(rule.unit == "calendar" or days.is_working(day) for day in left)
    again = _calendar_end if rule.unit == "calendar" else _working_end
    return _midnight(again(begin.date(), max(units, rule.least), days)[0] + ONE_DAY)


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
