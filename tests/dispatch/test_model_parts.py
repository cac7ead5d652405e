"""Tasks one after another, and parts that an office passes on to its own."""

import orjson
import pytest

from services.dispatch.facts import HandoffOffered
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from shared.facts.upcast import upcast
from shared.procedure.actor import Role
from shared.refusals.refusals import NotNow, NotPermitted
from tests.dispatch.given import (
    DISPATCHER,
    MORNING,
    SUPERVISOR,
    TEXT,
    Story,
    a_case,
    deadline,
    handler_of,
    offer,
    person,
)

CITY, TEAM, WATER = "city_management_bureau", "street_team", "water_bureau"


def planned_after_the_lead() -> Story:
    return a_case().offered_to(CITY).do(c.PlanHandoff, DISPATCHER, offer=offer(WATER, "co"), after="case-1.1")


def verified(story: Story, number: int, *turns: int) -> Story:
    due = tuple(c.Turn(handoff_id=story.id(n), offer=offer(story.case.handoffs[n - 1].department, "co")) for n in turns)
    return story.do(c.VerifyHandoff, DISPATCHER, handoff_id=story.id(number), turns=due)


def with_a_part() -> Story:
    story = a_case().offered_to(CITY).accepted()
    below = offer(TEAM, "child", below=True, deadline=deadline(9, answerable=TEAM))
    return story.do(c.AssignPart, handler_of(CITY), handoff_id=story.id(1), offer=below, note=TEXT)


def test_a_planned_task_is_offered_when_the_one_before_is_verified_and_not_sooner():
    story = planned_after_the_lead()
    with pytest.raises(NotNow):
        story.accepted(2)
    story.accepted().completed()
    assert story.case.handoffs[1].status == "planned"
    verified(story, 1, 2)
    assert [h.status for h in story.case.handoffs] == ["verified", "offered"]
    assert story.case.status == "in_handling"
    assert story.accepted(2).completed(2).verified(2).case.status == "resolved"
    assert MODEL.fold(story.facts) == story.case


def test_it_waits_for_whoever_takes_the_place_of_the_one_before():
    story = planned_after_the_lead().returned(1)
    story.offered_again("transport_bureau", replaces=1).accepted(3).completed(3)
    verified(story, 3, 2)
    assert story.case.handoffs[1].status == "offered"


def test_a_chain_of_planned_tasks_goes_one_by_one():
    story = planned_after_the_lead()
    story.do(c.PlanHandoff, DISPATCHER, offer=offer("third", "co"), after=story.id(2))
    verified(story.accepted().completed(), 1, 2, 3)
    assert [h.status for h in story.case.handoffs[1:]] == ["offered", "planned"]
    verified(story.accepted(2).completed(2), 2, 3)
    assert story.case.handoffs[2].status == "offered"


def test_a_planned_office_that_is_complained_of_meanwhile_is_passed_over_and_the_dispatcher_sees_it():
    story = planned_after_the_lead().accepted().completed()
    story.do(c.AttachReport, report_id="report-2", barred=(WATER,))
    assert story.case.handoffs[1].status == "recalled"
    verified(story, 1)
    assert story.case.status == "in_handling"
    assert story.case.owed(story.case.handoffs[1])


def test_what_cannot_be_planned_is_refused():
    story = planned_after_the_lead()
    for wrong, refusal in (
        ({"offer": offer("x"), "after": story.id(1)}, r.LeadAtOnce),
        ({"offer": offer("x", "co"), "after": "case-1.9"}, r.NotATask),
        ({"offer": offer(WATER, "co"), "after": story.id(1)}, r.AlreadyHeld),
        ({"offer": offer("x", "co", known=False), "after": story.id(1)}, r.UnknownDepartment),
    ):
        with pytest.raises(refusal):
            story.do(c.PlanHandoff, DISPATCHER, **wrong)
    story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(2), why=TEXT)
    assert story.accepted().completed().verified().case.status == "resolved"


