"""会商: who calls it, who is heard, what its conclusion does."""

from datetime import timedelta

import pytest

from services.dispatch import facts as f
from services.dispatch.facts import Deadline
from services.dispatch.model import CONSULTATION, MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from shared.procedure.actor import Role, service_actor
from shared.refusals.refusals import NotFound, NotNow, NotPermitted
from tests.dispatch.given import DISPATCHER, SUPERVISOR, TEXT, Story, a_case, deadline, handler_of, offer, person

CITY, TRANSPORT, HOUSING = "city_management_bureau", "transport_bureau", "housing_commission"
ARBITER = "political_legal_committee"


def named(story: Story, rule: str, answerable: str = "governance_center", days: int = 2) -> Deadline:
    return deadline(days, start=story.at, answerable=answerable).model_copy(update={"rule": rule})


def in_dispute() -> Story:
    return a_case().offered_to(CITY).disputed()


def called(*invited: str) -> Story:
    return in_dispute().consulted(*(invited or (CITY, TRANSPORT)), about=(1,))


def running(story: Story) -> list[tuple[str, str]]:
    return [(clock.deadline.rule, clock.deadline.answerable) for clock in story.case.clocks if clock.running]


def test_a_dispute_ends_with_a_conclusion_whose_tasks_become_hand_offs_that_bind():
    story = called().heard(**{CITY: "not_ours", TRANSPORT: "ours"}).concluded(offer(TRANSPORT))
    first, second = story.case.handoffs
    assert (first.status, first.recalled_for) == ("recalled", "consultation")
    assert (second.status, second.department, second.binding, second.replaces) == (
        "offered",
        TRANSPORT,
        True,
        first.handoff_id,
    )
    for refused in (c.ReturnHandoff, c.DisputeCompetence):
        with pytest.raises(r.Bound):
            story.do(refused, handler_of(TRANSPORT), handoff_id=story.id(2), reason=TEXT)
    story.accepted(2)
    with pytest.raises(r.Bound):
        story.do(c.TransferHandoff, handler_of(TRANSPORT), handoff_id=story.id(2), offer=offer(HOUSING), why=TEXT)
    assert story.completed(2).verified(2).case.status == "resolved"
    assert MODEL.fold(story.facts) == story.case


def test_the_conclusion_may_leave_the_task_where_it_is_and_ends_the_right_to_object():
    objection = named(a_case(), "handoff_objection", CITY, 5).model_copy(update={"right": True})
    story = a_case().offered_to(CITY, objection_until=objection.due_at, objection=objection).disputed()
    story.consulted(CITY, TRANSPORT, about=(1,)).heard(**{CITY: "shared", TRANSPORT: "not_ours"})
    story.concluded(offer(CITY), offer(TRANSPORT, "co"))
    assert [(h.department, h.part, h.status, h.binding) for h in story.case.handoffs] == [
        (CITY, "lead", "offered", True),
        (TRANSPORT, "co", "offered", True),
    ]
    assert not story.case.handoffs[0].disputed
    assert ("handoff_objection", CITY) not in running(story)
    with pytest.raises(r.Bound):
        story.returned(1)


def test_an_office_in_dispute_cannot_be_passed_over_by_an_offer_or_a_transfer():
    story = a_case().offered_to(CITY).accepted().disputed()
    with pytest.raises(r.DisputeOpen):
        story.do(c.TransferHandoff, DISPATCHER, handoff_id=story.id(1), offer=offer(TRANSPORT), why=TEXT)
    with pytest.raises(r.DisputeOpen):
        story.disputed()
    story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(1), why=TEXT)
    with pytest.raises(r.DisputeOpen):
        story.offered_again(TRANSPORT, replaces=1)
    story.consulted(CITY, TRANSPORT, about=(1,)).heard(**{CITY: "not_ours", TRANSPORT: "ours"})
    assert story.concluded(offer(TRANSPORT)).case.handoffs[1].replaces == story.id(1)


def test_an_office_may_take_its_dispute_back_and_then_work():
    story = in_dispute()
    story.do(c.WithdrawDispute, handler_of(CITY), handoff_id=story.id(1))
    with pytest.raises(r.NoDispute):
        story.do(c.WithdrawDispute, handler_of(CITY), handoff_id=story.id(1))
    assert story.accepted().completed().verified().case.status == "resolved"


