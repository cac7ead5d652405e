"""Dated examples, worked by hand from the State Council's notices; the statutes' clocks with their articles last."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import yaml

from shared.clocks.count import due
from shared.clocks.days import HolidayYear, StateCouncilDays
from shared.clocks.rule import ClockRule, Unit, Words
from shared.clocks.zone import DISTRICT_ZONE
from tests.kit.reference import DISTRICT

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


# What each statute says of its number: unit and length. Where the district has the clock, its name is the district's.
LAW: dict[str, tuple[Unit, int]] = {
    "petition_notice": ("calendar", 15),  # 信访工作条例 22, 23; it has no article on counting: plain days
    "handoff_objection_petition": ("working", 5),  # 23(3): 工作日
    "petition_decision": ("calendar", 60),  # 34
    "review": ("calendar", 30),  # 35
    "recheck": ("calendar", 30),  # 36: the time of a hearing is excluded
    "evidence_preservation": ("working", 7),  # 行政处罚法 56, 85: of two, three, five and seven days working days count
    "hearing_request": ("working", 5),  # 63
    "hearing_notice": ("working", 7),  # 64
    "service": ("working", 7),  # 61
    "withdrawal_of_publication": ("working", 3),  # 48
    "penalty_decision": ("calendar", 90),  # 60; 85 does not name ninety
    "payment": ("calendar", 15),  # 67; nor fifteen
    "seizure": ("calendar", 30),  # 行政强制法 25, 69: only limits of ten days or less are working days
    "urging": ("working", 10),  # 54, 69
    "report_of_urgent_measure": ("hour", 24),  # 19
    "reconsideration_request": ("calendar", 60),  # 行政复议法 20, 88
    "reconsideration_three": ("working", 3),  # 88: three, five, seven and ten days are working days
    "reconsideration_acceptance": ("working", 5),  # 30, 88
    "reconsideration_ten": ("working", 10),  # 88
    "public_notice": ("calendar", 30),  # 民事诉讼法 95, 85
    "judicial_confirmation": ("calendar", 30),  # 人民调解法 33; 民事诉讼法 205
    "police_case": ("calendar", 30),  # 治安管理处罚法 118
    "accident_report": ("calendar", 60),  # 安全事故条例 29
    "accident_first_word": ("hour", 1),  # 9; 重庆市突发事件应对条例 28
    "accident_next_level": ("hour", 2),  # 11
}
# law, units added (extended, or excluded by the law), start, last day or end, why
STATUTES: list[tuple[str, int, str, str, str]] = [
    ("petition_notice", 0, "2024-01-26T10:00:00", "2024-02-18", "10 Feb is off (10-17); Sunday 18 is worked"),
    ("petition_notice", 0, "2024-01-20T10:00:00", "2024-02-04", "Sunday 4 Feb is worked: it ends there"),
    ("petition_notice", 0, "2025-01-13T10:00:00", "2025-02-05", "28 Jan is the first day off (28 Jan - 4 Feb)"),
    ("petition_notice", 0, "2025-01-11T10:00:00", "2025-01-26", "Sunday 26 Jan is worked"),
    (
        "petition_notice",
        0,
        "2025-09-16T00:00:00",
        "2025-10-09",
        "from midnight on that day is its start; 1 Oct off (1-8)",
    ),
    ("petition_notice", 0, "2025-09-13T23:59:59", "2025-09-28", "up to midnight it is; Sunday 28 Sep is worked"),
    ("petition_notice", 0, "2026-01-30T10:00:00", "2026-02-14", "Saturday 14 Feb is worked"),
    ("petition_notice", 0, "2026-01-31T10:00:00", "2026-02-24", "15 Feb is the first day off (15-23)"),
    ("petition_notice", 0, "2026-09-16T10:00:00", "2026-10-08", "1 Oct off (1-7)"),
    ("petition_notice", 0, "2026-09-05T10:00:00", "2026-09-20", "Sunday 20 Sep is worked"),
    ("petition_notice", 0, "2024-02-29T10:00:00", "2024-03-15", "start on the leap day: 1 to 15 March"),
    (
        "petition_notice",
        0,
        "2025-12-17T10:00:00",
        "2026-01-04",
        "1 Jan off (1-3), Sunday 4 worked: over the year's end",
    ),
    ("handoff_objection_petition", 0, "2024-02-05T10:00:00", "2024-02-18", "6 7 8 9, off 10-17, Sunday 18"),
    ("handoff_objection_petition", 0, "2024-02-10T10:00:00", "2024-02-22", "start on a day off: 18 19 20 21 22"),
    ("handoff_objection_petition", 0, "2025-01-24T10:00:00", "2025-02-07", "Sunday 26, 27, off 28 Jan - 4 Feb, 5 6 7"),
    ("handoff_objection_petition", 0, "2025-01-27T10:00:00", "2025-02-10", "5 6 7, Saturday 8 worked, Monday 10"),
    ("handoff_objection_petition", 0, "2025-09-26T10:00:00", "2025-10-10", "Sunday 28, 29 30, off 1-8, 9 10"),
    ("handoff_objection_petition", 0, "2025-09-30T23:59:59", "2025-10-14", "9 10, Saturday 11 worked, 13 14"),
    ("handoff_objection_petition", 0, "2026-02-13T10:00:00", "2026-02-27", "Saturday 14, off 15-23, 24 25 26 27"),
    (
        "handoff_objection_petition",
        0,
        "2026-02-23T10:00:00",
        "2026-02-28",
        "last day off: 24 25 26 27, Saturday 28 worked",
    ),
    ("handoff_objection_petition", 0, "2026-09-30T10:00:00", "2026-10-13", "off 1-7, 8 9, Saturday 10 worked, 12 13"),
    ("handoff_objection_petition", 0, "2026-04-30T10:00:00", "2026-05-11", "off 1-5, 6 7 8, Saturday 9 worked, 11"),
    ("handoff_objection_petition", 0, "2025-12-31T10:00:00", "2026-01-08", "off 1-3, Sunday 4 worked, 5 6 7 8"),
    ("petition_decision", 0, "2025-08-05T10:00:00", "2025-10-09", "26 in Aug, 30 in Sep, 4 Oct; off 1-8"),
    ("petition_decision", 30, "2025-08-05T10:00:00", "2025-11-03", "thirty more from 4 Oct, not from 9: Monday 3 Nov"),
    ("petition_decision", 0, "2025-12-10T10:00:00", "2026-02-09", "21 + 31 + 8: Sunday 8 Feb, not worked"),
    ("petition_decision", 0, "2025-12-17T10:00:00", "2026-02-24", "14 + 31 + 15: 15 Feb, off 15-23"),
    ("petition_decision", 0, "2023-12-31T10:00:00", "2024-02-29", "31 + 29: the leap day itself, a Thursday"),
    (
        "petition_decision",
        0,
        "2022-12-31T10:00:00",
        "2023-03-01",
        "31 + 28 + 1: without a leap day; start on a day off",
    ),
    ("petition_decision", 30, "2026-07-03T10:00:00", "2026-10-08", "28 + 31 + 30 + 1: extended into 1 Oct, off 1-7"),
    ("review", 0, "2024-01-15T10:00:00", "2024-02-18", "14 Feb, off 10-17, Sunday 18 worked"),
    ("review", 0, "2024-08-15T10:00:00", "2024-09-14", "Saturday 14 Sep is worked"),
    ("review", 0, "2024-08-16T10:00:00", "2024-09-18", "15 Sep, off 15-17"),
    ("review", 0, "2024-04-01T10:00:00", "2024-05-06", "1 May, off 1-5"),
    ("recheck", 0, "2024-08-25T10:00:00", "2024-09-24", "6 + 24: a Tuesday"),
    ("recheck", 7, "2024-08-25T10:00:00", "2024-10-08", "seven days of hearing excluded: 1 Oct, off 1-7"),
    ("evidence_preservation", 0, "2024-09-26T10:00:00", "2024-10-11", "27, Sunday 29, 30, off 1-7, 8 9 10 11"),
    ("evidence_preservation", 0, "2024-04-26T10:00:00", "2024-05-09", "Sunday 28, 29 30, off 1-5, 6 7 8 9"),
    ("hearing_request", 0, "2024-06-06T10:00:00", "2024-06-14", "7, Dragon Boat 8-10 off, 11 12 13 14"),
    ("hearing_request", 0, "2025-05-29T10:00:00", "2025-06-06", "30, Dragon Boat 31 May - 2 June off, 3 4 5 6"),
    ("hearing_notice", 0, "2026-06-17T10:00:00", "2026-06-29", "18, Dragon Boat 19-21 off, 22-26, 29"),
    ("service", 0, "2023-04-28T10:00:00", "2023-05-11", "off 29 Apr - 3 May, 4 5, Saturday 6 worked, 8 9 10 11"),
    ("withdrawal_of_publication", 0, "2023-09-27T10:00:00", "2023-10-08", "28, off 29 Sep - 6 Oct, 7 and 8 worked"),
    ("penalty_decision", 0, "2024-07-03T10:00:00", "2024-10-08", "28 + 31 + 30 + 1: 1 Oct, off 1-7"),
    ("penalty_decision", 0, "2024-07-14T10:00:00", "2024-10-12", "17 + 31 + 30 + 12: Saturday 12 Oct is worked"),
    ("penalty_decision", 0, "2025-11-06T10:00:00", "2026-02-04", "24 + 31 + 31 + 4: a Wednesday"),
    ("payment", 0, "2024-09-17T10:00:00", "2024-10-08", "start on Mid-Autumn: 13 + 2, off 1-7"),
    ("payment", 0, "2023-01-06T10:00:00", "2023-01-28", "21 Jan, off 21-27, Saturday 28 worked"),
    ("seizure", 0, "2025-01-02T10:00:00", "2025-02-05", "29 + 1: 1 Feb, off until 4"),
    ("seizure", 30, "2025-01-02T10:00:00", "2025-03-03", "29 + 28 + 3, from 1 Feb and not from 5: a Monday"),
    ("seizure", 10, "2025-09-01T10:00:00", "2025-10-11", "ten days of testing excluded: 29 + 11, Saturday 11 worked"),
    ("urging", 0, "2025-01-20T10:00:00", "2025-02-08", "21-24, Sunday 26, 27, 5 6 7, Saturday 8: ten are working days"),
    ("report_of_urgent_measure", 0, "2024-02-09T22:10:05", "2024-02-10T22:10:05", "a day off moves no hour"),
    ("report_of_urgent_measure", 0, "2024-02-28T23:59:59", "2024-02-29T23:59:59", "into the leap day"),
    ("report_of_urgent_measure", 0, "2025-10-01T00:00:00", "2025-10-02T00:00:00", "from midnight to midnight"),
    ("reconsideration_request", 0, "2024-11-02T10:00:00", "2025-01-02", "28 + 31 + 1: 1 Jan is off"),
    ("reconsideration_request", 4, "2024-11-02T10:00:00", "2025-01-06", "four days in the mail excluded: Sunday 5 Jan"),
    ("reconsideration_three", 0, "2025-04-03T10:00:00", "2025-04-09", "Qingming 4-6 off, 7 8 9"),
    ("reconsideration_acceptance", 0, "2024-02-08T10:00:00", "2024-02-21", "9, off 10-17, Sunday 18, 19 20 21"),
    (
        *("reconsideration_ten", 0, "2024-09-29T10:00:00", "2024-10-17"),
        "start on the worked Sunday: 30, off 1-7, 8 9 10 11, Saturday 12 worked, 14 15 16 17",
    ),
    ("public_notice", 0, "2024-12-02T10:00:00", "2025-01-02", "29 + 1: 1 Jan is off"),
    ("judicial_confirmation", 0, "2024-01-31T10:00:00", "2024-03-01", "29 in a leap year's February + 1"),
    ("judicial_confirmation", 0, "2023-01-31T10:00:00", "2023-03-02", "28 + 2"),
    ("judicial_confirmation", 0, "2025-09-05T10:00:00", "2025-10-09", "25 + 5: 5 Oct, off 1-8"),
    ("police_case", 0, "2026-01-16T10:00:00", "2026-02-24", "15 + 15: 15 Feb, off 15-23"),
    ("police_case", 30, "2026-01-16T10:00:00", "2026-03-17", "15 + 28 + 17: from 15 Feb, not from 24; a Tuesday"),
    ("police_case", 60, "2026-01-16T10:00:00", "2026-04-16", "extended twice: 15 + 28 + 31 + 16, a Thursday"),
    ("police_case", 12, "2026-03-24T10:00:00", "2026-05-06", "twelve days of appraisal excluded: 7 + 30 + 5, off 1-5"),
    ("accident_report", 0, "2026-08-03T10:00:00", "2026-10-08", "28 + 30 + 2: 2 Oct, off 1-7"),
    ("accident_first_word", 0, "2026-02-16T23:30:00", "2026-02-17T00:30:00", "on the eve of the Spring Festival"),
    ("accident_next_level", 0, "2025-12-31T23:00:01", "2026-01-01T01:00:01", "over the turn of the year"),
]


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


@pytest.mark.parametrize(
    ("law", "added", "start", "end", "why"), STATUTES, ids=[f"{row[0]} {row[2][:10]} +{row[1]}" for row in STATUTES]
)
def test_a_statutes_clock_ends_where_a_person_counts_it(law: str, added: int, start: str, end: str, why: str) -> None:
    unit, length = LAW[law]
    counted = due(a_clock(unit, length), datetime.fromisoformat(f"{start}+08:00"), DAYS, extra=added)
    wanted = datetime.fromisoformat(f"{end}+08:00") if unit == "hour" else end_of(end)
    assert (counted.due_at, counted.provisional) == (wanted, False), why


def test_the_statutes_examples_leave_no_clock_out_and_are_as_the_district_counts() -> None:
    assert {row[0] for row in STATUTES} == set(LAW)
    assert len(STATUTES) >= 60
    districts = {clock["id"]: clock for clock in yaml.safe_load((DISTRICT / "clocks.yaml").read_text(encoding="utf-8"))}
    statutory = {id: clock for id, clock in districts.items() if clock["basis"] != "policy"}
    assert {id: (clock["unit"], clock["length"]) for id, clock in statutory.items()} == {
        id: LAW[id] for id in statutory
    }