def test_the_office_answers_for_the_part_it_passed_on_and_its_own_answer_waits_for_it():
    story = with_a_part()
    with pytest.raises(r.ChildrenOpen) as refusal:
        story.completed(1)
    assert refusal.value.departments == (TEAM,)
    story.accepted(2).completed(2)
    for other in (DISPATCHER, SUPERVISOR, handler_of(TEAM), handler_of(WATER)):
        with pytest.raises(NotPermitted):
            story.do(c.VerifyHandoff, other, handoff_id=story.id(2))
    story.do(c.OrderRework, handler_of(CITY), handoff_id=story.id(2), reason=TEXT)
    story.completed(2).do(c.VerifyHandoff, handler_of(CITY), handoff_id=story.id(2))
    assert story.completed(1).verified(1).case.status == "resolved"
    assert MODEL.fold(story.facts) == story.case


def test_who_did_the_part_does_not_verify_it():
    story = with_a_part().accepted(2)
    both = person(Role.HANDLER, TEAM, id="one")
    story.do(c.CompleteHandoff, both, handoff_id=story.id(2), result=TEXT)
    with pytest.raises(r.SamePerson):
        story.do(c.VerifyHandoff, person(Role.HANDLER, CITY, id="one"), handoff_id=story.id(2))


@pytest.mark.parametrize("end", ["recall", "transfer", "waive", "withdraw"])
def test_parts_end_with_the_task(end):
    story = with_a_part()
    if end == "recall":
        story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(1), why=TEXT)
    elif end == "transfer":
        story.do(c.TransferHandoff, handler_of(CITY), handoff_id=story.id(1), offer=offer(WATER), why=TEXT)
    elif end == "withdraw":
        story.do(c.WithdrawCase)
    else:
        story = a_case().offered_to("lead", CITY).accepted(2)
        below = offer(TEAM, "child", below=True)
        story.do(c.AssignPart, handler_of(CITY), handoff_id=story.id(2), offer=below, note=TEXT)
        story.do(c.WaiveHandoff, DISPATCHER, handoff_id=story.id(2), reason=TEXT)
    part = next(h for h in story.case.handoffs if h.part == "child")
    assert part.status == "recalled"
    assert not story.case.owed(part)


def test_a_part_goes_to_ones_own_only_and_comes_back_to_the_office():
    story = a_case().offered_to(CITY).accepted()
    with pytest.raises(r.NotBelow):
        story.do(c.AssignPart, handler_of(CITY), handoff_id=story.id(1), offer=offer(WATER, "child"), note=TEXT)
    story = with_a_part().returned(2)
    assert story.case.handoffs[1].status == "returned"
    assert not story.case.owed(story.case.handoffs[1])
    assert story.completed(1).verified(1).case.status == "resolved"


def test_a_complaint_about_the_bureau_takes_its_task_and_the_parts_of_it_at_once():
    story = with_a_part()
    story.do(c.AttachReport, report_id="report-2", barred=(CITY, TEAM))
    assert [h.status for h in story.case.handoffs] == ["recalled", "recalled"]


def test_parts_are_not_passed_on_across_or_disputed():
    story = with_a_part().accepted(2)
    for command, more in (
        (c.TransferHandoff, {"offer": offer(WATER), "why": TEXT}),
        (c.DisputeCompetence, {"reason": TEXT}),
        (c.AskExtension, {"days": 3, "reason": TEXT}),
    ):
        with pytest.raises(NotNow):
            story.do(command, handler_of(TEAM), handoff_id=story.id(2), **more)


def test_an_offer_from_before_the_note_was_told_is_read_as_one_without():
    about = {"case_id": "k1", "handoff_id": "k1.2", "department": TEAM, "part": "child", "code": "DZ-1"}
    written = {**about, "category": "sanitation.drain", "area": "500104", "parent": "k1.1"}
    fact = upcast(HandoffOffered.type(), orjson.dumps(written), {"at": MORNING, "by": "city.tang"})
    assert isinstance(fact, HandoffOffered)
    assert (fact.parent, fact.note) == ("k1.1", None)
