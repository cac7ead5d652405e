"""Clocks against a plain day-by-day count; versions, calendars, shares of time and refusals."""

import timeit
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.clocks.count import TICK, Due, Pause, colour, due, due_after, used
from shared.clocks.days import HolidayYear, StateCouncilDays
from shared.clocks.errors import ClockError, NaiveTime, NegativeExtra, NoRuleInForce, TwoRulesInForce
from shared.clocks.rule import ClockRule, Extension, Words, in_force
from shared.clocks.zone import DISTRICT_ZONE

DAYS = StateCouncilDays()
WORDS = Words(zh="时限", en="clock")
ONE_DAY = timedelta(days=1)
KNOWN = {day.year for day in chinese_calendar.holidays}
LIMIT_MICROSECONDS = 150
Stops = Sequence[tuple[date, date, int | None]]
"""Day on which it stopped, day on which it goes on, units that are left at least; None: excluded by law."""


def a_clock(**fields: Any) -> ClockRule:
    given_fields = {
        "id": "opinion",
        "name": WORDS,
        "basis": WORDS,
        "unit": "calendar",
        "length": 60,
        "starts_on": "accepted",
        "stops_on": "opinion-issued",
        "valid_from": date(2000, 1, 1),
    }
    return ClockRule.model_validate(given_fields | fields)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


# --- the slow reference: one day at a time, by the package's own functions


@cache
def works(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def may_change(day: date) -> bool:
    return day.year not in KNOWN or (day >= date(day.year, 12, 29) and day.year + 1 not in KNOWN)


def slow_last_day(rule: ClockRule, start: date, length: int, pauses: Stops = ()) -> tuple[date, bool]:
    day, left, changes = start, length, rule.unit == "working" and may_change(start)
    for stopped, goes_on, least in pauses:
        if least is None and stopped > slow_last_day(rule, day, left)[0]:
            continue
        while day < stopped:
            day += ONE_DAY
            left -= rule.unit != "working" or works(day)
        day, left = goes_on, max(left, least or 0)
    while left > 0:
        day += ONE_DAY
        left -= rule.unit != "working" or works(day)
        changes = changes or (rule.unit == "working" and may_change(day))
    changes = changes or may_change(day)
    while not works(day):
        day += ONE_DAY
        changes = changes or may_change(day)
    return day, changes


def slow_running(rule: ClockRule, start: datetime, end: datetime) -> timedelta:
    total, day = timedelta(), start.astimezone(DISTRICT_ZONE).date()
    while (opens := datetime.combine(day, time.min, DISTRICT_ZONE)) < end:
        if rule.unit != "working" or works(day):
            total += min(end, opens + ONE_DAY) - max(start, opens)
        day += ONE_DAY
    return total


zones = st.sampled_from([UTC, DISTRICT_ZONE, ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=45))])
ten_years = st.datetimes(datetime(2016, 1, 1), datetime(2030, 12, 31), timezones=zones)
"""And four more that have no notice yet."""
rules = st.builds(
    a_clock,
    unit=st.sampled_from(["calendar", "working", "hour"]),
    length=st.integers(1, 120),
    warn_at=st.sets(st.integers(1, 999), max_size=3).map(lambda shares: tuple(n / 1000 for n in sorted(shares))),
)


@settings(deadline=None)
@given(rules, ten_years, st.integers(0, 40))
def test_due_equals_the_slow_reference(rule: ClockRule, started: datetime, extra: int) -> None:
    counted = due(rule, started, DAYS, extra=extra)
    if rule.unit == "hour":
        assert counted.due_at - started.astimezone(UTC) == timedelta(hours=rule.length + extra)
        assert not counted.provisional
        return
    start = started.astimezone(DISTRICT_ZONE).date()
    assert (counted.last_day, counted.provisional) == slow_last_day(rule, start, rule.length + extra)
    assert counted.due_at == datetime.combine(counted.last_day + ONE_DAY, time.min, DISTRICT_ZONE)


@settings(deadline=None)
@given(rules, ten_years, st.floats(0, 1))
def test_used_equals_the_slow_reference(rule: ClockRule, started: datetime, part: float) -> None:
    counted = due(rule, started, DAYS)
    started = started.astimezone(DISTRICT_ZONE)
    now = started + part * (counted.due_at - started)
    whole = slow_running(rule, started, counted.due_at)
    assert used(counted, started, now) == pytest.approx(slow_running(rule, started, now) / whole, abs=1e-9)


