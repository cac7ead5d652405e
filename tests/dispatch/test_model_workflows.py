"""Versions of the procedures: what each allows, that a case keeps its own, and that every one of them is whole."""

import itertools
from copy import copy
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dispatch import facts as f
from services.dispatch.model import MODEL
from services.dispatch.model import asked_first as a
from services.dispatch.model import commands as c
from services.dispatch.model.clock import REOFFER
from services.dispatch.model.refusals import SamePerson
from services.dispatch.model.state import DONE
from shared.facts.fact import Fact
from shared.procedure.actor import ANYWHERE, Actor, Post, Role
from shared.procedure.step import NEW
from shared.procedure.workflow import NoSuchWorkflow
from shared.record.aggregate import dump, load
from shared.refusals.refusals import NotNow, Refused
from tests.dispatch.given import DISPATCHER, GRID, MORNING, TEXT, Story, deadline, handler_of, offer, person

CITY, TRANSPORT = "city_management_bureau", "transport_bureau"
NUMBERS = sorted(f.WORKFLOWS)
VERSIONS = [(number, p) for number, w in enumerate(MODEL.workflows, 1) for p in w.procedures]
ENDS = {"withdrawn", "verified", "recalled", "transferred", "waived", "concluded", "called_off"}


def opened(workflow: int = 2, barred: tuple[str, ...] = ()) -> Story:
    about = {"category": "lighting.broken", "kind": "livelihood", "area": GRID, "channel": "mobile"}
    ids = {"case_id": "case-1", "code": "500104-210301-TESTCASE", "report_id": "report-1", "contents": (TEXT,)}
    return Story().do(c.OpenCase, **ids, **about, barred=barred, workflow=workflow)


def at_work(*others: str, workflow: int = 2) -> Story:
    """Each with a clock of twenty days."""
    story = opened(workflow).offered_to(CITY, *others)
    for number in range(1, 2 + len(others)):
        story.do(c.AcceptHandoff, story.handler(number), handoff_id=story.id(number), deadline=deadline(20))
    return story


def reported(*others: str) -> Story:
    story = at_work(*others)
    for number in range(1, 2 + len(others)):
        story.completed(number)
    return story


def states(procedure) -> set[str]:
    rows = {state for step in procedure.steps for state in step.during}
    return rows | {step.then for step in procedure.steps if step.then}


def reachable(procedure) -> set[str]:
    found = {NEW}
    while more := {s.then for s in procedure.steps if s.then and s.during & found} - found:
        found |= more
    return found


@pytest.mark.parametrize(("number", "procedure"), VERSIONS, ids=lambda each: getattr(each, "name", each))
def test_in_every_version_every_state_is_reached_and_all_but_the_ends_are_left(number, procedure):
    assert reachable(procedure) == states(procedure)
    left = {state for step in procedure.steps if step.then for state in step.during if step.then != state}
    assert states(procedure) - left <= ENDS


@pytest.mark.parametrize(("number", "procedure"), VERSIONS, ids=lambda each: getattr(each, "name", each))
def test_in_every_version_every_step_has_somebody_to_take_it_and_every_word_is_there(number, procedure):
    assert [step for step in procedure.steps if not step.roles] == []
    spoken = states(procedure) | {step.command.step_name() for step in procedure.steps}
    assert spoken <= procedure.words.keys()


def test_every_version_has_a_name_and_says_when_a_part_is_done():
    assert NUMBERS == list(range(1, len(MODEL.workflows) + 1)) == sorted(DONE)
    assert [workflow.name for workflow in MODEL.workflows] == [f.WORKFLOWS[number] for number in NUMBERS]


def test_a_later_version_keeps_every_step_that_people_take_and_every_state():
    """What a screen, or another service, knows of the first holds in the second: steps of services only are new."""
    for old, new in itertools.pairwise(MODEL.workflows):
        taken = [{s.command for p in w.procedures for s in p.steps if s.roles - {Role.SERVICE}} for w in (old, new)]
        assert taken[0] == taken[1]
        assert [states(p) for p in old.procedures] == [states(p) for p in new.procedures]


def test_a_case_that_does_not_say_so_is_of_the_first_version():
    """As every case before there were versions: what was kept, and what was told of it."""
    assert load(MODEL, '{"status": "in_handling", "case_id": "old"}').workflow == 1
    told = {"at": MORNING, "by": "service:dispatch", "case_id": "old", "code": "x", "report_id": "r", "category": "c"}
    fact = f.CaseOpened.model_validate({**told, "kind": "dispute", "area": GRID, "channel": "web", "contents": []})
    assert MODEL.fold([fact]).workflow == 1


