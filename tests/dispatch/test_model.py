"""What the case allows and refuses, by its rows."""

import itertools
from datetime import timedelta

import pytest

from services.dispatch import facts as f
from services.dispatch.model import CASE, HANDOFF, MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from shared.procedure.actor import Role, service_actor
from shared.procedure.step import NEW
from shared.refusals.refusals import NotFound, NotNow, NotPermitted
from tests.dispatch.given import (
    DISPATCHER,
    SUPERVISOR,
    TEXT,
    Story,
    a_case,
    deadline,
    handler_of,
    offer,
    person,
)


def names(story) -> list[str]:
    return [type(fact).__name__ for fact in story.facts]


def test_a_case_goes_from_report_to_close():
    story = a_case().offered_to("city_management_bureau").accepted().completed().verified()
    story.do(c.RecordFollowUp, DISPATCHER, solved=True, satisfied=True).do(c.CloseCase, DISPATCHER, reason="solved")
    assert names(story) == [
        "CaseOpened",
        "CaseRouted",
        "HandoffOffered",
        "HandoffAccepted",
        "HandlingBegun",
        "HandoffCompleted",
        "HandoffVerified",
        "CaseResolved",
        "FollowedUp",
        "CaseClosed",
    ]
    assert story.case.status == "closed"
    assert story.case.satisfied is True


def test_folding_the_facts_gives_the_state_that_was_kept():
    story = a_case().offered_to("housing_commission", "dongzheng_community").accepted().accepted(2)
    story.completed().completed(2).verified().verified(2)
    assert MODEL.fold(story.facts) == story.case


def test_the_case_is_not_resolved_while_a_co_handler_is_open():
    story = a_case().offered_to("housing_commission", "dongzheng_community").accepted().accepted(2)
    story.completed().verified()
    assert story.case.status == "in_handling"
    assert story.completed(2).verified(2).case.status == "resolved"


def test_a_waived_co_handler_no_longer_holds_the_case_up():
    story = a_case().offered_to("housing_commission", "dongzheng_community").accepted().completed().verified()
    story.do(c.WaiveHandoff, DISPATCHER, handoff_id=story.id(2), reason=TEXT)
    assert story.case.status == "resolved"


def test_the_lead_cannot_be_waived():
    story = a_case().offered_to("housing_commission")
    with pytest.raises(r.NotCo):
        story.do(c.WaiveHandoff, DISPATCHER, handoff_id=story.id(1), reason=TEXT)


def test_an_answer_after_a_recall_is_stale_and_says_who_has_it_now():
    story = a_case().offered_to("city_management_bureau").accepted()
    story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(1)).offered_again("transport_bureau", replaces=1)
    with pytest.raises(r.Stale) as refusal:
        story.completed(1)
    assert refusal.value.became == "recalled"
    assert refusal.value.now_with == ("transport_bureau",)


def test_a_transfer_ends_one_hand_off_and_offers_the_next_in_one_step():
    story = a_case().offered_to("city_management_bureau").accepted()
    story.do(c.TransferHandoff, story.handler(1), handoff_id=story.id(1), offer=offer("transport_bureau"), why=TEXT)
    first, second = story.case.handoffs
    assert (first.status, second.status, second.department) == ("transferred", "offered", "transport_bureau")
    assert second.replaces == first.handoff_id


def test_two_offices_never_hold_the_same_task():
    story = a_case().offered_to("city_management_bureau").accepted()
    with pytest.raises(r.AlreadyHeld):
        story.do(c.OfferHandoff, DISPATCHER, offer=offer("transport_bureau"))


def test_the_department_complained_of_is_never_offered_the_matter():
    story = a_case(complained_of="city_management_bureau")
    with pytest.raises(r.ComplainedOf):
        story.offered_to("transport_bureau", "city_management_bureau")
    assert story.case.status == "opened"