@settings(deadline=None)
@given(rules, ten_years)
def test_a_warning_is_the_first_moment_of_its_share(rule: ClockRule, started: datetime) -> None:
    counted = due(rule, started, DAYS)
    assert len(counted.warnings) == len(rule.warn_at)
    for share, warning in zip(rule.warn_at, counted.warnings, strict=True):
        assert used(counted, started, warning) >= share > used(counted, started, warning - TICK)


days_on = st.integers(0, 80).map(lambda number: timedelta(days=number))


@settings(deadline=None)
@given(
    rules.filter(lambda rule: rule.unit != "hour"),
    ten_years,
    st.lists(st.tuples(days_on, days_on, st.booleans()), max_size=3),
)
def test_time_that_does_not_count_equals_the_slow_reference(
    rule: ClockRule, started: datetime, given_pauses: list[tuple[timedelta, timedelta, bool]]
) -> None:
    moment = started.astimezone(DISTRICT_ZONE)
    pauses, stops = [], []
    for runs, stands, excluded in given_pauses:
        since, moment = moment + runs, moment + runs + stands
        pauses.append(Pause(since, moment, excluded))
        if moment > started:
            stops.append((since.date(), moment.date(), None if excluded else rule.least))
    counted = due_after(rule, started, pauses, DAYS)
    last, _ = slow_last_day(rule, started.astimezone(DISTRICT_ZONE).date(), rule.length, stops)
    assert counted.last_day == last
    for share, warning in zip(rule.warn_at, counted.warnings, strict=True):
        assert used(counted, started, warning) >= share > used(counted, started, warning - 2 * TICK)


@settings(deadline=None)
@given(
    rules,
    st.datetimes(datetime(2027, 9, 1), datetime(2028, 12, 31), timezones=zones),
    st.sets(st.dates(date(2027, 12, 29), date(2028, 12, 31)), max_size=60),
)
def test_a_count_after_the_notice_equals_the_slow_reference_with_its_days(
    rule: ClockRule, started: datetime, moved: set[date]
) -> None:
    """Each day moved changes sides: a weekday is off, a Saturday or Sunday worked."""
    known = [a_notice(2027), a_notice(2029), a_notice(2030)]
    off = frozenset(day for day in moved if day.weekday() < 5)
    days = StateCouncilDays(*known, a_notice(2028, off, frozenset(moved - off)))
    counted = due(rule, started, days)
    assert not counted.provisional
    assert days.stands(counted.notices)
    before = due(rule, started, StateCouncilDays(*known))
    assert days.stands(before.notices) or before.provisional, "what the notice can change waits for it"
    if rule.unit == "hour" or not before.provisional:
        assert counted.due_at == before.due_at
        return
    day, left = started.astimezone(DISTRICT_ZONE).date(), rule.length
    while left or (day.weekday() < 5) == (day in moved):
        day += ONE_DAY
        left -= bool(left) and (rule.unit == "calendar" or (day.weekday() < 5) != (day in moved))
    assert counted.last_day == day


# --- shares and colours


def test_warnings_of_calendar_days_run_through_days_off() -> None:
    counted = due(a_clock(length=10, warn_at=(0.5,)), at("2021-03-01T00:00:00"), DAYS)
    assert counted.due_at == at("2021-03-12T00:00:00")
    assert counted.warnings == (at("2021-03-06T12:00:00"),)


def test_warnings_of_working_days_stand_still_on_days_off() -> None:
    started = at("2021-03-04T12:00:00")
    counted = due(a_clock(unit="working", length=5), started, DAYS)
    assert counted.idle == (date(2021, 3, 6), date(2021, 3, 7))
    assert counted.warnings == (at("2021-03-09T06:00:00"), at("2021-03-10T21:36:00"))
    assert used(counted, started, at("2021-03-06T00:00:00")) == 36 / 132
    assert used(counted, started, at("2021-03-07T15:00:00")) == 36 / 132


def test_a_warning_at_the_end_of_friday_does_not_wait_for_monday() -> None:
    counted = due(a_clock(unit="working", length=3, warn_at=(0.5,)), at("2021-03-04T00:00:00"), DAYS)
    assert counted.warnings == (at("2021-03-06T00:00:00"),)


def test_a_start_on_a_day_off_uses_nothing_until_work_begins() -> None:
    started = at("2021-05-03T15:00:00")
    counted = due(a_clock(unit="working", length=2), started, DAYS)
    assert used(counted, started, at("2021-05-06T00:00:00")) == 0
    assert used(counted, started, at("2021-05-07T00:00:00")) == 0.5