def test_a_case_is_not_opened_under_a_version_that_there_is_not():
    for unknown in (0, len(MODEL.workflows) + 1):
        with pytest.raises(NoSuchWorkflow) as refused:
            opened(unknown)
        assert refused.value.possible == tuple(NUMBERS)


def test_under_the_first_the_centre_verifies_before_the_reporter_is_asked():
    story = at_work(workflow=1)
    story.do(c.CompleteHandoff, story.handler(1), handoff_id=story.id(1), result=TEXT, deadline=deadline(3))
    assert (story.case.status, story.last.deadline) == ("in_handling", deadline(3))
    with pytest.raises(NotNow):
        story.do(c.RecordFollowUp, DISPATCHER, solved=True)
    assert story.verified().case.status == "resolved"


def test_under_the_second_the_reporter_is_asked_once_every_office_says_that_it_is_done():
    story = at_work(TRANSPORT)
    done = {"handoff_id": story.id(1), "result": TEXT, "deadline": deadline(3), "follow_up": deadline(5)}
    story.do(c.CompleteHandoff, story.handler(1), **done)
    assert story.case.status == "in_handling"
    assert story.last.deadline is None, "the centre owes no verification yet"
    story.do(c.CompleteHandoff, story.handler(2), **{**done, "handoff_id": story.id(2)})
    assert story.case.status == "resolved"
    assert [k.deadline for k in story.case.clocks if k.running] == [deadline(5)], "only asking the reporter is owed"


def test_the_reporters_word_verifies_every_result_and_the_case_can_be_closed():
    story = reported(TRANSPORT).do(c.RecordFollowUp, DISPATCHER, solved=True, satisfied=True)
    assert {h.status for h in story.case.handoffs} == {"verified"}
    confirmed = [fact for fact in story.facts if isinstance(fact, f.HandoffVerified)]
    assert [fact.confirmed for fact in confirmed] == [True, True]
    assert story.case.verified_by == (), "nobody at the centre has checked it"
    assert story.do(c.CloseCase, DISPATCHER, reason="solved").case.status == "closed"


def test_nothing_is_verified_before_the_reporter_was_asked():
    for story in (at_work(TRANSPORT).completed(), reported()):
        with pytest.raises(a.AskFirst):
            story.verified()


def test_what_the_reporter_could_not_confirm_the_centre_verifies_within_a_clock_before_it_closes():
    story = reported(TRANSPORT)
    story.do(c.RecordFollowUp, DISPATCHER, solved=None, reason="not_reached", verification=deadline(3))
    owed = [(k.handoff_id, k.deadline) for k in story.case.clocks if k.running]
    assert owed == [(story.id(1), deadline(3)), (story.id(2), deadline(3))]
    with pytest.raises(a.ResultsUnverified) as refused:
        story.do(c.CloseCase, DISPATCHER, reason="solved")
    assert refused.value.departments == (CITY, TRANSPORT)
    story.verified(1)
    with pytest.raises(a.ResultsUnverified) as refused:
        story.do(c.CloseCase, DISPATCHER, reason="solved")
    assert refused.value.departments == (TRANSPORT,)
    assert story.verified(2).do(c.CloseCase, DISPATCHER, reason="solved").case.status == "closed"
    assert not any(clock.running for clock in story.case.clocks)
    assert len(story.case.verified_by) == 2


def test_who_was_not_reached_at_first_can_still_confirm_it_until_the_centre_has_verified_it():
    story = reported(TRANSPORT).do(c.RecordFollowUp, DISPATCHER, solved=None, verification=deadline(3))
    story.verified(1).do(c.RecordFollowUp, DISPATCHER, solved=True)
    assert [h.status for h in story.case.handoffs] == ["verified", "verified"]
    assert (story.case.asked, any(clock.running for clock in story.case.clocks)) == ("solved", False)
    with pytest.raises(NotNow):
        story.do(c.RecordFollowUp, DISPATCHER, solved=True)


def test_who_did_the_work_does_not_verify_it_there_either():
    story = at_work()
    story.do(c.CompleteHandoff, person(Role.HANDLER, CITY, id="one"), handoff_id=story.id(1), result=TEXT)
    story.do(c.RecordFollowUp, DISPATCHER, solved=None)
    with pytest.raises(Refused) as refused:
        story.do(c.VerifyHandoff, person(Role.DISPATCHER, id="one"), handoff_id=story.id(1))
    assert refused.value.code == "same-person"


