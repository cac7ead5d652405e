"""The clocks of a case by their rows: who is charged with what, and what moves, stops and starts them."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.dispatch import deadlines, routing
from services.dispatch import facts as f
from services.dispatch.model import MODEL, Case
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from services.dispatch.reactions import REACTIONS
from services.dispatch.scheduler import due_by
from services.dispatch.tables import clock_rows, handoff_rows
from services.petition import facts as petition
from shared.facts.envelope import source_of
from shared.facts.fact import Fact
from shared.listen.reactions import Heard
from shared.refusals.refusals import NotFound, NotNow
from tests.dispatch.given import DISPATCHER, ME, TEXT, Story, a_case, deadline, offer
from tests.shared.desks import BEIJING, district

DISTRICT = district()
TICK = timedelta(microseconds=1)
PETITION = {"department": "petition_office", "by": "petition.fu", "by_department": "petition_office"}


def hears(story: Story, kind: type[Fact], at: datetime, **fields: Any) -> Story:
    """An office's word, as dispatch takes it."""
    fact = kind(at=at, **PETITION, case_id="case-1", handoff_id="case-1.1", **fields)
    (attempt,) = REACTIONS.table[kind](Heard(fact, SimpleNamespace(source=source_of("petition")), DISTRICT))  # type: ignore[arg-type]
    for command in attempt.writes[0].commands(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)
    return story


def tells_due(story: Story, now: datetime) -> Story:
    """The scheduler's round at that moment."""
    for command in due_by(now)(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)
    return story


def told(story: Story) -> list[str]:
    kinds = (f.ClockWarned, f.ClockLapsed, f.LapseWithdrawn)
    return [f"{type(fact).__name__} {fact.rule}" for fact in story.facts if isinstance(fact, kinds)]


def running(case: Case) -> list[f.Deadline]:
    return [clock.deadline for clock in case.clocks if clock.running]


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=BEIJING)


ACCEPTED = datetime(2026, 11, 27, 10, tzinfo=BEIJING)


def an_accepted_petition() -> Story:
    story = a_case()
    story.at = ACCEPTED - timedelta(hours=2)
    story.offered_to("petition_office", via="petition")
    return hears(
        story,
        petition.PetitionAccepted,
        ACCEPTED,
        decision_due_at=midnight(2027, 1, 27),
        decision_basis="信访工作条例 Art 34",
        extension_longest=30,
    )


def test_a_petition_whose_opinion_was_issued_on_the_first_day_does_not_lapse_on_the_sixtieth():
    story = an_accepted_petition()
    assert [clock.rule for clock in running(story.case)] == ["petition_decision"]
    hears(story, petition.OpinionIssued, ACCEPTED + timedelta(hours=1), opinion=TEXT)
    tells_due(story, ACCEPTED + timedelta(days=400))
    assert told(story) == []
    assert story.case.handoffs[0].status == "accepted"


def test_a_petition_extended_by_its_organ_is_owed_by_the_new_day_and_not_before():
    story, until = an_accepted_petition(), midnight(2027, 2, 26)
    hears(story, petition.PetitionExtended, ACCEPTED + timedelta(days=9), days=30, reason=TEXT, decision_due_at=until)
    (clock,) = running(story.case)
    assert (clock.started_at, clock.due_at, clock.basis) == (ACCEPTED, until, "信访工作条例 Art 34")
    assert "ClockLapsed petition_decision" not in told(tells_due(story, until - TICK))
    assert told(tells_due(story, until))[-1] == "ClockLapsed petition_decision"


def test_an_extension_heard_of_after_the_old_day_takes_the_lapse_back():
    story, old, until = an_accepted_petition(), midnight(2027, 1, 27), midnight(2027, 2, 26)
    tells_due(story, old + timedelta(days=1))
    assert told(story)[-1] == "ClockLapsed petition_decision"
    hears(story, petition.PetitionExtended, old - timedelta(days=3), days=30, reason=TEXT, decision_due_at=until)
    withdrawn = story.facts[-1]
    assert isinstance(withdrawn, f.LapseWithdrawn)
    assert (withdrawn.reason, withdrawn.due_at) == ("extended_in_time", old)
    assert not any(clock.lapsed for clock in story.case.clocks)
    assert MODEL.fold(story.facts) == story.case


@pytest.mark.parametrize(("late_by", "charged"), [(-TICK, False), (timedelta(), True)])
def test_an_answer_given_in_time_but_heard_late_leaves_no_lapse(late_by: timedelta, charged: bool):
    story = a_case().offered_to("police_bureau", via="police", deadline=deadline(2))
    due = story.case.clocks[0].deadline.due_at
    tells_due(story, due + timedelta(days=1))
    assert told(story) == ["ClockLapsed handoff_acceptance"]
    story.at = due + late_by
    story.do(c.AcceptHandoff, handoff_id=story.id(1))
    assert story.case.clocks[0].lapsed is charged
    taken_back = [fact for fact in story.facts if isinstance(fact, f.LapseWithdrawn)]
    assert [fact.reason for fact in taken_back] == ([] if charged else ["answered_in_time"])
    assert all(fact.at >= due for fact in taken_back), "taken back after it came, not before"