def test_after_two_returns_only_a_consultation_says_who_is_next_and_its_word_binds():
    story = a_case().offered_to("city_management_bureau").returned(1)
    story.offered_again("transport_bureau", replaces=1).returned(2)
    with pytest.raises(r.MustConsult):
        story.offered_again("housing_commission", replaces=2)
    story.consulted("city_management_bureau", "housing_commission", about=(2,))
    story.heard(city_management_bureau="not_ours", housing_commission="not_ours").concluded(offer("housing_commission"))
    assert story.case.handoffs[2].replaces == story.id(2)
    with pytest.raises(r.Bound):
        story.returned(3)


def test_a_return_is_possible_until_the_time_to_object_ends_and_not_from_then_on():
    until = a_case().at + timedelta(days=5)
    story = a_case().offered_to("city_management_bureau", objection_until=until)
    story.at = until
    with pytest.raises(r.ObjectionOver):
        story.returned(1)
    story.at = until - timedelta(microseconds=1)
    assert story.returned(1).case.handoffs[0].status == "returned"


def test_a_returned_part_keeps_the_case_open_until_somebody_else_has_done_it():
    story = a_case().offered_to("housing_commission", "dongzheng_community").accepted().completed().returned(2)
    story.verified()
    assert story.case.status == "in_handling"
    story.do(c.OfferHandoff, DISPATCHER, offer=offer("city_management_bureau", "co"), replaces=story.id(2))
    assert story.accepted(3).completed(3).verified(3).case.status == "resolved"


def test_an_office_with_a_service_of_its_own_answers_there():
    story = a_case().offered_to("police_bureau", via="police")
    with pytest.raises(r.AnswersElsewhere):
        story.accepted()
    story.do(c.AcceptHandoff, handoff_id=story.id(1))
    assert story.case.handoffs[0].status == "accepted"


def test_who_did_the_work_does_not_verify_it():
    both = person(Role.HANDLER, "governance_center", id="one")
    story = a_case().offered_to("governance_center").accepted()
    story.do(c.CompleteHandoff, both, handoff_id=story.id(1), result=TEXT)
    with pytest.raises(r.SamePerson):
        story.do(c.VerifyHandoff, person(Role.DISPATCHER, id="one"), handoff_id=story.id(1))


def test_failed_verification_sends_the_work_back_and_the_handling_clock_goes_on():
    story = a_case().offered_to("city_management_bureau")
    handling, checking = deadline(20), deadline(3)
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=handling)
    story.do(c.CompleteHandoff, story.handler(1), handoff_id=story.id(1), result=TEXT, deadline=checking)
    story.do(c.OrderRework, DISPATCHER, handoff_id=story.id(1), reason=TEXT)
    running = [clock.deadline for clock in story.case.clocks if clock.stopped_at is None]
    assert running == [handling]
    assert story.case.handoffs[0].status == "in_progress"


def test_an_extension_runs_from_the_clocks_own_start_and_within_what_the_rule_allows():
    story = a_case().offered_to("city_management_bureau")
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=deadline(20))
    with pytest.raises(r.NoExtensionAsked):
        story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(1), deadline=deadline(30), longest=20)
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=10, reason=TEXT)
    with pytest.raises(r.ExtensionPending):
        story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=5, reason=TEXT)
    with pytest.raises(r.ExtensionTooLong):
        story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(1), deadline=deadline(30), longest=9)
    story.do(c.GrantExtension, DISPATCHER, handoff_id=story.id(1), deadline=deadline(30), longest=10)
    assert story.case.clocks[-1].deadline == deadline(30)
    assert story.case.handoffs[0].extended_by == 10


def test_not_solved_reopens_and_only_a_new_lead_can_resolve_it_again():
    story = a_case().offered_to("city_management_bureau").accepted().completed().verified()
    story.do(c.RecordFollowUp, DISPATCHER, solved=False)
    assert story.case.status == "reopened"
    story.offered_again("city_management_bureau", replaces=1).accepted(2)
    assert story.case.status == "in_handling"
    assert story.completed(2).verified(2).case.status == "resolved"