def test_who_did_the_work_does_not_write_down_that_it_is_solved_but_may_that_it_is_not():
    """A grid worker who did it, and asks on their round."""
    both = Actor("one", (Post(Role.GRID_WORKER, CITY, "500104"),), CITY)
    story = at_work()
    story.do(c.CompleteHandoff, both, handoff_id=story.id(1), result=TEXT)
    with pytest.raises(SamePerson):
        story.do(c.RecordFollowUp, both, solved=True)
    assert story.do(c.RecordFollowUp, both, solved=False).case.status == "in_handling"
    story.do(c.CompleteHandoff, both, handoff_id=story.id(1), result=TEXT)
    assert story.do(c.RecordFollowUp, person(Role.GRID_WORKER, CITY), solved=True).case.status == "followed_up"


def test_what_is_not_solved_goes_on_where_it_was_with_what_was_left_of_its_clock():
    story = reported(TRANSPORT)
    left = tuple(c.Left(handoff_id=story.id(n), deadline=deadline(20 + n)) for n in (1, 2))
    search = deadline(1).model_copy(update={"rule": REOFFER})
    story.do(c.RecordFollowUp, DISPATCHER, solved=False, offer_by=search, left=left)
    assert (story.case.status, story.case.lead, story.case.co_handlers) == ("in_handling", CITY, (TRANSPORT,))
    assert [h.status for h in story.case.handoffs] == ["in_progress", "in_progress"]
    assert [k.deadline for k in story.case.clocks if k.running] == [deadline(21), deadline(22)], "nobody is to be found"
    assert story.completed(1).case.status == "in_handling"
    again = story.completed(2)
    assert (again.case.status, again.case.lead) == ("resolved", CITY), "the second time round too"
    again.do(c.RecordFollowUp, DISPATCHER, solved=True)
    assert (again.case.lead, again.case.reopenings) == (CITY, 1)


def test_while_the_reporter_is_asked_nothing_is_sent_back_or_taken_away_but_by_taking_the_case_up_again():
    story = reported(TRANSPORT)
    for command, more in (
        (c.OrderRework, {"reason": TEXT}),
        (c.RecallHandoff, {}),
        (c.WaiveHandoff, {"reason": TEXT}),
    ):
        with pytest.raises(a.BeingAsked):
            story.do(command, DISPATCHER, handoff_id=story.id(2), **more)
    story.do(c.ReopenCase, DISPATCHER, reason="supervision")
    assert [h.status for h in story.case.handoffs] == ["in_progress", "in_progress"]
    story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(2))
    assert story.completed(1).case.status == "resolved"


def test_a_task_that_was_reported_as_done_is_taken_from_an_office_that_the_matter_complains_of():
    """信访工作条例 30(3): asked or not."""
    story = reported(TRANSPORT)
    story.do(c.AttachReport, report_id="report-2", contents=(TEXT,), barred=(TRANSPORT,))
    assert [h.status for h in story.case.handoffs] == ["completed", "recalled"]
    story.do(c.RecordFollowUp, DISPATCHER, solved=False)
    assert [h.status for h in story.case.handoffs] == ["in_progress", "recalled"]


def test_who_takes_the_report_back_ends_the_case_whether_it_was_confirmed_or_not():
    for asked in (False, True):
        story = reported()
        if asked:
            story.do(c.RecordFollowUp, DISPATCHER, solved=None)
        story.do(c.DetachReport, report_id="report-1")
        assert (story.case.status, story.case.closing_reason) == ("closed", "withdrawn")
        assert story.case.open_handoffs() == ()


def test_what_is_planned_comes_when_the_one_before_is_done_as_the_version_has_it():
    for workflow, comes in ((1, "verified"), (2, "completed")):
        story = at_work(workflow=workflow)
        story.do(c.PlanHandoff, DISPATCHER, offer=offer(TRANSPORT, "co"), after=story.id(1))
        turn = (c.Turn(handoff_id=story.id(2), offer=offer(TRANSPORT, "co")),)
        done = {"handoff_id": story.id(1), "turns": turn}
        story.do(c.CompleteHandoff, story.handler(1), result=TEXT, **done)
        if comes == "verified":
            assert story.case.handoffs[1].status == "planned"
            story.do(c.VerifyHandoff, DISPATCHER, **done)
        assert (story.case.status, story.case.handoffs[1].status) == ("in_handling", "offered")


def test_a_part_inside_an_office_is_verified_by_that_office_first():
    story = at_work()
    part = offer("own_station", "child", below=True)
    story.do(c.AssignPart, handler_of(CITY), handoff_id=story.id(1), offer=part, note=TEXT)
    story.do(c.AcceptHandoff, story.handler(2), handoff_id=story.id(2), deadline=deadline(20))
    done = {"handoff_id": story.id(2), "result": TEXT, "deadline": deadline(3)}
    story.do(c.CompleteHandoff, story.handler(2), **done)
    assert story.last.deadline == deadline(3)
    with pytest.raises(Refused) as refused:
        story.completed(1)
    assert refused.value.code == "children-open"
    story.do(c.VerifyHandoff, handler_of(CITY), handoff_id=story.id(2))
    assert story.completed(1).case.status == "resolved"