def test_used_is_nothing_before_the_start_and_all_after_the_end() -> None:
    started = at("2021-03-01T12:00:00")
    counted = due(a_clock(), started, DAYS)
    assert used(counted, started, started - ONE_DAY) == 0
    assert used(counted, started, counted.due_at + ONE_DAY) == 1


@pytest.mark.parametrize("unit", ["calendar", "working", "hour"])
def test_colours_change_at_the_warnings_and_at_the_end(unit: str) -> None:
    rule, started = a_clock(unit=unit, length=7), at("2021-04-28T10:00:00")
    counted = due(rule, started, DAYS)
    first, last = counted.warnings
    moments = (started, first - TICK, first, last - TICK, last, counted.due_at - TICK, counted.due_at)
    colours = [colour(rule, started, counted, now) for now in moments]
    assert colours == ["green", "green", "yellow", "yellow", "red", "red", "lapsed"]


@pytest.mark.parametrize(
    ("warn_at", "colours"),
    [((), ["green"] * 3), ((0.5,), ["green", "red", "red"]), ((0.2, 0.5, 0.9), ["yellow", "yellow", "red"])],
)
def test_colours_of_other_numbers_of_shares(warn_at: tuple[float, ...], colours: list[str]) -> None:
    rule, started = a_clock(unit="hour", length=10, warn_at=warn_at), at("2021-03-01T00:00:00")
    counted = due(rule, started, DAYS)
    seen = [colour(rule, started, counted, started + timedelta(hours=hours)) for hours in (3, 6, 9)]
    assert seen == colours


# --- versions


def test_the_version_in_force_on_the_day_is_kept() -> None:
    old = a_clock(valid_from=date(2005, 5, 1), valid_to=date(2022, 5, 1))
    new = a_clock(valid_from=date(2022, 5, 1), length=30)
    other = a_clock(id="other")
    assert in_force([new, other, old], "opinion", date(2022, 4, 30)) is old
    assert in_force([old, other, new], "opinion", date(2022, 5, 1)) is new


def test_a_newer_version_supersedes_one_left_open_and_gives_way_when_it_ends() -> None:
    standing = a_clock()
    trial = a_clock(valid_from=date(2024, 1, 1), valid_to=date(2025, 1, 1), policy=True)
    assert in_force([standing, trial], "opinion", date(2024, 6, 1)) is trial
    assert in_force([standing, trial], "opinion", date(2025, 1, 1)) is standing


def test_no_version_and_two_versions_are_named_errors() -> None:
    with pytest.raises(NoRuleInForce, match="'opinion' is in force on 1999-12-31 / 1999-12-31 没有生效"):
        in_force([a_clock()], "opinion", date(1999, 12, 31))
    with pytest.raises(TwoRulesInForce) as refused:
        in_force([a_clock(), a_clock(length=30)], "opinion", date(2021, 1, 1))
    assert isinstance(refused.value, ClockError)
    assert refused.value.since == date(2000, 1, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"length": 0},
        {"unit": "month"},
        {"warn_at": (0.8, 0.5)},
        {"warn_at": (0.5, 0.5)},
        {"warn_at": (1.0,)},
        {"valid_to": date(2000, 1, 1)},
        {"name": {"zh": "", "en": "clock"}},
        {"lenght": 60},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_clock(**fields)


def test_a_rule_is_a_value_and_survives_json() -> None:
    rule = a_clock(extension=Extension(longest=30, approver="head"), lapse=WORDS, excludes=("hearing",))
    again = ClockRule.model_validate_json(rule.model_dump_json())
    assert {rule, again} == {rule}


def test_an_extension_stays_within_the_longest() -> None:
    rule = a_clock(extension=Extension(longest=30, approver="head", notice=True))
    assert [rule.may_extend(by) for by in (0, 1, 30, 31)] == [False, True, True, False]
    assert not a_clock().may_extend(1)


def test_what_cannot_be_counted_is_refused() -> None:
    naive, started = datetime(2021, 3, 1), at("2021-03-01T00:00:00")
    counted = due(a_clock(), started, DAYS)
    with pytest.raises(NaiveTime, match="has no zone"):
        due(a_clock(), naive, DAYS)
    with pytest.raises(NaiveTime):
        used(counted, started, naive)
    with pytest.raises(NegativeExtra):
        due(a_clock(), started, DAYS, extra=-1)


# --- calendars


def test_every_noticed_day_is_what_the_package_says() -> None:
    day, end = date(min(KNOWN), 1, 1), date(max(KNOWN), 12, 31)
    while day <= end:
        assert DAYS.is_working(day) == works(day) != DAYS.is_public_holiday(day), day
        day += ONE_DAY