def test_the_window_to_reopen_ends_for_all_but_supervision():
    story = a_case().offered_to("city_management_bureau").accepted().completed().verified()
    until = story.at + timedelta(days=31)
    story.do(c.RecordFollowUp, DISPATCHER, solved=True)
    story.do(c.CloseCase, DISPATCHER, reason="solved", reopen_until=until)
    story.at = until
    with pytest.raises(r.WindowOver):
        story.do(c.ReopenCase, DISPATCHER, reason="new_facts")
    reopened, _ = MODEL.carry_out(story.case, c.ReopenCase(at=until, actor=SUPERVISOR, reason="supervision"))
    assert reopened.status == "reopened"
    story.at = until - timedelta(microseconds=1)
    assert story.do(c.ReopenCase, DISPATCHER, reason="new_facts").case.status == "reopened"


def test_a_queued_case_can_be_routed_by_hand_or_refused_with_the_lawful_route():
    queued = a_case().do(c.QueueCase, reason="no_rule")
    assert queued.case.status == "queued"
    for reason in ("solved", "no_competence"):
        with pytest.raises(r.WrongReason):
            queued.do(c.CloseCase, DISPATCHER, reason=reason)
    refused = queued.do(c.RefuseCase, DISPATCHER, route="litigation", reason=TEXT)
    assert (refused.case.status, refused.case.route, refused.case.queued_for) == ("refused", "litigation", None)
    assert refused.last.route == "litigation"
    routed = a_case().do(c.QueueCase, reason="no_rule")
    routed.do(c.RouteCase, DISPATCHER, rule="manual", offers=(offer("health_commission"),))
    assert routed.case.status == "routed"


def test_a_withdrawn_report_recalls_what_is_under_way():
    story = a_case().offered_to("housing_commission", "dongzheng_community").accepted().do(c.WithdrawCase)
    assert story.case.status == "withdrawn"
    assert {handoff.status for handoff in story.case.handoffs} == {"recalled"}


def test_each_event_of_a_clock_is_told_once_and_at_its_time():
    story = a_case().offered_to("city_management_bureau", deadline=deadline(10, warnings=(5, 8)))
    clock = story.case.clocks[0]
    for moment, command, fact in [
        (clock.deadline.warnings[0], c.WarnClock, f.ClockWarned),
        (clock.deadline.warnings[1], c.WarnClock, f.ClockWarned),
        (clock.deadline.due_at, c.LapseClock, f.ClockLapsed),
    ]:
        story.at = moment - timedelta(microseconds=1)
        with pytest.raises(NotFound):
            story.do(command, clock_id=clock.clock_id)
        story.at = moment
        assert isinstance(story.do(command, clock_id=clock.clock_id).last, fact)
        story.at = moment
        with pytest.raises(NotFound):
            story.do(command, clock_id=clock.clock_id)
    assert story.case.handoffs[0].status == "offered", "a lapse decides nothing"


def test_a_lapsed_hand_off_is_still_owed():
    story = a_case().offered_to("city_management_bureau", deadline=deadline(1))
    story.at = story.case.clocks[0].deadline.due_at
    story.do(c.LapseClock, clock_id=story.case.clocks[0].clock_id)
    assert story.accepted().case.handoffs[0].status == "accepted"


@pytest.mark.parametrize(
    ("command", "by", "allowed"),
    [
        (c.AcceptHandoff, handler_of("city_management_bureau"), True),
        (c.AcceptHandoff, handler_of("transport_bureau"), False),
        (c.AcceptHandoff, handler_of("city_management_bureau", area="500104003"), False),
        (c.AcceptHandoff, person(Role.SYSTEM, "city_management_bureau"), True),
        (c.AcceptHandoff, DISPATCHER, False),
        (c.RecallHandoff, DISPATCHER, True),
        (c.RecallHandoff, person(Role.DISPATCHER, area="500105"), False),
        (c.RecallHandoff, handler_of("city_management_bureau"), False),
        (c.UrgeHandoff, SUPERVISOR, True),
        (c.UrgeHandoff, person(Role.AUDITOR), False),
    ],
)
def test_posts_are_checked_by_role_department_and_area(command, by, allowed):
    story = a_case().offered_to("city_management_bureau")
    if allowed:
        story.do(command, by, handoff_id=story.id(1))
    else:
        with pytest.raises(NotPermitted):
            story.do(command, by, handoff_id=story.id(1))


