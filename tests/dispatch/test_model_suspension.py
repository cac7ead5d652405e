"""What stands still with a suspended case: the clocks whose rules say so, and no others."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.dispatch import deadlines
from services.dispatch import facts as f
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.police import reactions as police
from services.police.model import MODEL as POLICE
from shared.desk.matter import ReceiveTask
from shared.listen.reactions import Heard
from shared.procedure.actor import service_actor
from shared.reference.reference import Reference, Version
from tests.dispatch.given import DISPATCHER, TEXT, Story, a_case
from tests.dispatch.test_model_clocks import midnight, running, tells_due, told
from tests.shared.desks import BEIJING, district

TICK = timedelta(microseconds=1)
OFFICE = "city_management_bureau"
MONDAY = datetime(2021, 3, 1, 9, tzinfo=BEIJING)


def with_clock(**changed: Any) -> Reference:
    """The district, with ten days for a general matter that do not run while its case is suspended."""
    reference = district()
    general = reference.get("clock", "handling_general", MONDAY)
    assert general is not None
    rule = {**general.entry["rule"], "length": 10, "excludes": ["suspension"], "least": 1, **changed}
    reference.keep("clock", Version("handling_general", date(2021, 1, 1), None, {"rule": rule}))
    return reference


def at(day: int, hour: int = 9, month: int = 3) -> datetime:
    return datetime(2021, month, day, hour, tzinfo=BEIJING)


def accepted(reference: Reference) -> Story:
    """On Monday 1 March: by calendar days, Thursday 11 is the last."""
    story = a_case()
    story.at = MONDAY - timedelta(hours=1)
    story.offered_to(OFFICE)
    due = deadlines.deadline(reference, "handling_general", MONDAY, OFFICE)
    story.at = MONDAY
    return story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=due)


def suspended(story: Story, when: datetime) -> Story:
    tells_due(story, when)
    story.at = when
    look = deadlines.look_again(district(), when, when + timedelta(days=300))
    return story.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=look.due_at, deadline=look)


def resumed(story: Story, when: datetime, reference: Reference) -> datetime:
    """When it is due then."""
    for command in deadlines.resuming(reference, {"at": when, "actor": DISPATCHER})(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)
    assert MODEL.fold(story.facts) == story.case
    (clock,) = running(story.case)
    return clock.due_at


def still(story: Story, reference: Reference, when: datetime) -> dict[str, Any]:
    return deadlines.stood_still(reference, story.case.clocks[0], when)


@pytest.mark.parametrize(
    ("stops", "goes_on", "due", "days"),
    [
        (at(4), at(4, 17), midnight(2021, 3, 12), 0),
        (at(11), at(11, 17), midnight(2021, 3, 12), 0),
        (at(4), at(9), midnight(2021, 3, 17), 5),
        (at(4, 23), at(5, 0), midnight(2021, 3, 13), 1),
        (at(11), at(15), midnight(2021, 3, 17), 4),
        (at(4), at(28, month=4), midnight(2021, 5, 7), 55),
    ],
    ids=[
        *("the same day", "the same day, the last", "seven days were left", "over midnight"),
        *("from the last day on: the least", "over Labour Day: 5 May moves to the 6th"),
    ],
)
def test_a_clock_that_excludes_it_goes_on_with_the_days_that_were_left(
    stops: datetime, goes_on: datetime, due: datetime, days: int
):
    reference = with_clock()
    story = suspended(accepted(reference), stops)
    assert still(story, reference, goes_on) == {"days": days}, "while it stands"
    assert resumed(story, goes_on, reference) == due
    assert still(story, reference, goes_on + timedelta(days=9)) == {"days": days}, "and ever after"


def test_nothing_of_it_is_told_while_it_stands_and_everything_after():
    reference = with_clock()
    story = suspended(accepted(reference), at(4))
    tells_due(story, at(30))
    assert told(story) == []
    end = resumed(story, at(30), reference)
    assert end == midnight(2021, 4, 7), "seven days from 30 March: Tuesday 6 April, the first day after Qingming"
    assert told(tells_due(story, end - TICK)) == ["ClockWarned handling_general"] * 2
    assert told(tells_due(story, end))[-1] == "ClockLapsed handling_general"


def test_twice_suspended_it_keeps_what_was_left_each_time():
    reference = with_clock()
    story = suspended(accepted(reference), at(4))
    assert resumed(story, at(8), reference) == midnight(2021, 3, 16), "seven days after the 8th"
    suspended(story, at(10))
    assert resumed(story, at(12), reference) == midnight(2021, 3, 18), "five after the 12th"
    assert still(story, reference, at(20)) == {"days": 6}


@pytest.mark.parametrize("excludes", [[], ["hearing"]])
def test_a_clock_whose_rule_does_not_say_so_runs_on_and_lapses(excludes: list[str]):
    reference = with_clock(excludes=excludes)
    story = suspended(accepted(reference), at(4))
    tells_due(story, midnight(2021, 3, 12))
    assert told(story)[-1] == "ClockLapsed handling_general"
    assert resumed(story, at(30), reference) == midnight(2021, 3, 12)


def test_the_districts_statutory_clocks_do_not_stop_for_our_suspension():
    rules = [version.entry["rule"] for version in district().versions("clock")]
    assert not [rule["id"] for rule in rules if not rule["policy"] and "suspension" in rule.get("excludes", ())]


def test_what_had_lapsed_before_stays_lapsed():
    reference = with_clock()
    story = suspended(accepted(reference), midnight(2021, 3, 12))
    assert story.case.clocks[0].lapsed
    assert resumed(story, at(30), reference) == midnight(2021, 3, 12)
    assert story.case.clocks[0].overdue


def test_hours_stand_still_to_the_minute():
    reference = with_clock(unit="hour", length=48)
    story = suspended(accepted(reference), MONDAY + timedelta(hours=10))
    goes_on = MONDAY + timedelta(hours=10, minutes=90)
    assert resumed(story, goes_on, reference) == MONDAY + timedelta(hours=49.5)
    assert still(story, reference, goes_on) == {"hours": 1.5}


def test_work_that_is_done_while_the_case_is_suspended_stops_the_clock_and_was_in_time():
    reference = with_clock()
    story = suspended(accepted(reference), at(4))
    story.at = at(25)
    tells_due(story, at(25)).completed()
    assert told(story) == []
    assert (story.case.clocks[0].stands, story.case.clocks[0].still) == (None, ((at(4), at(25)),))


def test_a_clock_that_starts_in_a_suspended_case_stands_from_its_start():
    reference = with_clock()
    story = a_case()
    story.at = MONDAY - timedelta(hours=2)
    story.offered_to(OFFICE, "helper").accepted(2)
    suspended(story, MONDAY - timedelta(minutes=1))
    due = deadlines.deadline(reference, "handling_general", MONDAY, OFFICE)
    story.at = MONDAY
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=due)
    assert resumed(story, at(8), reference) == midnight(2021, 3, 19), "ten days after the 8th"


def test_the_desk_takes_the_new_end_over():
    reference = with_clock()
    story = suspended(accepted(reference), at(4))
    was = story.case.clocks[0].deadline.due_at
    now = resumed(story, at(9), reference)
    fact = next(fact for fact in story.facts if isinstance(fact, f.CaseResumed))
    given = dict.fromkeys(("department", "category", "area", "part", "case_code"), "x")
    about = {"at": MONDAY, "actor": service_actor("police"), "case_id": "case-1", "handoff_id": "case-1.1"}
    task, _ = POLICE.carry_out(POLICE.blank, ReceiveTask(**about, **given, due_at=was))
    (write,) = police.REACTIONS.table[f.CaseResumed](Heard(fact, SimpleNamespace(), reference))  # type: ignore[arg-type]
    for command in write.commands(task):
        task, _ = POLICE.carry_out(task, command)
    assert (write.id, task.due_at) == ("case-1.1", now)