def test_days_off_go_on_over_the_turn_of_the_year() -> None:
    off = DAYS.days_off(date(2020, 12, 27))
    seen = [next(off).isoformat() for _ in range(5)]
    assert seen == ["2020-12-27", "2021-01-01", "2021-01-02", "2021-01-03", "2021-01-09"]


@given(st.dates(date(2090, 1, 1), date(2110, 12, 31)))
def test_a_provisional_day_makes_the_rest_of_its_year_provisional(day: date) -> None:
    days = StateCouncilDays(a_notice(2095), a_notice(2097), a_notice(2098))
    assert not provisional(days, day) or provisional(days, date(day.year, 12, 31))


def provisional(days: StateCouncilDays, day: date) -> bool:
    return any(notice.endswith("?") for notice in days.notices(day, day))


def a_notice(year: int, off: frozenset[date] = frozenset(), worked: frozenset[date] = frozenset()) -> HolidayYear:
    return HolidayYear(year=year, source=f"notice {year}", days_off=off, days_worked=worked)


def test_the_last_days_of_a_year_wait_for_the_next_notice() -> None:
    year_end = date(2099, 12, 31)
    waiting = StateCouncilDays(a_notice(2099))
    assert [provisional(waiting, date(2099, 12, day)) for day in (28, 29)] == [False, True]
    settled = StateCouncilDays(a_notice(2099), a_notice(2100, off=frozenset({year_end})))
    assert (waiting.is_working(year_end), settled.is_working(year_end)) == (True, False)
    assert not provisional(settled, year_end)


def test_a_clock_across_a_missing_year_is_provisional() -> None:
    days = StateCouncilDays(a_notice(2097), a_notice(2099))
    rule = a_clock(unit="working", length=300)
    assert due(rule, at("2097-12-01T00:00:00"), days).provisional
    assert not due(a_clock(unit="working", length=15), at("2097-12-01T00:00:00"), days).provisional


def test_only_the_days_that_matter_make_a_count_provisional() -> None:
    days = StateCouncilDays(a_notice(2099))
    started = at("2098-12-20T00:00:00")
    assert due(a_clock(unit="working", length=20), started, days).provisional
    assert not due(a_clock(unit="calendar", length=20), started, days).provisional


def test_a_later_notice_may_take_back_a_day_off() -> None:
    year_end = frozenset({date(2099, 12, 31)})
    days = StateCouncilDays(a_notice(2099, off=year_end), a_notice(2100, worked=year_end))
    assert days.is_working(date(2099, 12, 31))


def test_a_given_notice_replaces_the_packages_year() -> None:
    days = StateCouncilDays(a_notice(2021, worked=frozenset({date(2021, 1, 2)})))
    assert days.is_working(date(2021, 10, 1))
    assert days.is_working(date(2021, 1, 2))
    assert not days.is_working(date(2021, 2, 7))
    assert not days.is_working(date(2022, 10, 3))
    assert days.sources[1:] == ("notice 2021",)


def test_the_districts_offset_is_the_zone_databases() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in range(2004, 2037) for month in range(1, 13)]
    assert {moment.astimezone(shanghai).utcoffset() for moment in moments} == {DISTRICT_ZONE.utcoffset(None)}


@pytest.mark.parametrize("excluded", [False, True])
@given(st.integers(1, 90), st.integers(0, 120), st.integers(0, 120), st.sampled_from(["calendar", "working"]))
def test_time_that_does_not_count_never_brings_the_end_nearer(
    excluded: bool, length: int, used_up: int, still: int, unit: str
) -> None:
    rule, started = a_clock(unit=unit, length=length), at("2021-01-20T09:00:00")
    before = due(rule, started, DAYS).due_at
    stopped = started + timedelta(days=used_up)
    goes_on = stopped + timedelta(days=still)
    again = due_after(rule, started, [Pause(stopped, goes_on, excluded)], DAYS).due_at
    assert again >= before
    assert again > goes_on or (excluded and stopped >= before)


@pytest.mark.parametrize("unit", ["calendar", "working"])
def test_a_sixty_day_clock_is_counted_in_microseconds(unit: str) -> None:
    rule, started = a_clock(unit=unit), at("2021-01-20T09:00:00")

    def count() -> Due:
        return due(rule, started, DAYS)

    best = min(timeit.repeat(count, number=100, repeat=30)) / 100
    assert best * 1_000_000 < LIMIT_MICROSECONDS