def _reachable(procedure) -> set[str]:
    found = {NEW}
    while True:
        more = {step.then for step in procedure.steps if step.then and step.during & found} - found
        if not more:
            return found
        found |= more


@pytest.mark.parametrize("procedure", [CASE, HANDOFF], ids=lambda procedure: procedure.name)
def test_every_state_can_be_reached_and_all_but_the_ends_can_be_left(procedure):
    states = {state for step in procedure.steps for state in step.during} | {
        step.then for step in procedure.steps if step.then
    }
    assert _reachable(procedure) == states
    left = {state for step in procedure.steps if step.then for state in step.during if step.then != state}
    ends = {"withdrawn", "verified", "recalled", "transferred", "waived"}
    assert states - left <= ends


HANDOFF_STATES = {
    "offered": lambda: a_case().offered_to("x"),
    "accepted": lambda: a_case().offered_to("x").accepted(),
    "completed": lambda: a_case().offered_to("x").accepted().completed(),
    "verified": lambda: a_case().offered_to("x").accepted().completed().verified(),
    "returned": lambda: a_case().offered_to("x").returned(),
}
PLAIN = {
    c.AcceptHandoff: {},
    c.StartHandoff: {},
    c.NoteProgress: {"note": TEXT},
    c.CompleteHandoff: {"result": TEXT},
    c.ReturnHandoff: {"reason": TEXT},
    c.VerifyHandoff: {},
    c.OrderRework: {"reason": TEXT},
    c.RecallHandoff: {},
    c.UrgeHandoff: {},
}


@pytest.mark.parametrize(("state", "command"), list(itertools.product(HANDOFF_STATES, PLAIN)), ids=str)
def test_every_command_in_every_state_is_done_or_refused_by_the_rows(state, command):
    story = HANDOFF_STATES[state]()
    rows = HANDOFF.by_command[command]
    open_now = any(story.case.handoffs[0].status in row.during for row in rows)
    by = story.handler(1) if Role.HANDLER in rows[0].roles else DISPATCHER
    if open_now:
        story.do(command, by, handoff_id=story.id(1), **PLAIN[command])
    else:
        with pytest.raises((NotNow, r.Stale)):
            story.do(command, by, handoff_id=story.id(1), **PLAIN[command])


def test_an_office_cannot_transfer_what_another_holds():
    story = a_case().offered_to("police_bureau", "water_bureau").accepted().accepted(2)
    with pytest.raises(NotPermitted):
        story.do(c.TransferHandoff, story.handler(2), handoff_id=story.id(1), offer=offer("transport_bureau"), why=TEXT)


def test_what_is_said_to_be_replaced_must_have_ended_and_be_of_this_case():
    story = a_case().offered_to("city_management_bureau").returned(1)
    for wrong in ("case-1.2", "case-1.9", "other.1"):
        with pytest.raises(r.NotReplaceable):
            story.do(c.OfferHandoff, DISPATCHER, offer=offer("transport_bureau"), replaces=wrong)


def test_a_new_lead_takes_the_place_of_the_one_before_also_when_nobody_says_so():
    story = a_case().offered_to("city_management_bureau").returned(1)
    story.do(c.OfferHandoff, DISPATCHER, offer=offer("transport_bureau"))
    assert story.case.handoffs[1].replaces == story.id(1)
    assert story.accepted(2).completed(2).verified(2).case.status == "resolved"


def test_returns_are_counted_along_the_whole_way_of_the_task_whoever_names_it():
    story = a_case().offered_to("city_management_bureau").returned(1)
    story.do(c.OfferHandoff, DISPATCHER, offer=offer("transport_bureau")).returned(2)
    with pytest.raises(r.MustConsult):
        story.do(c.OfferHandoff, DISPATCHER, offer=offer("housing_commission"))


