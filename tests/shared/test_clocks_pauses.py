"""Time that does not count, by dated examples worked by hand: excluded, stood still, twice, extended.

The numbers of the law are those of `LAW` in `test_clocks_examples`.
"""

from datetime import date, datetime, timedelta

import pytest

from shared.clocks.count import Pause, after_end, due, due_after
from shared.clocks.days import HolidayYear, StateCouncilDays
from shared.clocks.rule import ClockRule, Unit
from tests.shared.test_clocks_examples import LAW, WORDS, end_of, noon

DAYS = StateCouncilDays()
EXCLUDED, STOOD = True, False
Given = tuple[str, str, bool]


def a_clock(unit: Unit, length: int, least: int = 1, warn_at: tuple[float, ...] = (0.5, 0.8)) -> ClockRule:
    about = {"starts_on": "begun", "stops_on": "done", "valid_from": date(2000, 1, 1)}
    named = {"id": "example", "name": WORDS, "basis": WORDS}
    return ClockRule(unit=unit, length=length, least=least, warn_at=warn_at, **named, **about)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def pauses(*given: Given) -> list[Pause]:
    return [Pause(_moment(since), _moment(until), excluded) for since, until, excluded in given]


def _moment(text: str) -> datetime:
    return at(text) if "T" in text else noon(text)


# law, start, what does not count, last day, why
BY_LAW: list[tuple[str, str, list[Given], str, str]] = [
    (
        *("police_case", "2026-03-24", [("2026-04-01", "2026-04-13", EXCLUDED)], "2026-05-06"),
        "治安管理处罚法 118: 30 days to 23 April; twelve of an appraisal (2 to 13): 5 May; Labour Day 1-5 off",
    ),
    (
        *("police_case", "2026-03-24", [("2026-04-01T09:00:00", "2026-04-01T17:00:00", EXCLUDED)], "2026-04-23"),
        "a hearing within one day excludes none",
    ),
    (
        *("police_case", "2026-03-24", [("2026-04-01T23:59:59", "2026-04-02T00:00:00", EXCLUDED)], "2026-04-24"),
        "over one midnight it excludes a day",
    ),
    (
        *("police_case", "2026-03-24", [("2026-04-23", "2026-04-30", EXCLUDED)], "2026-04-30"),
        "it began on the last day: none is left, and the day of its end is the last",
    ),
    (
        *("police_case", "2026-03-24", [("2026-04-23", "2026-05-02", EXCLUDED)], "2026-05-06"),
        "the same, and it ends on 2 May, which is off",
    ),
    (
        *("police_case", "2026-03-24", [("2026-03-24", "2026-03-29", EXCLUDED)], "2026-04-28"),
        "on the very first day: 25 to 29 March, five more than 23 April",
    ),
    (
        *("police_case", "2026-03-24", [("2026-04-24", "2026-04-30", EXCLUDED)], "2026-04-23"),
        "it began when all was over: nothing is given back",
    ),
    (
        "police_case",
        "2026-03-24",
        [("2026-04-01", "2026-04-06", EXCLUDED), ("2026-04-10", "2026-04-17", EXCLUDED)],
        "2026-05-06",
        "an appraisal of five days and a hearing of seven: 23 April + 12 = 5 May, off until 5",
    ),
    (
        "police_case",
        "2026-03-24",
        [("2026-04-01", "2026-04-06", EXCLUDED), ("2026-04-06", "2026-04-08", EXCLUDED)],
        "2026-04-30",
        "one ends on the day on which the other begins: 2-6 and 7-8, seven days",
    ),
    (
        "police_case",
        "2026-03-24",
        [("2026-04-01", "2026-04-06", EXCLUDED), ("2026-04-03", "2026-04-08", EXCLUDED)],
        "2026-04-30",
        "what overlaps counts once: 2-8",
    ),
    (
        *("seizure", "2025-09-01", [("2025-09-05", "2025-09-15", EXCLUDED)], "2025-10-11"),
        "行政强制法 25: 1 Oct; ten days of testing: 11 Oct, a worked Saturday",
    ),
    (
        *("recheck", "2024-08-25", [("2024-09-02", "2024-09-09", EXCLUDED)], "2024-10-08"),
        "信访工作条例 36: 24 Sept; seven of a hearing: 1 Oct, off 1-7",
    ),
    (
        *("reconsideration_acceptance", "2024-02-08", [("2024-02-18", "2024-02-19", EXCLUDED)], "2024-02-22"),
        "9, off 10-17, Sunday 18; one working day left out, the 19th; 20 21 22",
    ),
    (
        *("reconsideration_acceptance", "2024-02-08", [("2024-02-09", "2024-02-17", EXCLUDED)], "2024-02-21"),
        "days off that are excluded give nothing: they did not count anyway",
    ),
    (
        *("hearing_notice", "2025-09-26", [("2025-09-28", "2025-10-11", EXCLUDED)], "2025-10-20"),
        "Sunday 28; 29 30, off 1-8, 9 10 and Saturday 11 left out; six left: 13-17, 20",
    ),
]