def test_the_centre_has_a_clock_to_call_it_from_the_second_return_or_the_dispute_until_it_is_called():
    story = a_case().offered_to(CITY)
    owed = named(story, "consultation_call")
    story.do(c.ReturnHandoff, story.handler(1), handoff_id=story.id(1), reason=TEXT, consult_by=owed)
    assert running(story) == []
    story.offered_again(TRANSPORT, replaces=1)
    story.do(c.ReturnHandoff, story.handler(2), handoff_id=story.id(2), reason=TEXT, consult_by=owed)
    assert running(story) == [("consultation_call", "governance_center")]
    story.consulted(CITY, about=(2,))
    assert running(story) == []


def test_suspending_and_resuming_the_case_does_not_end_what_the_centre_owes():
    story = a_case().offered_to(CITY, HOUSING).accepted(2)
    owed = named(story, "consultation_call", days=9)
    story.do(c.DisputeCompetence, story.handler(1), handoff_id=story.id(1), reason=TEXT, consult_by=owed)
    story.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=story.at + timedelta(days=1))
    story.do(c.ResumeCase, DISPATCHER)
    assert running(story) == [("consultation_call", "governance_center")]
    story.do(c.WithdrawDispute, story.handler(1), handoff_id=story.id(1))
    assert running(story) == []


def test_nothing_is_concluded_before_all_are_heard_or_their_time_to_speak_is_over():
    story = in_dispute()
    until = named(story, "consultation_position", TRANSPORT)
    story.consulted(CITY, TRANSPORT, about=(1,), deadline=until).heard(**{CITY: "not_ours"})
    with pytest.raises(r.StillToBeHeard) as refusal:
        story.concluded(offer(TRANSPORT))
    assert refusal.value.departments == (TRANSPORT,)
    story.at = until.due_at - timedelta(microseconds=1)
    with pytest.raises(r.StillToBeHeard):
        story.concluded(offer(TRANSPORT))
    story.at = until.due_at
    assert story.concluded(offer(TRANSPORT)).case.consultations[0].status == "concluded"
    assert any(isinstance(fact, f.ClockLapsed) and fact.answerable == TRANSPORT for fact in story.facts)


def test_a_position_ends_the_clock_of_its_department_and_may_be_changed_until_the_end():
    story = in_dispute()
    story.do(
        c.CallConsultation,
        DISPATCHER,
        reason="dispute",
        question=TEXT,
        disputed=(story.id(1),),
        invited=tuple(c.Seat(department=d, deadline=named(story, "position", d)) for d in (CITY, TRANSPORT)),
        deadline=named(story, "consultation", days=5),
    )
    assert running(story) == [
        ("consultation", "governance_center"),
        ("position", CITY),
        ("position", TRANSPORT),
    ]
    story.heard(**{CITY: "not_ours"})
    assert running(story) == [("consultation", "governance_center"), ("position", TRANSPORT)]
    story.heard(**{CITY: "shared", TRANSPORT: "ours"})
    assert [seat.position for seat in story.case.consultations[0].seats] == ["shared", "ours"]
    story.concluded(offer(TRANSPORT))
    assert running(story) == []
    with pytest.raises(NotNow):
        story.heard(**{CITY: "ours"})


def test_only_who_is_invited_speaks_and_hands_in_papers():
    story = called()
    for stranger in (handler_of(HOUSING), handler_of(CITY, area="500105"), SUPERVISOR):
        with pytest.raises(NotPermitted):
            story.do(c.StatePosition, stranger, consultation_id=story.consultation_id, position="ours", statement=TEXT)
    story.do(c.SubmitPaper, handler_of(CITY), consultation_id=story.consultation_id, paper=TEXT)
    assert story.last.department == CITY
    story.do(c.SubmitPaper, DISPATCHER, consultation_id=story.consultation_id, paper=TEXT)
    assert story.last.department is None
    with pytest.raises(NotPermitted):
        story.do(c.SubmitPaper, handler_of(HOUSING), consultation_id=story.consultation_id, paper=TEXT)


