"""Dated examples, worked by hand from the State Council's notice for 2021 (and a few other years)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from shared.clocks.count import due
from shared.clocks.days import HolidayYear, StateCouncilDays
from shared.clocks.rule import ClockRule, Unit, Words
from shared.clocks.zone import DISTRICT_ZONE

DAYS = StateCouncilDays()
WORDS = Words(zh="时限", en="clock")
NEW_YORK_WINTER = timezone(timedelta(hours=-5))

# unit, length, extra, day of the start, last day, why
DATED: list[tuple[Unit, int, int, str, str, str]] = [
    ("working", 5, 0, "2021-03-01", "2021-03-08", "an ordinary week: 2 3 4 5, 8"),
    ("working", 1, 0, "2021-03-06", "2021-03-08", "start on a Saturday: Monday is the first day"),
    ("working", 3, 0, "2020-12-31", "2021-01-06", "New Year 1-3 off, over the turn of the year: 4 5 6"),
    ("working", 5, 0, "2021-02-05", "2021-02-18", "Sunday 7 worked: 7 8 9 10, Spring Festival 11-17 off, 18"),
    ("working", 1, 0, "2021-02-10", "2021-02-18", "the eve of the Spring Festival"),
    ("working", 7, 0, "2021-02-10", "2021-02-25", "18 19, Saturday 20 worked, 22 23 24 25"),
    ("working", 2, 0, "2021-02-14", "2021-02-19", "start within the Spring Festival: 18 19"),
    ("working", 1, 0, "2021-02-19", "2021-02-20", "ends on the worked Saturday 20"),
    ("working", 1, 0, "2021-02-20", "2021-02-22", "start on the worked Saturday 20"),
    ("working", 3, 0, "2021-04-02", "2021-04-08", "Qingming 3-5 off: 6 7 8"),
    ("working", 5, 0, "2021-04-22", "2021-04-28", "Sunday 25 worked: 23, 25 26 27 28"),
    ("working", 3, 0, "2021-04-30", "2021-05-08", "Labour Day 1-5 off, Saturday 8 worked: 6 7 8"),
    ("working", 3, 2, "2021-04-30", "2021-05-11", "the same, lengthened by two: 6 7 8, 10 11"),
    ("working", 2, 0, "2021-05-03", "2021-05-07", "start within Labour Day: 6 7"),
    ("working", 1, 0, "2021-05-08", "2021-05-10", "start on the worked Saturday 8"),
    ("working", 7, 0, "2021-06-10", "2021-06-22", "Dragon Boat 12-14 off: 11, 15 16 17 18, 21 22"),
    (
        "working",
        5,
        0,
        "2021-09-16",
        "2021-09-24",
        "Mid-Autumn 19-21 off, Saturday 18 worked: 17 18, 22 23 24",
    ),
    ("working", 3, 0, "2021-09-24", "2021-09-28", "Sunday 26 worked: 26 27 28"),
    ("working", 3, 0, "2021-09-30", "2021-10-11", "National Day 1-7 off, Saturday 9 worked: 8 9, 11"),
    ("working", 10, 0, "2021-09-23", "2021-10-12", "24, 26 27 28 29 30, 8 9, 11 12"),
    ("working", 2, 0, "2024-02-28", "2024-03-01", "over the leap day: 29, 1"),
    ("calendar", 15, 0, "2021-03-01", "2021-03-16", "the day of the start is not counted"),
    ("calendar", 15, 0, "2021-03-05", "2021-03-22", "ends on Saturday 20: Monday"),
    ("calendar", 15, 0, "2021-03-06", "2021-03-22", "ends on Sunday 21: Monday"),
    ("calendar", 30, 0, "2020-12-02", "2021-01-04", "ends on New Year's Day"),
    ("calendar", 5, 0, "2021-02-02", "2021-02-07", "ends on the worked Sunday 7, which is no day off"),
    ("calendar", 15, 0, "2021-01-26", "2021-02-10", "ends on the eve of the Spring Festival"),
    ("calendar", 15, 0, "2021-01-27", "2021-02-18", "ends on the first day of the Spring Festival"),
    ("calendar", 15, 0, "2021-02-02", "2021-02-18", "ends on the last day of the Spring Festival"),
    ("calendar", 15, 0, "2021-02-03", "2021-02-18", "ends on the day after the Spring Festival"),
    ("calendar", 5, 0, "2021-02-15", "2021-02-20", "start on a day off, ends on the worked Saturday 20"),
    ("calendar", 30, 0, "2021-03-05", "2021-04-06", "ends within Qingming, on Sunday 4"),
    ("calendar", 15, 0, "2021-04-10", "2021-04-25", "ends on the worked Sunday 25"),
    ("calendar", 60, 0, "2021-03-03", "2021-05-06", "ends within Labour Day, on 2"),
    ("calendar", 60, 30, "2021-03-03", "2021-06-01", "the same, lengthened: from 2 May, not from 6 May"),
    ("calendar", 60, 0, "2021-03-09", "2021-05-08", "ends on the worked Saturday 8"),
    ("calendar", 3, 0, "2021-05-02", "2021-05-06", "start and end within Labour Day"),
    ("calendar", 30, 0, "2021-05-14", "2021-06-15", "ends within Dragon Boat, on 13"),
    ("calendar", 30, 0, "2021-08-19", "2021-09-18", "ends on the worked Saturday 18"),
    ("calendar", 30, 0, "2021-08-20", "2021-09-22", "ends on the first day of Mid-Autumn"),
    ("calendar", 15, 0, "2021-09-11", "2021-09-26", "ends on the worked Sunday 26"),
    ("calendar", 15, 0, "2021-09-24", "2021-10-09", "ends on the worked Saturday 9"),
    ("calendar", 90, 0, "2021-07-05", "2021-10-08", "ends within National Day, on 3"),
    ("calendar", 60, 0, "2021-07-03", "2021-09-01", "not lengthened"),
    ("calendar", 60, 30, "2021-07-03", "2021-10-08", "lengthened into National Day, on 1"),
    ("calendar", 15, 0, "2024-02-14", "2024-02-29", "ends on the leap day"),
    ("calendar", 1, 0, "2024-02-29", "2024-03-01", "starts on the leap day"),
    ("calendar", 1, 0, "2023-02-28", "2023-03-01", "a year without a leap day"),
    ("calendar", 2, 0, "2018-12-28", "2019-01-02", "30 December 2018 off by the notice for 2019"),
]

# length, extra, start, end
HOURS = [
    (2, 0, "2021-03-01T09:20:30+08:00", "2021-03-01T11:20:30+08:00"),
    (2, 0, "2021-02-10T23:30:00+08:00", "2021-02-11T01:30:00+08:00"),  # over midnight into a day off
    (24, 0, "2021-02-11T10:00:00+08:00", "2021-02-12T10:00:00+08:00"),  # a day off moves no hour
    (2, 1, "2021-03-01T22:30:00+08:00", "2021-03-02T01:30:00+08:00"),  # lengthened by an hour
    (24, 0, "2024-02-28T12:00:00+08:00", "2024-02-29T12:00:00+08:00"),
    (1, 0, "2021-12-31T23:45:00+08:00", "2022-01-01T00:45:00+08:00"),
    (2, 0, "2021-03-01T15:00:00+00:00", "2021-03-02T01:00:00+08:00"),
    (2, 0, "2021-03-01T00:00:00-05:00", "2021-03-01T15:00:00+08:00"),
]

# unit, length, start, last day: the district's day decides, not the sender's
ZONES: list[tuple[Unit, int, datetime, str]] = [
    ("working", 5, datetime(2021, 3, 1, 15, 59, tzinfo=UTC), "2021-03-08"),
    ("working", 5, datetime(2021, 3, 1, 16, 0, tzinfo=UTC), "2021-03-09"),
    ("working", 5, datetime(2021, 2, 28, 12, 0, tzinfo=NEW_YORK_WINTER), "2021-03-08"),
    ("calendar", 15, datetime(2021, 1, 26, 15, 30, tzinfo=UTC), "2021-02-10"),
    ("calendar", 15, datetime(2021, 1, 26, 16, 30, tzinfo=UTC), "2021-02-18"),
    ("calendar", 15, datetime(2021, 3, 1, 0, 0, tzinfo=DISTRICT_ZONE), "2021-03-16"),
    ("calendar", 15, datetime(2021, 3, 1, 23, 59, 59, 999999, tzinfo=DISTRICT_ZONE), "2021-03-16"),
]

# unit, length, day of the start, last day: no notice for 2099, so its weekends are all there is
UNKNOWN_YEAR: list[tuple[Unit, int, str, str]] = [
    ("working", 5, "2099-03-02", "2099-03-09"),
    ("calendar", 5, "2099-03-02", "2099-03-09"),
    ("calendar", 1, "2099-09-30", "2099-10-01"),
]
NATIONAL_DAY_2099 = HolidayYear(
    year=2099,
    source="an invented notice",
    days_off=frozenset(date(2099, 10, day) for day in range(1, 8)),
    days_worked=frozenset({date(2099, 10, 10)}),
)


def a_clock(unit: Unit, length: int) -> ClockRule:
    return ClockRule(
        id="example",
        name=WORDS,
        basis=WORDS,
        unit=unit,
        length=length,
        starts_on="begun",
        stops_on="done",
        valid_from=date(2000, 1, 1),
    )


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+08:00")


def end_of(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+08:00") + timedelta(days=1)


@pytest.mark.parametrize(("unit", "length", "extra", "start", "last", "why"), DATED)
def test_a_period_ends_where_a_person_counts_it(
    unit: Unit, length: int, extra: int, start: str, last: str, why: str
) -> None:
    counted = due(a_clock(unit, length), noon(start), DAYS, extra=extra)
    assert (counted.due_at, counted.last_day.isoformat()) == (end_of(last), last), why
    assert not counted.provisional


@pytest.mark.parametrize(("length", "extra", "start", "end"), HOURS)
def test_hours_run_on(length: int, extra: int, start: str, end: str) -> None:
    counted = due(a_clock("hour", length), datetime.fromisoformat(start), DAYS, extra=extra)
    assert counted.due_at.isoformat() == end


@pytest.mark.parametrize(("unit", "length", "start", "last"), ZONES)
def test_the_day_is_the_districts(unit: Unit, length: int, start: datetime, last: str) -> None:
    counted = due(a_clock(unit, length), start, DAYS)
    assert counted.due_at == end_of(last)
    assert counted.due_at.isoformat().endswith("T00:00:00+08:00")


@pytest.mark.parametrize(("unit", "length", "start", "last"), UNKNOWN_YEAR)
def test_a_year_without_a_notice_is_provisional(unit: Unit, length: int, start: str, last: str) -> None:
    counted = due(a_clock(unit, length), noon(start), DAYS)
    assert (counted.due_at, counted.provisional) == (end_of(last), True)


def test_hours_are_never_provisional() -> None:
    assert not due(a_clock("hour", 24), noon("2099-03-02"), DAYS).provisional


def test_a_loaded_notice_settles_the_count() -> None:
    days = StateCouncilDays(NATIONAL_DAY_2099)
    by_calendar = due(a_clock("calendar", 1), noon("2099-09-30"), days)
    by_working_days = due(a_clock("working", 3), noon("2099-09-30"), days)
    assert (by_calendar.due_at, by_calendar.provisional) == (end_of("2099-10-08"), False)
    assert (by_working_days.due_at, by_working_days.provisional) == (end_of("2099-10-10"), False)