@pytest.mark.parametrize(("law", "start", "left_out", "last", "why"), BY_LAW, ids=[row[-1][:40] for row in BY_LAW])
def test_the_time_that_a_law_excludes(law: str, start: str, left_out: list[Given], last: str, why: str) -> None:
    counted = due_after(a_clock(*LAW[law]), noon(start), pauses(*left_out), DAYS)
    assert (counted.due_at, counted.provisional) == (end_of(last), False), why


# unit, length, extra, least, start, what does not count, last day, why
MIXED: list[tuple[Unit, int, int, int, str, list[Given], str, str]] = [
    (
        *("calendar", 10, 0, 1, "2021-02-24", [("2021-03-03", "2021-03-05", STOOD)], "2021-03-08"),
        "to Saturday 6; two days later Monday 8: not from the Monday to which the Saturday would move",
    ),
    (
        *("calendar", 10, 10, 1, "2021-02-24", [("2021-03-03", "2021-03-05", STOOD)], "2021-03-18"),
        "the same, extended by ten: exactly ten days later",
    ),
    (
        "calendar",
        *(20, 0, 2, "2021-03-01", [("2021-03-05", "2021-03-10", STOOD), ("2021-03-12", "2021-03-16", STOOD)]),
        "2021-03-30",
        "suspended twice: 21 March, five and four days later",
    ),
    (
        "calendar",
        *(20, 20, 2, "2021-03-01", [("2021-03-05", "2021-03-10", STOOD), ("2021-03-12", "2021-03-16", STOOD)]),
        "2021-04-19",
        "and extended by twenty: from 30 March",
    ),
    (
        "calendar",
        *(20, 0, 2, "2021-03-01", [("2021-03-05", "2021-03-10", STOOD), ("2021-03-08", "2021-03-12", EXCLUDED)]),
        "2021-03-29",
        "suspended 6-10, appraised 9-12: 28 March, a Sunday; 6-12 once",
    ),
    (
        *("calendar", 20, 0, 2, "2021-03-01", [("2021-03-21", "2021-03-23", STOOD)], "2021-03-25"),
        "none was left: the least, two days after 23",
    ),
    (
        *("calendar", 20, 0, 2, "2021-03-01", [("2021-03-21", "2021-03-23", EXCLUDED)], "2021-03-23"),
        "none was left: the law gives back what it excludes and nothing beyond",
    ),
    (
        *("calendar", 20, 0, 2, "2021-02-28", [("2021-03-21", "2021-03-24", EXCLUDED)], "2021-03-24"),
        "to Saturday 20, moved to Monday 22: it began before that end, on Sunday",
    ),
    (
        *("calendar", 20, 0, 2, "2021-02-28", [("2021-03-23", "2021-03-25", EXCLUDED)], "2021-03-22"),
        "it began after that end",
    ),
    (
        *("working", 5, 0, 1, "2021-02-05", [("2021-02-08", "2021-02-10", STOOD)], "2021-02-20"),
        "Sunday 7 worked, 8; three left: 18 19 and Saturday 20, which is worked",
    ),
    (
        "working",
        *(5, 2, 1, "2021-02-05", [("2021-02-08", "2021-02-10", STOOD), ("2021-02-18", "2021-02-19", EXCLUDED)]),
        "2021-02-24",
        "seven in all: Sunday 7 and 8, 18, Saturday 20, 22 23 24; 9 and 10 stood, the 19th left out",
    ),
]


@pytest.mark.parametrize(
    ("unit", "length", "extra", "least", "start", "left_out", "last", "why"), MIXED, ids=[row[-1][:40] for row in MIXED]
)
def test_stops_and_extensions(
    unit: Unit, length: int, extra: int, least: int, start: str, left_out: list[Given], last: str, why: str
) -> None:
    counted = due_after(a_clock(unit, length, least), noon(start), pauses(*left_out), DAYS, extra=extra)
    assert (counted.due_at, counted.provisional) == (end_of(last), False), why