def handled(days: int = 20) -> Story:
    story = a_case().offered_to("city_management_bureau")
    clock = deadline(days, (10, 16), "city_management_bureau")
    return story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=clock)


def test_an_extension_granted_after_the_lapse_leaves_it_visible():
    story = handled()
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=10, reason=TEXT)
    tells_due(story, story.case.clocks[-1].deadline.due_at)
    story.at = story.case.clocks[-1].deadline.due_at + timedelta(days=1)
    later = deadline(30, answerable="city_management_bureau")
    story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(1), deadline=later, longest=10)
    assert story.case.clocks[-1].lapsed
    assert next(handoff_rows("case-1", story.case))["lapsed"], "still in the overdue list"
    tells_due(story, story.case.clocks[-1].deadline.due_at)
    assert told(story).count("ClockLapsed handoff_acceptance") == 2, "the later end can lapse too"


def test_what_another_office_said_earlier_does_not_take_back_a_lapse_that_was_one():
    story = a_case().offered_to("city_management_bureau", "helper").accepted(2)
    clock = deadline(20, answerable="city_management_bureau")
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=clock)
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=10, reason=TEXT)
    before = story.at
    tells_due(story, clock.due_at)
    story.at = clock.due_at + timedelta(days=1)
    story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(1), deadline=deadline(30), longest=10)
    story.at = before
    story.completed(2)
    assert story.case.clocks[0].lapsed


def test_completing_settles_an_extension_that_was_asked_for():
    story = handled()
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=10, reason=TEXT).completed()
    assert story.case.handoffs[0].extension_days is None
    with pytest.raises(NotNow):
        story.do(c.RefuseExtension, DISPATCHER, handoff_id=story.id(1), reason=TEXT)


def a_general_matter(accepted: datetime, completed: datetime) -> Story:
    story = a_case().offered_to("city_management_bureau")
    clock = deadlines.deadline(DISTRICT, "handling_general", accepted, "city_management_bureau")
    story.at = accepted
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=clock)
    story.at = completed
    return tells_due(story, completed).completed()


def sent_back(story: Story, at: datetime) -> f.Deadline:
    stamp = {"at": at, "actor": DISPATCHER}
    for command in deadlines.sending_back(DISTRICT, stamp, story.id(1), TEXT)(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)
    (clock,) = running(story.case)
    return clock


def test_rework_ordered_after_the_due_day_leaves_the_office_the_time_that_it_had_left():
    story = a_general_matter(datetime(2021, 3, 1, 9, tzinfo=BEIJING), datetime(2021, 3, 17, 9, tzinfo=BEIJING))
    assert story.case.clocks[0].deadline.due_at == midnight(2021, 3, 23), "the 21st is a Sunday"
    clock = sent_back(story, datetime(2021, 4, 12, 9, tzinfo=BEIJING))
    assert clock.due_at == midnight(2021, 4, 17), "four of the twenty days, to Sunday 21, were left: 13 to 16 April"
    assert clock.started_at == datetime(2021, 3, 1, 9, tzinfo=BEIJING)
    assert told(tells_due(story, clock.due_at - TICK)) == ["ClockWarned handling_general"] * 2, "one before, one now"
    assert told(tells_due(story, clock.due_at))[-1] == "ClockLapsed handling_general"


def test_rework_of_what_was_done_on_the_last_day_leaves_the_least_that_the_clock_allows():
    story = a_general_matter(datetime(2021, 3, 1, 9, tzinfo=BEIJING), datetime(2021, 3, 22, 9, tzinfo=BEIJING))
    assert sent_back(story, datetime(2021, 4, 12, 9, tzinfo=BEIJING)).due_at == midnight(2021, 4, 15)


def test_rework_after_a_lapse_does_not_make_it_forgotten():
    story = a_general_matter(datetime(2021, 3, 1, 9, tzinfo=BEIJING), datetime(2021, 3, 30, 9, tzinfo=BEIJING))
    assert told(story)[-1] == "ClockLapsed handling_general"
    sent_back(story, datetime(2021, 4, 12, 9, tzinfo=BEIJING))
    assert next(handoff_rows("case-1", story.case))["lapsed"]


@pytest.mark.parametrize(("warnings", "levels"), [((5,), [2]), ((5, 8), [1, 2]), ((3, 5, 8), [1, 1, 2])])
def test_a_clock_is_yellow_from_its_first_warning_and_red_from_its_last(warnings, levels):
    story = a_case().offered_to("city_management_bureau", deadline=deadline(10, warnings))
    tells_due(story, story.case.clocks[0].deadline.due_at - TICK)
    assert [fact.level for fact in story.facts if isinstance(fact, f.ClockWarned)] == levels
    assert story.case.clocks[0].colour == 2


