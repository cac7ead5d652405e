"""A lapse that lasts climbs, each rung once; and whatever waits for an office has a clock."""

from datetime import datetime, timedelta

import pytest

from services.dispatch import deadlines
from services.dispatch import facts as f
from services.dispatch.facts import Deadline, Rung
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from shared.refusals.refusals import NotFound
from tests.dispatch.given import DISPATCHER, MORNING, TEXT, Story, a_case, deadline, offer
from tests.dispatch.test_model_clocks import midnight
from tests.shared.desks import BEIJING, district

CITY, TRANSPORT, ABOVE, TOP = "city_management_bureau", "transport_bureau", "governance_center", "committee"
TICK = timedelta(microseconds=1)


def laddered(days: int = 2, start: datetime = MORNING) -> Deadline:
    due = deadline(days, answerable=CITY, start=start)
    rungs = tuple(Rung(at=due.due_at + timedelta(days=n), to=to) for n, to in ((1, ABOVE), (3, TOP)))
    return due.model_copy(update={"ladder": rungs})


def rungs(story: Story) -> list[tuple[int, str, datetime]]:
    return [(fact.rung, fact.to, fact.at) for fact in story.facts if isinstance(fact, f.LapseClimbed)]


def owed(story: Story) -> list[str]:
    return [clock.deadline.rule for clock in story.case.clocks if clock.running and clock.handoff_id is None]


def test_each_rung_is_told_at_its_moment_and_once():
    story = a_case().offered_to(CITY, deadline=laddered())
    clock = story.case.clocks[0]
    first, second = (rung.at for rung in clock.deadline.ladder)
    story.at = first - TICK
    story.do(c.UrgeHandoff, DISPATCHER, handoff_id=story.id(1))
    assert (rungs(story), story.case.clocks[0].with_whom) == ([], None)
    story.at = first
    story.do(c.UrgeHandoff, DISPATCHER, handoff_id=story.id(1))
    assert rungs(story) == [(1, ABOVE, first)]
    with pytest.raises(NotFound):
        story.do(c.ClimbClock, clock_id=clock.clock_id)
    story.at = second + timedelta(days=30)
    story.do(c.UrgeHandoff, DISPATCHER, handoff_id=story.id(1))
    assert rungs(story) == [(1, ABOVE, first), (2, TOP, second)]
    assert story.case.clocks[0].with_whom == TOP
    assert story.case.clocks[0].next_at is None
    assert MODEL.fold(story.facts) == story.case


def test_the_first_rung_is_a_day_after_the_end_also_where_a_day_off_moved_that():
    started = datetime(2021, 2, 28, 9, tzinfo=BEIJING)
    due = deadlines.deadline(district(), "handling_general", started, CITY)
    assert due is not None
    assert due.due_at == midnight(2021, 3, 23), "twenty days: Saturday 20 March, moved to Monday 22"
    assert [rung.at for rung in due.ladder] == [midnight(2021, 3, 24), midnight(2021, 3, 30)]


def test_after_rework_the_rungs_are_counted_from_the_new_end_also_where_that_is_the_least():
    story, monday = a_case().offered_to(CITY), datetime(2021, 3, 1, 9, tzinfo=BEIJING)
    due = deadlines.deadline(district(), "handling_general", monday, CITY)
    story.at = monday
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=due)
    story.at = datetime(2021, 3, 22, 9, tzinfo=BEIJING)
    story.completed()
    left = deadlines.time_left(district(), story.case, story.id(1), datetime(2021, 3, 29, 9, tzinfo=BEIJING))
    assert left is not None
    assert left.due_at == midnight(2021, 4, 1), "none of the twenty days was left: two, 30 and 31 March"
    assert [rung.at for rung in left.ladder] == [midnight(2021, 4, 2), midnight(2021, 4, 8)]