# length, extra, what does not count, end: all from 09:00 on the eve of Labour Day
HOURS: list[tuple[int, int, list[Given], str]] = [
    (24, 0, [], "2021-05-01T09:00:00"),
    (24, 0, [("2021-04-30T10:00:00", "2021-05-03T10:00:00", EXCLUDED)], "2021-05-04T09:00:00"),
    (24, 6, [("2021-04-30T10:00:00", "2021-05-03T10:30:00", EXCLUDED)], "2021-05-04T15:30:00"),
    (24, 0, [("2021-05-01T08:59:00", "2021-05-08T08:00:00", EXCLUDED)], "2021-05-08T08:01:00"),
    (24, 0, [("2021-05-01T09:00:00", "2021-05-08T08:00:00", EXCLUDED)], "2021-05-01T09:00:00"),
    (24, 0, [("2021-05-01T08:59:00", "2021-05-08T08:00:00", STOOD)], "2021-05-08T09:00:00"),
    (
        24,
        0,
        [
            ("2021-04-30T10:00:00", "2021-04-30T14:00:00", STOOD),
            ("2021-04-30T12:00:00", "2021-04-30T16:00:00", EXCLUDED),
        ],
        "2021-05-01T15:00:00",
    ),
]


@pytest.mark.parametrize(("length", "extra", "left_out", "end"), HOURS)
def test_hours_stand_still_to_the_minute_and_run_over_days_off(
    length: int, extra: int, left_out: list[Given], end: str
) -> None:
    counted = due_after(a_clock("hour", length), at("2021-04-30T09:00:00"), pauses(*left_out), DAYS, extra=extra)
    assert (counted.due_at, counted.notices) == (at(end), ())


def test_warnings_move_by_what_was_left_out_before_them_only() -> None:
    """From midnight before 1 March ten days and that one: half of eleven is 6 March 12:00, 0.8 is 9 March 19:12."""
    started, rule = at("2021-03-01T00:00:00"), a_clock("calendar", 10)
    assert due(rule, started, DAYS).warnings == (at("2021-03-06T12:00:00"), at("2021-03-09T19:12:00"))
    late = due_after(rule, started, pauses(("2021-03-08", "2021-03-18", EXCLUDED)), DAYS)
    assert (late.due_at, late.warnings[0]) == (end_of("2021-03-22"), at("2021-03-07T00:00:00")), "21 is a Sunday"
    assert late.warnings[1] == at("2021-03-20T14:24:00"), "0.8 of twelve days: 10 March 14:24, and ten days later"
    hours = due_after(
        a_clock("hour", 10), started, pauses(("2021-03-01T06:00:00", "2021-03-01T08:00:00", EXCLUDED)), DAYS
    )
    assert hours.warnings == (at("2021-03-01T05:00:00"), at("2021-03-01T10:00:00"))


@pytest.mark.parametrize(
    ("unit", "length", "start", "after", "ends"),
    [
        ("calendar", 20, "2021-02-28", 1, "2021-03-23"),  # 20 March is a Saturday, its end Monday 22: a day after that
        ("calendar", 20, "2021-02-28", 5, "2021-03-29"),  # Saturday 27 March: moved
        ("working", 2, "2021-02-09", 1, "2021-02-19"),  # 10, off 11-17, 18; then 19
    ],
)
def test_a_rung_is_counted_from_the_end_as_it_was_moved(
    unit: Unit, length: int, start: str, after: int, ends: str
) -> None:
    rule = a_clock(unit, length)
    assert after_end(rule, due(rule, noon(start), DAYS).due_at, after, DAYS) == end_of(ends)


def test_a_rung_of_hours_is_counted_from_the_minute() -> None:
    assert after_end(a_clock("hour", 2), at("2021-02-10T23:30:00"), 3, DAYS) == at("2021-02-11T02:30:00")


def test_a_pause_that_ends_in_a_year_without_a_notice_waits_for_it() -> None:
    """Twenty days from 20 December 2026: 9 January; ten days of an appraisal: 19 January 2027."""
    rule, left_out = a_clock("calendar", 20), pauses(("2026-12-22", "2027-01-01", EXCLUDED))
    counted = due_after(rule, noon("2026-12-20"), left_out, DAYS)
    assert (counted.last_day.isoformat(), counted.notices) == ("2027-01-19", ("2027?",))
    off = frozenset({date(2027, 1, 19), date(2027, 1, 20)})
    known = StateCouncilDays(HolidayYear(year=2027, source="invented", days_off=off))
    assert due_after(rule, noon("2026-12-20"), left_out, known).due_at == end_of("2027-01-21")


def test_a_pause_before_the_start_or_without_length_changes_nothing() -> None:
    rule, started = a_clock("calendar", 10), noon("2021-03-01")
    plain = due(rule, started, DAYS)
    for given in (("2021-02-20", "2021-03-01", EXCLUDED), ("2021-03-05", "2021-03-05", EXCLUDED)):
        assert due_after(rule, started, pauses(given), DAYS).due_at == plain.due_at
    before = pauses(("2021-02-20", "2021-03-03", EXCLUDED))
    assert due_after(rule, started, before, DAYS).due_at == plain.due_at + timedelta(days=4), "Saturday 13: Monday 15"