def test_the_second_rework_too_lets_the_handling_clock_run_on():
    story = a_case().offered_to("city_management_bureau", deadline=deadline(2))
    handling = deadline(20)
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=handling)
    for _ in range(2):
        done = {"handoff_id": story.id(1), "result": TEXT, "deadline": deadline(3)}
        story.do(c.CompleteHandoff, story.handler(1), **done)
        story.do(c.OrderRework, DISPATCHER, handoff_id=story.id(1), reason=TEXT)
        assert [clock.deadline for clock in story.case.clocks if clock.stopped_at is None] == [handling]


def test_recalling_the_last_open_part_resolves_the_case():
    story = a_case().offered_to("housing_commission", "dongzheng_community").accepted().completed().verified()
    story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(2))
    assert story.case.status == "resolved"


def test_a_case_whose_last_part_was_verified_while_suspended_is_resolved_when_it_goes_on():
    story = a_case().offered_to("city_management_bureau").accepted().completed()
    story.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=story.at + timedelta(days=5))
    story.verified()
    assert story.case.status == "suspended"
    assert story.do(c.ResumeCase, DISPATCHER).case.status == "resolved"


def attached(story: Story, *barred: str) -> Story:
    return story.do(c.AttachReport, report_id="report-2", contents=(TEXT,), barred=barred)


def test_a_complaint_recalls_the_open_hand_offs_of_those_it_complains_of_in_the_same_decision():
    story = a_case().offered_to("city_management_bureau", "transport_bureau").accepted()
    before = len(story.facts)
    attached(story, "city_management_bureau")
    assert names(story)[before:] == ["ReportAttached", "HandoffRecalled"]
    assert (story.last.department, story.last.reason) == ("city_management_bureau", "complained_of")
    assert [h.status for h in story.case.handoffs] == ["recalled", "offered"]
    assert story.case.owed(story.case.handoffs[0])
    again = story.offered_again("housing_commission", replaces=1)
    assert not again.case.owed(again.case.handoffs[0])


def test_the_case_waits_for_another_office_or_a_waiver_after_such_a_recall():
    story = a_case().offered_to("city_management_bureau", "transport_bureau").accepted().accepted(2)
    attached(story.completed(), "transport_bureau").verified()
    assert story.case.status == "in_handling"
    story.do(c.WaiveHandoff, DISPATCHER, handoff_id=story.id(2), reason=TEXT)
    assert story.case.status == "resolved"


def test_what_the_centre_took_back_by_itself_needs_no_waiver():
    story = a_case().offered_to("city_management_bureau", "transport_bureau")
    story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(2))
    with pytest.raises(r.Stale):
        story.do(c.WaiveHandoff, DISPATCHER, handoff_id=story.id(2), reason=TEXT)


def test_every_desk_of_the_case_is_told_of_whom_a_joined_report_complains():
    story = a_case().offered_to("police_bureau", "transport_bureau", via="police")
    attached(story, "ecology_bureau")
    assert names(story)[-2:] == ["ReportAttached", "HandoffBarred"]
    assert (story.last.handoff_id, story.last.barred) == (story.id(1), ("ecology_bureau",))
    assert a_case("ecology_bureau").offered_to("police_bureau").last.barred == ("ecology_bureau",)


@pytest.mark.parametrize(
    ("service", "office", "fits"),
    [
        ("petition", "petition_office", True),
        ("police", "petition_office", False),
        ("petition", "police_bureau", False),
        ("dispatch", None, True),
    ],
)
def test_a_hand_off_is_answered_by_the_service_and_the_office_it_was_offered_to(service, office, fits):
    story = a_case().offered_to("petition_office", via="petition")
    answer = {"handoff_id": story.id(1), "office": office}
    if fits:
        assert story.do(c.AcceptHandoff, service_actor(service), **answer).case.handoffs[0].status == "accepted"
    else:
        with pytest.raises(r.AnsweredByAnother):
            story.do(c.AcceptHandoff, service_actor(service), **answer)


def test_no_service_answers_for_an_office_that_works_here():
    story = a_case().offered_to("city_management_bureau")
    with pytest.raises(r.AnsweredByAnother):
        story.do(c.AcceptHandoff, service_actor("police"), handoff_id=story.id(1), office="city_management_bureau")