def test_an_answer_ends_it_and_nothing_that_others_do_sets_it_back():
    story = a_case().offered_to(CITY, deadline=laddered())
    story.at = MORNING + timedelta(days=3, hours=1)
    story.do(c.AttachReport, report_id="report-2", contents=(TEXT,))
    assert len(rungs(story)) == 1
    story.do(c.UrgeHandoff, DISPATCHER, handoff_id=story.id(1)).accepted().later(days=30)
    story.completed()
    assert len(rungs(story)) == 1


def test_a_clock_given_more_time_climbs_no_rung_twice():
    story = a_case().offered_to(CITY)
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=laddered(start=story.at))
    story.later(days=4)
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=5, reason=TEXT)
    assert [rung for rung, _, _ in rungs(story)] == [1]
    later = laddered(7, start=story.case.clocks[-1].deadline.started_at)
    story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(1), deadline=later, longest=9)
    story.later(days=30).do(c.UrgeHandoff, DISPATCHER, handoff_id=story.id(1))
    assert [rung for rung, _, _ in rungs(story)] == [1, 2]


def test_a_lapse_taken_back_takes_its_rungs_back():
    story = a_case().offered_to(CITY, deadline=laddered())
    story.later(days=3).do(c.UrgeHandoff, DISPATCHER, handoff_id=story.id(1))
    assert story.case.clocks[0].with_whom == ABOVE
    story.at = MORNING + timedelta(days=1)
    story.accepted()
    assert not story.case.clocks[0].lapsed
    assert story.case.clocks[0].with_whom is None


def reoffer(story: Story) -> Deadline:
    return deadline(1, start=story.at, answerable=ABOVE).model_copy(update={"rule": "reoffer"})


def test_what_an_office_gave_back_has_a_clock_until_another_is_found():
    story = a_case().offered_to(CITY)
    by = reoffer(story)
    story.do(c.ReturnHandoff, story.handler(1), handoff_id=story.id(1), reason=TEXT, offer_by=by)
    assert owed(story) == ["reoffer"]
    assert owed(story.offered_again(TRANSPORT, replaces=1)) == []


def test_it_runs_on_while_any_task_has_nobody_and_is_started_once():
    story = a_case().offered_to(CITY, TRANSPORT)
    by = reoffer(story)
    for number in (1, 2):
        story.do(c.ReturnHandoff, story.handler(number), handoff_id=story.id(number), reason=TEXT, offer_by=by)
    assert owed(story) == ["reoffer"]
    story.do(c.OfferHandoff, DISPATCHER, offer=offer("housing_commission"))
    assert owed(story) == ["reoffer"]
    story.do(c.WaiveHandoff, DISPATCHER, handoff_id=story.id(2), reason=TEXT)
    assert owed(story) == []


def test_a_reopened_case_a_recalled_lead_and_an_office_complained_of_leave_a_task_with_a_clock():
    reopened = a_case().offered_to(CITY).accepted().completed().verified()
    reopened.do(c.RecordFollowUp, DISPATCHER, solved=False, offer_by=reoffer(reopened))
    assert owed(reopened) == ["reoffer"]
    recalled = a_case().offered_to(CITY)
    recalled.do(c.RecallHandoff, DISPATCHER, handoff_id=recalled.id(1), why=TEXT, offer_by=reoffer(recalled))
    assert owed(recalled) == ["reoffer"]
    accused = a_case().offered_to(CITY, TRANSPORT)
    accused.do(c.AttachReport, report_id="report-2", barred=(TRANSPORT,), offer_by=reoffer(accused))
    assert owed(accused) == ["reoffer"]
    helper = a_case().offered_to(CITY, TRANSPORT)
    helper.do(c.RecallHandoff, DISPATCHER, handoff_id=helper.id(2), why=TEXT, offer_by=reoffer(helper))
    assert owed(helper) == [], "the centre needs that help no more"


def test_a_case_that_ends_owes_nothing():
    story = a_case().offered_to(CITY)
    story.do(c.ReturnHandoff, story.handler(1), handoff_id=story.id(1), reason=TEXT, offer_by=reoffer(story))
    assert owed(story.do(c.WithdrawCase)) == []
