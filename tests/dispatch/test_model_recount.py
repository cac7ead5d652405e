"""A notice of days off comes after clocks were counted without it: what moves, what is taken back, what stays."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.dispatch import deadlines
from services.dispatch import facts as f
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from services.dispatch.model.due import ME
from services.dispatch.tables import clock_rows
from shared.reference.days import KIND
from shared.reference.reference import Reference, Version
from shared.refusals.refusals import NotFound
from tests.dispatch.given import DISPATCHER, TEXT, Story, a_case
from tests.dispatch.test_model_clocks import midnight, running, tells_due, told
from tests.shared.desks import BEIJING, district

TICK = timedelta(microseconds=1)
OFFICE = "city_management_bureau"
ACCEPTED = datetime(2027, 1, 18, 9, tzinfo=BEIJING)
"""A Monday. Twenty days later is Sunday 7 February: by the weekends alone the 8th is the last day."""
WITHOUT = midnight(2027, 2, 9)
WITH = midnight(2027, 2, 13)
"""With the days off below, Friday 12 is the last day."""


def noticed(off: tuple[int, int] = (5, 11), worked: tuple[int, ...] = (), since: int = 1) -> Version:
    """Days off in February 2027, from the first of them to the last; invented."""
    first, last = off
    days_off = [str(date(2027, 2, day)) for day in range(first, last + 1)]
    days_worked = [str(date(2027, 2, day)) for day in worked]
    entry = {"source_zh": "通知", "source_en": "Notice", "days_off": days_off, "days_worked": days_worked}
    return Version("2027", date(2026, 11, since), None, entry)


def with_notice(*notices: Version) -> Reference:
    reference = district()
    for notice in notices or (noticed(),):
        reference.keep(KIND, notice)
    return reference


def marks(story: Story) -> set[str]:
    return {row["notices"] for row in clock_rows("case-1", story.case) if row["notices"]}


def recounts(story: Story, at: datetime, reference: Reference) -> list[f.ClockRecounted]:
    """One round at that moment: what was told of it."""
    before = len(story.facts)
    stamp = {"at": at, "actor": ME}
    for command in deadlines.recounting(reference, stamp, marks(story))(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)
    assert MODEL.fold(story.facts) == story.case
    return [fact for fact in story.facts[before:] if isinstance(fact, f.ClockRecounted)]


def accepted(at: datetime = ACCEPTED, clock: str = "handling_general") -> Story:
    story = a_case().offered_to(OFFICE)
    due = deadlines.deadline(district(), clock, at, OFFICE)
    story.at = at
    return story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=due)


def test_a_clock_is_provisional_until_the_years_notice_is_there_and_moves_with_it_once():
    story, reference = accepted(), with_notice()
    (before,) = running(story.case)
    assert (before.due_at, before.provisional, before.notices) == (WITHOUT, True, ("2027?",))
    (fact,) = recounts(story, ACCEPTED + timedelta(days=2), reference)
    assert (fact.was, fact.deadline.due_at, fact.deadline.provisional) == (WITHOUT, WITH, False)
    assert fact.handoff_id == story.id(1)
    assert fact.deadline.notices[0].startswith("2027:")
    (after,) = running(story.case)
    assert after.warnings == (ACCEPTED + (WITH - ACCEPTED) / 2, ACCEPTED + (WITH - ACCEPTED) * 0.8)
    assert recounts(story, ACCEPTED + timedelta(days=3), reference) == [], "once"
    assert told(tells_due(story, WITH - TICK)) == ["ClockWarned handling_general"] * 2
    assert told(tells_due(story, WITH))[-1] == "ClockLapsed handling_general"


def test_a_clock_that_the_notice_does_not_move_becomes_certain():
    story = accepted(ACCEPTED - timedelta(days=14))
    (fact,) = recounts(story, ACCEPTED, with_notice())
    assert (fact.was, fact.deadline.provisional) == (fact.deadline.due_at, False)


def test_a_clock_counted_with_the_notice_is_left_alone_and_a_correction_moves_it():
    story, reference = accepted(), with_notice()
    recounts(story, ACCEPTED, reference)
    reference.keep(KIND, noticed(off=(5, 12), since=2))
    (fact,) = recounts(story, ACCEPTED + timedelta(days=1), reference)
    assert (fact.was, fact.deadline.due_at) == (WITH, midnight(2027, 2, 16)), "the 12th off too: Monday 15"


@pytest.mark.parametrize(("looked", "lapses"), [(-TICK, 0), (timedelta(), 1)])
def test_a_lapse_told_by_the_provisional_count_is_withdrawn_and_told_at_its_own_moment(looked: timedelta, lapses: int):
    story = tells_due(accepted(), WITHOUT + timedelta(hours=1))
    assert story.case.clocks[-1].lapsed
    recounts(story, WITHOUT + timedelta(days=1), with_notice())
    withdrawn = story.facts[-1]
    assert isinstance(withdrawn, f.LapseWithdrawn)
    assert (withdrawn.reason, withdrawn.due_at) == ("recounted", WITHOUT)
    assert not story.case.clocks[-1].overdue
    before = len(story.facts)
    tells_due(story, WITH + looked)
    again = [fact for fact in story.facts[before:] if isinstance(fact, f.ClockLapsed)]
    assert [(fact.at, fact.due_at) for fact in again] == [(WITH, WITH)] * lapses


def test_a_notice_heard_after_both_ends_withdraws_the_first_and_tells_the_second_at_its_moment():
    story = tells_due(accepted(), WITH + timedelta(days=3))
    recounts(story, WITH + timedelta(days=3), with_notice())
    tells_due(story, WITH + timedelta(days=3))
    ends = [fact for fact in story.facts if isinstance(fact, (f.ClockLapsed, f.LapseWithdrawn))]
    assert [(type(fact), fact.due_at) for fact in ends] == [
        (f.ClockLapsed, WITHOUT),
        (f.LapseWithdrawn, WITHOUT),
        (f.ClockLapsed, WITH),
    ]
    assert ends[-1].at == WITH


def test_an_end_that_comes_nearer_lapses_at_its_own_moment():
    saturday = datetime(2027, 2, 19, 9, tzinfo=BEIJING)
    story = a_case().offered_to(OFFICE)
    due = deadlines.deadline(district(), "handoff_acceptance", saturday, OFFICE)
    assert due is not None
    assert due.due_at == midnight(2027, 2, 24), "two working days after a Friday: Monday, Tuesday"
    story.at = saturday - timedelta(hours=1)
    story.do(c.OfferHandoff, DISPATCHER, offer=c.Offer(department="helper", part="co", deadline=due))
    now = midnight(2027, 2, 23) + timedelta(hours=5)
    recounts(story, now, with_notice(noticed(worked=(20,))))
    tells_due(story, now)
    lapse = next(fact for fact in story.facts if isinstance(fact, f.ClockLapsed))
    assert lapse.at == lapse.due_at == midnight(2027, 2, 23), "Saturday 20 worked: Saturday, Monday"


@pytest.mark.parametrize(("answered", "charged"), [(-TICK, False), (timedelta(), True)])
def test_who_answered_before_the_end_by_the_notice_was_not_late(answered: timedelta, charged: bool):
    story = accepted()
    story.at = WITH + answered
    tells_due(story, WITHOUT).completed()
    assert story.case.clocks[-1].lapsed
    recounts(story, WITH + timedelta(days=1), with_notice())
    assert story.case.clocks[-1].lapsed is charged
    assert recounts(story, WITH + timedelta(days=2), with_notice()) == []


def test_an_extended_clock_keeps_its_extension():
    story, reference = accepted(ACCEPTED - timedelta(days=10)), with_notice()
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=10, reason=TEXT)
    stamp = {"at": story.at, "actor": DISPATCHER}
    (grant,) = deadlines.granting(district(), stamp, story.id(1))(story.case)
    story.do(type(grant), DISPATCHER, **grant.model_dump(exclude={"at", "actor"}))
    (before,) = running(story.case)
    assert (before.extra, before.due_at) == (10, WITHOUT)
    (fact,) = recounts(story, story.at, reference)
    assert (fact.deadline.extra, fact.deadline.due_at) == (10, WITH)


def test_a_clock_that_stood_still_keeps_what_was_left_of_it():
    story = accepted()
    story.at = datetime(2027, 1, 30, 9, tzinfo=BEIJING)
    story.completed()
    back = datetime(2027, 2, 2, 9, tzinfo=BEIJING)
    stamp = {"at": back, "actor": DISPATCHER}
    (rework,) = deadlines.sending_back(district(), stamp, story.id(1), TEXT)(story.case)
    story.at = back
    story.do(type(rework), DISPATCHER, **rework.model_dump(exclude={"at", "actor"}))
    (clock,) = running(story.case)
    assert clock.due_at == midnight(2027, 2, 11), "eight of the twenty days, to Sunday 7, were left on 30 January"
    (fact,) = recounts(story, back, with_notice())
    assert fact.deadline.due_at == midnight(2027, 2, 13), "the same eight, to 10 February; off 5-11"


def test_the_time_to_give_a_task_back_ends_with_its_clock_also_after_acceptance():
    day = datetime(2027, 2, 3, 9, tzinfo=BEIJING)
    clock = deadlines.deadline(district(), "handoff_objection", day, OFFICE)
    assert clock is not None
    story = a_case()
    story.at = day
    story.offered_to(OFFICE, objection=clock, objection_until=clock.due_at).accepted()
    assert clock.due_at == midnight(2027, 2, 11)
    recounts(story, day + timedelta(days=1), with_notice())
    until = story.case.handoffs[0].objection_until
    assert until == midnight(2027, 2, 18), "Thursday 4, Friday 12, Monday 15 to Wednesday 17"
    story.at = until
    with pytest.raises(r.ObjectionOver):
        story.returned()
    story.at = until - TICK
    assert story.returned().case.handoffs[0].status == "returned"


def test_what_silence_would_start_begins_at_the_new_end():
    day = datetime(2027, 2, 3, 9, tzinfo=BEIJING)
    clock = deadlines.deadline(district(), "handoff_objection", day, OFFICE)
    assert clock is not None
    then = deadlines.handling(district(), "sanitation.drain", clock.due_at, OFFICE)
    silent = clock.model_copy(update={"silence": "accepted", "then": then})
    story = a_case()
    story.at = day
    story.offered_to(OFFICE, objection=silent, objection_until=silent.due_at)
    recounts(story, day, with_notice())
    again = running(story.case)[-1]
    assert again.then is not None
    assert again.then.started_at == again.due_at > clock.due_at


def issued(at: datetime) -> Story:
    """A petition accepted on 9 December 2026, decided then: sixty days to Sunday 7 February."""
    story = accepted(datetime(2026, 12, 9, 9, tzinfo=BEIJING), "petition_decision")
    tells_due(story, at)
    story.at = at
    return story.do(c.StopClock, handoff_id=story.id(1), rule="petition_decision")


def test_the_time_for_a_decision_is_counted_again_after_the_opinion_too_for_rework_may_need_it():
    story, reference = issued(datetime(2027, 1, 20, 9, tzinfo=BEIJING)), with_notice()
    before = story.case.clocks[-1].deadline
    assert (before.due_at, before.notices) == (midnight(2027, 2, 9), ("2027?",)), "Sunday 7 February, by weekends"
    (fact,) = recounts(story, story.at, reference)
    assert (fact.was, fact.deadline.due_at, fact.handoff_id) == (before.due_at, WITH, story.id(1)), "off 5-11"
    assert not story.case.clocks[-1].running
    assert recounts(story, story.at, reference) == [], "once"
    verified = issued(datetime(2027, 1, 20, 9, tzinfo=BEIJING)).completed().verified()
    assert [fact.rule for fact in recounts(verified, verified.at, reference)] == [], "nothing comes after that"


CLOSED = datetime(2027, 1, 8, 9, tzinfo=BEIJING)
"""Thirty days to reopen: Sunday 7 February, by the weekends alone Monday 8 is the last."""


def ended(how: str) -> Story:
    window = deadlines.window(district(), CLOSED)
    if how == "refused":
        story = a_case().do(c.QueueCase, reason="no_rule")
        story.at = CLOSED
        return story.do(c.RefuseCase, DISPATCHER, route="litigation", reason=TEXT, **window)
    story = a_case().offered_to(OFFICE).accepted().completed().verified()
    if how == "withdrawn":
        story.at = CLOSED
        return story.do(c.DetachReport, report_id="report-1", **window)
    story.do(c.RecordFollowUp, DISPATCHER, solved=True)
    story.at = CLOSED
    return story.do(c.CloseCase, DISPATCHER, reason="solved", **window)


@pytest.mark.parametrize("how", ["closed", "withdrawn", "refused"])
def test_the_time_to_have_a_case_reopened_is_counted_again_and_kept_to_the_last_instant(how: str):
    story, reference = ended(how), with_notice()
    assert story.case.reopen_until == WITHOUT
    assert not running(story.case), "nobody is told of its end"
    (fact,) = recounts(story, CLOSED + timedelta(days=40), reference)
    assert (fact.rule, fact.was, fact.deadline.due_at) == ("reopening", WITHOUT, WITH)
    assert story.case.reopen_until == WITH
    assert recounts(story, CLOSED + timedelta(days=41), reference) == [], "once"
    story.at = WITH
    with pytest.raises(r.WindowOver):
        story.do(c.ReopenCase, DISPATCHER, reason="new_facts")
    story.at = WITH - TICK
    assert story.do(c.ReopenCase, DISPATCHER, reason="new_facts").case.status == "reopened"
    reference.keep(KIND, noticed(off=(5, 12), since=2))
    assert recounts(story, WITH, reference) == [], "a window that was used is none any more"


def test_a_case_closed_in_a_year_whose_notice_is_there_is_left_alone():
    window = deadlines.window(district(), datetime(2026, 3, 2, 9, tzinfo=BEIJING))
    story = a_case().offered_to(OFFICE).accepted().completed().verified()
    story.do(c.RecordFollowUp, DISPATCHER, solved=True).do(c.CloseCase, DISPATCHER, reason="solved", **window)
    assert marks(story) == {"2026"}
    assert recounts(story, CLOSED, with_notice()) == []


def test_a_clock_of_hours_or_of_a_known_year_is_never_counted_again():
    story = accepted(datetime(2026, 11, 26, 9, tzinfo=BEIJING))
    assert [clock.notices for clock in running(story.case)] == [("2026",)]
    assert recounts(story, ACCEPTED, with_notice()) == []


def test_a_count_that_says_the_same_is_no_step():
    story = accepted()
    (clock,) = story.case.clocks[-1:]
    with pytest.raises(NotFound):
        story.do(c.RecountClock, ME, clock_id=clock.clock_id, deadline=clock.deadline)


def test_a_clock_counted_before_notices_were_kept_is_found_and_counted():
    story = accepted()
    story = _as_it_was(story, {"notices": ()})
    assert marks(story) == {"?"}
    (fact,) = recounts(story, ACCEPTED, with_notice())
    assert fact.deadline.due_at == WITH


def _as_it_was(story: Story, deadline: dict[str, Any]) -> Story:
    """As it would stand there with other fields of the acceptance's deadline."""
    place = next(n for n, fact in enumerate(story.facts) if isinstance(fact, f.HandoffAccepted))
    fact: Any = story.facts[place]
    story.facts[place] = fact.model_copy(update={"deadline": fact.deadline.model_copy(update=deadline)})
    story.case = MODEL.fold(story.facts)
    return story
