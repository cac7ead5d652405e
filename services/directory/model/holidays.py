"""What a yearly notice may say: days of its year, and how the year before ends."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.directory.model.book import Book
from services.directory.model.refusals import NotOfTheYear, OffAndWorked, WorkedAnyway
from shared.clocks.days import FIRST_DAY_MOVED_BY_NEXT_YEAR, HolidayYear, StateCouncilDays
from shared.refusals.refusals import Refused

KIND = "holidays"


def speaks_of_another_year(code: str, data: Mapping[str, Any]) -> Refused | None:
    year, first = int(code), date(int(code) - 1, *FIRST_DAY_MOVED_BY_NEXT_YEAR)
    days = {*_days(data, "days_off"), *_days(data, "days_worked")}
    others = tuple(sorted(day for day in days if day < first or day.year > year))
    return NotOfTheYear(code, others, first) if others else None


def off_and_worked(data: Mapping[str, Any]) -> Refused | None:
    both = set(_days(data, "days_off")) & set(_days(data, "days_worked"))
    return OffAndWorked(tuple(sorted(both))) if both else None


def works_anyway(code: str, data: Mapping[str, Any], book: Book) -> Refused | None:
    """Only a Saturday or Sunday, or a day that the notice of the year before gave, can be made a working day."""
    noticed = StateCouncilDays(*(year for year in _noticed(book) if year.year < int(code)))
    wrong = tuple(day for day in sorted(_days(data, "days_worked")) if _weekday(day) and noticed.is_working(day))
    return WorkedAnyway(wrong) if wrong else None


def _weekday(day: date) -> bool:
    return day.isoweekday() <= 5


def _noticed(book: Book) -> Iterable[HolidayYear]:
    for (kind, code), versions in sorted(book.entries.items()):
        if kind == KIND:
            said = versions[-1].data
            days = {name: frozenset(_days(said, name)) for name in ("days_off", "days_worked")}
            yield HolidayYear(year=int(code), source=said["source_zh"], **days)


def _days(data: Mapping[str, Any], name: str) -> list[date]:
    return [date.fromisoformat(day) for day in data[name]]