def test_a_case_suspended_while_its_last_result_came_asks_the_reporter_when_it_goes_on():
    story = at_work()
    story.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=story.at + timedelta(days=5))
    assert story.completed().case.status == "suspended"
    assert story.do(c.ResumeCase, DISPATCHER, follow_up=deadline(5)).case.status == "resolved"


def test_verifying_is_proposed_only_where_the_version_has_it_now():
    def proposed(story: Story) -> set[str]:
        procedure = MODEL.workflow_of(story.case).procedures[1]
        part = story.case.handoffs[0]
        return {s.command.step_name() for s in procedure.open_to(story.case, part, DISPATCHER, ANYWHERE)}

    assert "verify_handoff" in proposed(at_work(workflow=1).completed())
    assert {"verify_handoff", "order_rework", "recall_handoff"}.isdisjoint(proposed(reported()))
    assert "verify_handoff" in proposed(reported().do(c.RecordFollowUp, DISPATCHER, solved=None))


MOVES = {
    "complete": lambda s, n: s.completed(n),
    "verify": lambda s, n: s.verified(n),
    "rework": lambda s, n: s.do(c.OrderRework, DISPATCHER, handoff_id=s.id(n), reason=TEXT),
    "recall": lambda s, n: s.do(c.RecallHandoff, DISPATCHER, handoff_id=s.id(n), offer_by=deadline(2)),
    "waive": lambda s, n: s.do(c.WaiveHandoff, DISPATCHER, handoff_id=s.id(n), reason=TEXT),
    "return": lambda s, n: s.returned(n),
    "accept": lambda s, n: s.accepted(n),
    "offer": lambda s, n: s.do(
        c.OfferHandoff, DISPATCHER, offer=offer(f"office_{len(s.case.handoffs)}", "lead" if n == 1 else "co")
    ),
    "solved": lambda s, n: s.do(c.RecordFollowUp, DISPATCHER, solved=True),
    "not_solved": lambda s, n: s.do(c.RecordFollowUp, DISPATCHER, solved=False, offer_by=deadline(2)),
    "not_reached": lambda s, n: s.do(c.RecordFollowUp, DISPATCHER, solved=None, verification=deadline(3)),
    "reopen": lambda s, n: s.do(c.ReopenCase, DISPATCHER, reason="supervision"),
    "suspend": lambda s, n: s.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=s.at + timedelta(days=9)),
    "resume": lambda s, n: s.do(c.ResumeCase, DISPATCHER),
    "close": lambda s, n: s.do(c.CloseCase, DISPATCHER, reason="solved"),
    "accuse": lambda s, n: s.do(c.AttachReport, report_id=f"r{n}", barred=(s.case.handoffs[n - 1].department,)),
    "detach": lambda s, n: s.do(c.DetachReport, report_id="report-1"),
}
LIVES = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(1, 3)), max_size=40)


@pytest.mark.parametrize("workflow", NUMBERS)
@given(moves=LIVES)
def test_whatever_happens_to_a_case_its_facts_fold_to_it_under_its_own_version(workflow, moves):
    story = opened(workflow).offered_to(CITY, TRANSPORT)
    for word, number in moves:
        try:
            MOVES[word](story, min(number, len(story.case.handoffs)))
        except Refused:
            continue
    case = story.case
    assert case.workflow == workflow
    assert MODEL.fold(again(story.facts)) == case == load(MODEL, dump(case))
    if case.status == "closed":
        assert case.open_handoffs() == ()


def again(facts: list[Fact]) -> list[Fact]:
    """As they come out of the log."""
    return [type(fact).model_validate_json(fact.model_dump_json()) for fact in facts]


ONWARDS = ("complete", "verify", "accept", "solved", "not_reached", "close", "resume", "offer")
OVER = ("closed", "withdrawn")


@pytest.mark.parametrize("workflow", NUMBERS)
@given(moves=LIVES)
def test_no_life_stands_where_nobody_can_take_it_on(workflow, moves):
    """Until it is over, one of the steps that lead to the end is open to somebody."""
    story = opened(workflow).offered_to(CITY, TRANSPORT)
    for word, number in moves:
        try:
            MOVES[word](story, min(number, len(story.case.handoffs)))
        except Refused:
            continue
    assert story.case.status in OVER or any(_possible(story, word) for word in ONWARDS), story.case.status


def _possible(story: Story, word: str) -> bool:
    for number in range(1, len(story.case.handoffs) + 1):
        tried = copy(story)
        tried.facts = []
        try:
            MOVES[word](tried, number)
        except Refused:
            continue
        return True
    return False