def test_what_was_referred_is_concluded_by_the_arbiters_supervisors_alone():
    story = called().heard(**{CITY: "not_ours", TRANSPORT: "not_ours"})
    refer = {"consultation_id": story.consultation_id, "why": TEXT}
    with pytest.raises(r.NoArbiter):
        story.do(c.ReferConsultation, DISPATCHER, **refer, arbiter=None)
    story.do(c.ReferConsultation, DISPATCHER, **refer, arbiter=ARBITER, deadline=named(story, "arbitration", ARBITER))
    assert running(story) == [("arbitration", ARBITER)]
    for other in (DISPATCHER, person(Role.SUPERVISOR, "governance_center"), person(Role.DISPATCHER, ARBITER)):
        with pytest.raises(r.ArbiterDecides):
            story.concluded(offer(CITY), by=other)
    with pytest.raises(r.ArbiterDecides):
        story.do(c.CallOffConsultation, DISPATCHER, consultation_id=story.consultation_id, why=TEXT)
    story.concluded(offer(CITY), by=SUPERVISOR)
    assert (story.case.consultations[0].decided_by, running(story)) == ("arbiter", [])


def test_the_department_complained_of_is_not_invited_not_the_arbiter_and_gets_nothing():
    story = a_case(complained_of=CITY).offered_to(TRANSPORT).disputed()
    with pytest.raises(r.ComplainedOf):
        story.consulted(CITY, TRANSPORT, about=(1,))
    story.consulted(TRANSPORT, about=(1,))
    with pytest.raises(r.ComplainedOf):
        story.do(c.InviteDepartment, DISPATCHER, consultation_id=story.consultation_id, seat=c.Seat(department=CITY))
    with pytest.raises(r.ComplainedOf):
        story.do(c.ReferConsultation, DISPATCHER, consultation_id=story.consultation_id, why=TEXT, arbiter=CITY)
    with pytest.raises(r.ComplainedOf):
        story.heard(**{TRANSPORT: "not_ours"}).concluded(offer(CITY))


def test_a_result_that_waits_is_verified_before_the_task_goes_elsewhere():
    story = a_case().offered_to(CITY).accepted().consulted(CITY, TRANSPORT, reason="complex")
    story.heard(**{CITY: "ours", TRANSPORT: "ours"}).completed()
    with pytest.raises(r.ResultWaits):
        story.concluded(offer(TRANSPORT))
    assert story.concluded(offer(CITY)).case.handoffs[0].status == "completed"
    assert story.verified().case.status == "resolved"


def test_a_case_is_not_resolved_while_it_is_consulted_about_and_is_once_that_ends():
    story = a_case().offered_to(CITY).accepted().completed().consulted(TRANSPORT, reason="complex").verified()
    assert story.case.status == "in_handling"
    assert story.heard(**{TRANSPORT: "other"}).concluded().case.status == "resolved"
    again = a_case().offered_to(CITY).accepted().completed().consulted(TRANSPORT, reason="complex").verified()
    again.do(c.CallOffConsultation, DISPATCHER, consultation_id=again.consultation_id, why=TEXT)
    assert again.case.status == "resolved"


def test_a_queued_case_is_routed_by_the_conclusion_with_its_lead():
    story = a_case().do(c.QueueCase, reason="several_rules").consulted(CITY, TRANSPORT)
    story.heard(**{CITY: "ours", TRANSPORT: "ours"})
    with pytest.raises(r.OneLeadFirst):
        story.concluded(offer(CITY, "co"))
    story.concluded(offer(CITY), offer(TRANSPORT, "co"))
    assert (story.case.status, story.case.rule, story.case.lead) == ("routed", "consultation", CITY)
    assert [h.binding for h in story.case.handoffs] == [True, True]


@pytest.mark.parametrize(
    ("offers", "refusal"),
    [
        ((), r.NobodyDecided),
        ((offer(CITY), offer(TRANSPORT)), r.OneLeadFirst),
        ((offer(CITY), offer(CITY, "co")), r.OneLeadFirst),
        ((offer("ministry_of_magic", known=False),), r.UnknownDepartment),
    ],
)
def test_a_conclusion_that_decides_nothing_or_too_much_is_refused(offers, refusal):
    story = called().heard(**{CITY: "not_ours", TRANSPORT: "not_ours"})
    with pytest.raises(refusal):
        story.concluded(*offers)
    assert story.case.open_consultation() is not None