def test_a_verification_that_is_late_is_the_centres_and_not_the_offices():
    story = a_case().offered_to("city_management_bureau").accepted()
    checking = deadline(3, answerable="governance_center")
    story.do(c.CompleteHandoff, story.handler(1), handoff_id=story.id(1), result=TEXT, deadline=checking)
    tells_due(story, checking.due_at)
    row = next(handoff_rows("case-1", story.case))
    assert (row["lapsed"], row["answerable"]) == (False, "governance_center")
    (late,) = [clock for clock in clock_rows("case-1", story.case) if clock["overdue"]]
    assert (late["answerable"], late["handoff_id"]) == ("governance_center", story.id(1))


def test_a_queue_and_a_follow_up_that_are_late_are_in_the_list():
    queued = a_case().do(c.QueueCase, reason="no_rule", deadline=deadline(1, answerable="governance_center"))
    tells_due(queued, queued.case.clocks[0].deadline.due_at)
    assert [clock["overdue"] for clock in clock_rows("case-1", queued.case)] == [True]


def objected(silence: str | None = None, office: str = "city_management_bureau", **more: Any) -> Story:
    clock = deadline(5, (2, 4), "city_management_bureau").model_copy(
        update={"rule": "handoff_objection", "right": True, "silence": silence}
    )
    if silence:
        then = deadlines.handling(DISTRICT, "sanitation.drain", clock.due_at, office)
        clock = clock.model_copy(update={"then": then})
    return a_case().offered_to(office, objection=clock, objection_until=clock.due_at, **more)


def test_the_time_to_object_is_among_the_clocks_and_warns_but_makes_nobody_late():
    story = objected()
    tells_due(story, story.case.clocks[0].deadline.due_at)
    assert told(story) == ["ClockWarned handoff_objection"] * 2 + ["ClockLapsed handoff_objection"]
    assert story.last.right
    assert not any(clock["overdue"] for clock in clock_rows("case-1", story.case))
    assert story.case.handoffs[0].status == "offered", "without such a policy silence decides nothing"


@pytest.mark.parametrize(("past", "status"), [(-TICK, "offered"), (timedelta(), "accepted")])
def test_silence_past_the_time_to_object_is_acceptance_where_policy_says_so(past: timedelta, status: str):
    story = objected("accepted", deadline=deadline(30))
    until = story.case.handoffs[0].objection_until
    tells_due(story, until + past)
    assert story.case.handoffs[0].status == status
    if status == "accepted":
        accepted = next(fact for fact in story.facts if isinstance(fact, f.HandoffAccepted))
        assert (accepted.deemed, accepted.deadline.rule, accepted.deadline.started_at) == (
            True,
            "handling_general",
            until,
        )
        assert story.case.status == "in_handling"
    assert MODEL.fold(story.facts) == story.case


def test_after_a_long_silence_the_clocks_that_acceptance_stopped_do_not_stand_in_the_way():
    story = objected("accepted", deadline=deadline(6))
    tells_due(story, story.at + timedelta(days=400))
    assert "ClockLapsed handoff_acceptance" not in told(story)
    assert story.case.handoffs[0].status == "accepted"


def test_an_office_may_say_after_its_silence_that_it_accepts_and_its_own_clock_holds():
    story = objected("accepted", "petition_office", via="petition")
    tells_due(story, story.case.handoffs[0].objection_until)
    day = story.at + timedelta(days=9)
    hears(
        story,
        petition.PetitionAccepted,
        day,
        decision_due_at=day + timedelta(days=60),
        decision_basis="x",
        extension_longest=30,
    )
    (clock,) = running(story.case)
    assert (clock.rule, clock.started_at) == ("petition_decision", day)
    with pytest.raises(NotNow):
        story.do(c.ConfirmAcceptance, handoff_id=story.id(1))


def test_a_suspension_looks_ahead_and_somebody_has_to_look_again():
    story = a_case().offered_to("city_management_bureau").accepted()
    again = story.at + timedelta(days=3)
    clock = deadlines.look_again(DISTRICT, story.at, again)
    story.at = again
    with pytest.raises(r.InThePast):
        story.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=again, deadline=clock)
    story.at = again - TICK
    story.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=again, deadline=clock)
    tells_due(story, again)
    assert told(story) == ["ClockLapsed look_again"]
    assert story.last.answerable == "governance_center"
    assert not running(story.do(c.ResumeCase, DISPATCHER).case)


