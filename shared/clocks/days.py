"""Working days as versioned data: the State Council's yearly notices."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from itertools import count
from typing import Protocol

import chinese_calendar  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict

SATURDAY = 5
# A year's notice also moves days at the end of the year before, so far never earlier than this (2007, 2018).
FIRST_DAY_MOVED_BY_NEXT_YEAR = (12, 29)
AWAITED = "?"
"""Ends the mark of a year without a notice."""


class WorkingDays(Protocol):
    """What the counting asks of a calendar. Days are the district's."""

    def is_working(self, day: date) -> bool:
        """A day that counts in a period of working days."""

    def is_public_holiday(self, day: date) -> bool:
        """A day on which a period of calendar days cannot end."""

    def days_off(self, since: date) -> Iterator[date]:
        """The days that are not working days, from this day on, rising, without end."""

    def notices(self, first: date, last: date) -> tuple[str, ...]:
        """Marks of the notices that say something about these days: `2026`, `2027?` while that one is awaited."""


class HolidayYear(BaseModel):
    """One yearly notice, loaded before the package has it, or in place of what the package has."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    year: int
    source: str
    days_off: frozenset[date]
    days_worked: frozenset[date] = frozenset()

    @cached_property
    def mark(self) -> str:
        """The year and a digest of its days: a correction has another one."""
        days = " ".join(str(day) for day in (*sorted(self.days_off), "worked", *sorted(self.days_worked)))
        return f"{self.year}:{sha256(days.encode()).hexdigest()[:8]}"


class StateCouncilDays:
    """chinesecalendar's years, and any given `years` over them; `sources` says which, for the record.

    Days off are those of the notice, and the Saturdays and Sundays that it does not make working days.
    A year without a notice goes by its weekends and is provisional, and so are the last days before it.
    """

    def __init__(self, *years: HolidayYear) -> None:
        replaced = {given.year for given in years}
        off = {day for day in chinese_calendar.holidays if day.year not in replaced}
        worked = {day for day in chinese_calendar.workdays if day.year not in replaced}
        for given in years:
            off = off - given.days_worked | given.days_off
            worked = worked - given.days_off | given.days_worked
        self._off = frozenset(off)
        self._worked = frozenset(worked)
        self._known = frozenset({day.year for day in chinese_calendar.holidays} | replaced)
        self._off_in: dict[int, tuple[date, ...]] = {}
        self._marks = {year: str(year) for year in self._known} | {given.year: given.mark for given in years}
        self.sources = (f"chinesecalendar {chinese_calendar.__version__}", *(given.source for given in years))

    def is_working(self, day: date) -> bool:
        if day.weekday() < SATURDAY:
            return day not in self._off
        return day in self._worked

    def is_public_holiday(self, day: date) -> bool:
        return not self.is_working(day)

    def days_off(self, since: date) -> Iterator[date]:
        for year in count(since.year):
            off = self._off_in.get(year) or self._fill(year)
            yield from off[bisect_left(off, since) :]

    def notices(self, first: date, last: date) -> tuple[str, ...]:
        until = last.year + ((last.month, last.day) >= FIRST_DAY_MOVED_BY_NEXT_YEAR)
        return tuple(self._mark(year) for year in range(first.year, until + 1))

    def stands(self, marks: Iterable[str]) -> bool:
        """Whether what was counted by these notices would be counted by the same ones again."""
        return all(mark == self._mark(int(mark[:4])) for mark in marks)

    def _mark(self, year: int) -> str:
        return self._marks.get(year) or f"{year}{AWAITED}"

    def _fill(self, year: int) -> tuple[date, ...]:
        first = date(year, 1, 1)
        length = (date(year, 12, 31) - first).days + 1
        days = (first + timedelta(days=passed) for passed in range(length))
        self._off_in[year] = tuple(day for day in days if not self.is_working(day))
        return self._off_in[year]