def test_one_consultation_at_a_time_about_tasks_of_this_case_with_somebody():
    story = called()
    with pytest.raises(r.ConsultationOpen):
        story.consulted(HOUSING, about=(1,))
    with pytest.raises(r.NobodyInvited):
        in_dispute().consulted(about=(1,))
    with pytest.raises(r.NothingInDispute):
        in_dispute().consulted(HOUSING)
    other = in_dispute()
    with pytest.raises(r.NotATask):
        other.do(
            c.CallConsultation,
            DISPATCHER,
            reason="dispute",
            question=TEXT,
            invited=(c.Seat(department=CITY),),
            disputed=("case-1.9",),
        )
    with pytest.raises(r.NotConsulted):
        a_case().offered_to(CITY).accepted().completed().verified().consulted(CITY, reason="complex")
    with pytest.raises(r.AlreadyInvited):
        story.do(c.InviteDepartment, DISPATCHER, consultation_id=story.consultation_id, seat=c.Seat(department=CITY))
    with pytest.raises(NotFound):
        story.do(c.CallOffConsultation, DISPATCHER, consultation_id="case-1.c9", why=TEXT)


def test_a_case_that_ends_calls_its_consultation_off():
    story = called()
    story.do(c.WithdrawCase)
    assert (story.case.consultations[0].status, story.case.status) == ("called_off", "withdrawn")
    refused = a_case().do(c.QueueCase, reason="no_rule").consulted(CITY)
    refused.do(c.RefuseCase, DISPATCHER, route="litigation", reason=TEXT)
    assert refused.case.consultations[0].status == "called_off"


def test_an_office_with_a_service_of_its_own_disputes_at_the_centre_and_returns_there_no_more():
    story = a_case().offered_to("police_bureau", via="police")
    story.do(c.DisputeCompetence, handler_of("police_bureau"), handoff_id=story.id(1), reason=TEXT)
    story.consulted("police_bureau", about=(1,)).heard(police_bureau="not_ours").concluded(offer("police_bureau"))
    with pytest.raises(r.Bound):
        story.do(c.ReturnHandoff, service_actor("police"), handoff_id=story.id(1), office="police_bureau", reason=TEXT)


def test_every_state_of_a_consultation_can_be_left_but_its_ends():
    left = {state for step in CONSULTATION.steps for state in step.during if step.then not in (None, state)}
    reached = {step.then for step in CONSULTATION.steps if step.then}
    assert reached - left == {"concluded", "called_off"}


def test_folding_gives_the_state_that_was_kept():
    story = called(CITY, TRANSPORT, HOUSING).heard(**{CITY: "not_ours", TRANSPORT: "ours", HOUSING: "other"})
    story.do(c.SubmitPaper, DISPATCHER, consultation_id=story.consultation_id, paper=TEXT)
    story.concluded(offer(TRANSPORT), offer(HOUSING, "co"))
    assert MODEL.fold(story.facts) == story.case


def test_what_was_decided_once_is_not_consulted_about_again_when_the_case_is_reopened():
    story = called().heard(**{CITY: "not_ours", TRANSPORT: "ours"}).concluded(offer(TRANSPORT))
    story.accepted(2).completed(2).verified(2).do(c.RecordFollowUp, DISPATCHER, solved=False)
    assert story.do(c.OfferHandoff, DISPATCHER, offer=offer(TRANSPORT)).case.handoffs[2].status == "offered"


def test_work_goes_on_in_a_dispute_and_its_end_settles_it():
    story = a_case().offered_to(CITY).accepted()
    owed = named(story, "consultation_call", days=9)
    story.do(c.DisputeCompetence, story.handler(1), handoff_id=story.id(1), reason=TEXT, consult_by=owed)
    assert ("consultation_call", "governance_center") in running(story)
    story.completed()
    assert not story.case.handoffs[0].disputed
    assert ("consultation_call", "governance_center") not in running(story)
    assert story.verified().case.status == "resolved"