def test_a_simple_matter_has_the_simple_clock_and_others_the_general_one():
    day = datetime(2021, 3, 1, 9, tzinfo=BEIJING)
    assert deadlines.handling(DISTRICT, "lighting.broken", day, "x").rule == "handling_simple"
    assert deadlines.handling(DISTRICT, "building.leak", day, "x").rule == "handling_general"


def test_the_window_to_reopen_is_the_districts_and_counts_as_its_clocks_do():
    closed = datetime(2021, 9, 1, 15, tzinfo=BEIJING)
    until = deadlines.window(DISTRICT, closed)["reopen_until"]
    assert until == midnight(2021, 10, 9), "the holiday of October moves its end"


def a_return_asked() -> Story:
    story = a_case().offered_to("petition_office", consent=True, deadline=deadline(15))
    consent = deadline(2, answerable="governance_center").model_copy(update={"rule": "return_consent"})
    return story.do(c.ReturnHandoff, story.handler(1), handoff_id=story.id(1), reason=TEXT, deadline=consent)


def test_a_return_that_needs_consent_is_owed_until_the_centre_has_given_it():
    story = a_return_asked()
    assert (story.case.handoffs[0].status, type(story.last)) == ("offered", f.ReturnAsked)
    assert [clock.rule for clock in running(story.case)] == ["handoff_acceptance", "return_consent"]
    with pytest.raises(r.ReturnPending):
        story.returned(1)
    assert story.do(c.ApproveReturn, DISPATCHER, handoff_id=story.id(1)).case.handoffs[0].status == "returned"
    assert not running(story.case)


@pytest.mark.parametrize(("asked", "charged"), [(-TICK, False), (timedelta(), True)])
def test_an_office_that_objected_in_time_is_not_charged_with_the_time_of_the_consent(asked: timedelta, charged: bool):
    story = a_case().offered_to("petition_office", consent=True, deadline=deadline(3))
    story.at = story.case.clocks[0].deadline.due_at + asked
    story.returned()
    tells_due(story, story.at + timedelta(days=5))
    story.later(days=6).do(c.ApproveReturn, DISPATCHER, handoff_id=story.id(1))
    assert story.case.clocks[0].lapsed is charged


def test_a_return_without_consent_stays_with_the_office_and_cannot_be_asked_again():
    story = a_return_asked().do(c.RefuseReturn, DISPATCHER, handoff_id="case-1.1", reason=TEXT)
    assert (story.last.status, story.case.handoffs[0].status) == ("offered", "offered")
    assert [clock.rule for clock in running(story.case)] == ["handoff_acceptance"]
    with pytest.raises(r.ReturnDenied):
        story.returned(1)
    with pytest.raises(r.NoReturnAsked):
        story.do(c.ApproveReturn, DISPATCHER, handoff_id=story.id(1))
    assert story.accepted().case.handoffs[0].status == "accepted"


def test_the_consent_that_a_return_needs_comes_from_the_data():
    before, since = (datetime(2022, month, 15, 9, tzinfo=BEIJING) for month in (4, 5))
    assert not routing.offer(DISTRICT, "noise.living", "petition_office", "lead", before).consent
    assert routing.offer(DISTRICT, "noise.living", "petition_office", "lead", since).consent
    assert not routing.offer(DISTRICT, "noise.living", "police_bureau", "lead", since).consent


def test_an_unknown_lapse_cannot_be_withdrawn():
    with pytest.raises(NotFound):
        a_case().offered_to("x").do(c.WithdrawLapse, ME, clock_id="case-1.1", reason="answered_in_time")


def test_a_transfer_takes_the_clock_of_handling_along():
    story = handled()
    due = running(story.case)[0].due_at
    to = offer("transport_bureau", deadline=deadline(2, start=story.at))
    story.do(c.TransferHandoff, story.handler(1), handoff_id=story.id(1), offer=to, why=TEXT)
    fresh = deadline(40, start=story.at)
    story.do(c.AcceptHandoff, story.handler(2), handoff_id=story.id(2), deadline=fresh)
    (clock,) = running(story.case)
    assert (clock.due_at, clock.answerable) == (due, "transport_bureau")
    assert next(fact for fact in reversed(story.facts) if isinstance(fact, f.HandoffAccepted)).deadline == clock
    tells_due(story, due)
    assert told(story)[-1] == "ClockLapsed handoff_acceptance"
    assert MODEL.fold(story.facts) == story.case


def test_a_transfer_does_not_renew_what_an_extension_may_add():
    story = handled()
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=10, reason=TEXT)
    story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(1), deadline=deadline(30), longest=10)
    story.do(c.TransferHandoff, story.handler(1), handoff_id=story.id(1), offer=offer("transport_bureau"), why=TEXT)
    story.accepted(2).do(c.AskExtension, story.handler(2), handoff_id=story.id(2), days=1, reason=TEXT)
    with pytest.raises(r.ExtensionTooLong):
        story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(2), deadline=deadline(31), longest=10)
