"""The ways of a task between offices, and of a case between its reporters."""

import itertools

import pytest

from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from shared.procedure.actor import Role
from shared.refusals.refusals import NotPermitted
from tests.dispatch.given import DISPATCHER, ME, TEXT, Story, a_case, deadline, offer, person


def transfer(story: Story, number: int, to: str, by=None) -> Story:
    who = by or story.handler(number)
    return story.do(c.TransferHandoff, who, handoff_id=story.id(number), offer=offer(to), why=TEXT)


def test_a_task_is_not_transferred_to_the_office_that_holds_it():
    story = a_case().offered_to("city_management_bureau").accepted()
    for by in (story.handler(1), DISPATCHER):
        with pytest.raises(r.ToItself):
            transfer(story, 1, "city_management_bureau", by)


def test_a_second_transfer_of_the_same_task_is_the_centres_to_decide():
    story = transfer(a_case().offered_to("city_management_bureau").accepted(), 1, "transport_bureau").accepted(2)
    with pytest.raises(r.CentreDecides):
        transfer(story, 2, "housing_commission")
    assert transfer(story, 2, "housing_commission", DISPATCHER).case.lead == "housing_commission"


def test_an_office_that_returned_a_task_does_not_get_it_from_another_office():
    story = a_case().offered_to("city_management_bureau").returned().offered_again("transport_bureau", replaces=1)
    story.accepted(2)
    with pytest.raises(r.GivenBack):
        transfer(story, 2, "city_management_bureau")
    assert transfer(story, 2, "city_management_bureau", DISPATCHER).case.handoffs[-1].status == "offered"


def test_an_office_with_a_service_of_its_own_does_not_transfer_here_but_the_centre_does():
    story = a_case().offered_to("police_bureau", via="police").do(c.AcceptHandoff, handoff_id="case-1.1")
    with pytest.raises(r.AnswersElsewhere):
        transfer(story, 1, "transport_bureau")
    assert transfer(story, 1, "transport_bureau", DISPATCHER).case.handoffs[0].status == "transferred"


def two_co_parts_returned() -> Story:
    return a_case().offered_to("lead_office", "first", "second").returned(2).returned(3)


def offer_co(story: Story, department: str) -> Story:
    return story.do(c.OfferHandoff, DISPATCHER, offer=offer(department, "co"))


def test_a_new_co_handler_takes_a_returned_part_also_when_two_are_missing():
    story = offer_co(offer_co(two_co_parts_returned(), "third"), "fourth")
    assert [h.replaces for h in story.case.handoffs[3:]] == [story.id(2), story.id(3)]
    for number in (1, 4, 5):
        story.accepted(number).completed(number).verified(number)
    assert story.case.status == "resolved"


def test_returns_of_a_co_handlers_task_are_counted_however_many_parts_are_missing():
    story = offer_co(two_co_parts_returned(), "third").returned(4)
    offer_co(story, "fourth").returned(5)
    with pytest.raises(r.MustConsult):
        offer_co(story, "fifth")


def test_lead_and_co_handlers_are_those_who_hold_the_case_now():
    story = a_case().offered_to("first_lead", "helper")
    assert (story.case.lead, story.case.co_handlers) == ("first_lead", ("helper",))
    assert story.returned().case.lead is None
    assert story.offered_again("second_lead", replaces=1).case.lead == "second_lead"
    transfer(story.accepted(3), 3, "third_lead")
    assert story.case.lead == "third_lead"
    assert story.returned(2).case.co_handlers == ()
    offer_co(story, "other_helper")
    assert story.case.co_handlers == ("other_helper",)
    for number in (4, 5):
        story.accepted(number).completed(number).verified(number)
    assert (story.case.status, story.case.lead, story.case.co_handlers) == ("resolved", "third_lead", ("other_helper",))
    story.do(c.RecordFollowUp, DISPATCHER, solved=False)
    assert (story.case.lead, story.case.co_handlers) == (None, ())
    story.do(c.OfferHandoff, DISPATCHER, offer=offer("last_lead"))
    assert (story.case.lead, story.case.co_handlers) == ("last_lead", ())
    assert MODEL.fold(story.facts) == story.case


def test_a_stale_answer_names_who_has_this_task_now_and_not_who_has_another():
    story = a_case().offered_to("lead_office", "first", "second").returned(2)
    offer_co(story, "third")
    with pytest.raises(r.Stale) as refusal:
        story.accepted(2)
    assert refusal.value.now_with == ("third",)


def joined(*reports: str) -> Story:
    story = a_case().offered_to("city_management_bureau")
    for report in reports:
        story.do(c.AttachReport, report_id=report, contents=(TEXT,))
    return story


@pytest.mark.parametrize("order", list(itertools.permutations(["report-1", "report-2", "report-3"])), ids=str)
def test_the_last_reporters_withdrawal_ends_the_case_in_whatever_order(order):
    story = joined("report-2", "report-3")
    for report in order[:-1]:
        assert story.do(c.DetachReport, report_id=report).case.status == "routed"
    story.do(c.DetachReport, report_id=order[-1])
    assert (story.case.status, story.case.handoffs[0].status) == ("withdrawn", "recalled")


def solved() -> Story:
    story = a_case().offered_to("city_management_bureau").accepted()
    story.do(c.CompleteHandoff, story.handler(1), handoff_id=story.id(1), result=TEXT)
    return story.do(c.VerifyHandoff, DISPATCHER, handoff_id=story.id(1), follow_up=deadline(5))


@pytest.mark.parametrize("followed_up", [False, True])
def test_a_report_withdrawn_once_resolved_closes_the_case_and_stops_its_clock(followed_up: bool):
    story = solved()
    if followed_up:
        story.do(c.RecordFollowUp, DISPATCHER, solved=True)
    story.do(c.DetachReport, report_id="report-1")
    assert (story.case.status, story.case.closing_reason) == ("closed", "withdrawn")
    assert not any(clock.running for clock in story.case.clocks)


@pytest.mark.parametrize("reason", ["not_reached", "anonymous"])
def test_an_anonymous_report_is_followed_up_without_anybody_saying_that_it_is_solved(reason: str):
    story = solved().do(c.RecordFollowUp, DISPATCHER, solved=None, reason=reason)
    assert (type(story.last).__name__, story.last.reason, story.case.satisfied) == ("ReporterNotReached", reason, None)
    assert not any(clock.running for clock in story.case.clocks)
    assert story.do(c.CloseCase, DISPATCHER, reason="partly_solved").case.status == "closed"


def test_a_case_that_nobody_is_competent_for_is_refused_after_the_returns_but_not_over_an_offices_head():
    story = a_case().offered_to("city_management_bureau")
    with pytest.raises(r.PartsOpen):
        story.do(c.RefuseCase, DISPATCHER, route="arbitration", reason=TEXT)
    story.returned().do(c.RefuseCase, DISPATCHER, route="arbitration", reason=TEXT)
    assert (story.case.status, story.case.route) == ("refused", "arbitration")
    reopened = story.do(c.ReopenCase, person(Role.SUPERVISOR), reason="supervision").case
    assert (reopened.status, reopened.route) == ("reopened", None)


def test_only_the_scheduler_deems_and_only_services_move_statutory_clocks():
    story = a_case().offered_to("city_management_bureau")
    for command in (c.DeemAcceptance, c.ConfirmAcceptance):
        with pytest.raises(NotPermitted):
            story.do(command, DISPATCHER, handoff_id=story.id(1))
    assert story.do(c.DeemAcceptance, ME, handoff_id=story.id(1)).case.handoffs[0].deemed
