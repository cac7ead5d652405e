"""The task procedure that offices share, tried in every state by every command, as each office has it."""

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from services.dispatch import facts as dispatch
from services.emergency import reactions as emergency
from services.emergency.model import MODEL as EMERGENCY
from services.intake import facts as intake
from services.justice import reactions as justice
from services.justice.model import MODEL as JUSTICE
from services.police import facts as police_facts
from services.police import reactions as police
from services.police.model import MODEL as POLICE
from shared.desk import calls, facts, matter
from shared.desk import model as desk
from shared.desk.matter import ObjectionClosed, TakenBack
from shared.desk.model import ENDS, OPEN, Task, desk_procedure, own_fact
from shared.procedure.actor import Actor, Post, Role, service_actor
from shared.procedure.model import Model
from shared.procedure.step import NEW, Command, Step, by, during
from shared.refusals.refusals import NotFound, NotNow, NotPermitted
from tests.shared.desks import GRID, MONDAY, TEXT, deadline, handed, handler, hear, names

OFFICES = {"police": (POLICE, police), "justice": (JUSTICE, justice), "emergency": (EMERGENCY, emergency)}
DEPARTMENT = "yuejincun_police_station"
US = handler(DEPARTMENT)
SERVICE = service_actor("police")
STATES = (*OPEN, *ENDS)
CALLS = {calls.ReceiveCall, calls.PassOnCall}
"""Of offices that take emergencies; tried below."""
AT_WORK = ("accepted", "in_progress")
DUE = MONDAY + timedelta(days=3)


def command(kind: type[Command], actor: Actor | None = None, **fields: Any) -> Command:
    given: dict[type[Command], dict[str, Any]] = {
        matter.ReceiveTask: {
            "case_id": "k1",
            "handoff_id": "k1.1",
            "department": DEPARTMENT,
            "category": "noise.living",
            "area": GRID,
            "part": "lead",
            "case_code": "DZ-0001",
        },
        desk.NoteProgress: {"note": TEXT},
        desk.AskExtension: {"days": 5, "reason": TEXT},
        desk.FinishTask: {"result": TEXT},
        desk.ReturnTask: {"reason": TEXT},
        matter.BarDepartments: {"barred": ("police_bureau",)},
        matter.UnbarOfficers: {"unbarred": ("officer",)},
        matter.WithdrawTask: {"why": "recalled"},
        matter.NoteRejection: {"answer": "accept", "handoff_status": "recalled", "why": "stale"},
        matter.NoteDue: {"due_at": DUE},
        matter.RecountDue: {"was": DUE, "due_at": DUE + timedelta(days=7)},
        matter.GrantExtension: {"due_at": DUE},
        matter.TellReporter: {"content_id": "c1"},
        matter.EraseContent: {"content_id": "c1", "ground": "asked_by_person"},
    }
    people = kind.__module__ == desk.__name__
    who = actor or OTHERS.get(kind) or (US if people else SERVICE)
    return kind(at=fields.pop("at", MONDAY), actor=who, **{**given.get(kind, {}), **fields})


R, A, S, F = matter.ReceiveTask, desk.AcceptTask, desk.StartTask, desk.FinishTask
WALKS: dict[str, tuple[type[Command], ...]] = {
    NEW: (),
    "received": (R,),
    "accepted": (R, A),
    "in_progress": (R, A, S),
    "finished": (R, A, S, F),
    "verified": (R, A, S, F, matter.VerifyTask),
    "returned": (R, desk.ReturnTask),
    "withdrawn": (R, matter.WithdrawTask),
}
LEADS: dict[type[Command], dict[str, str]] = {
    matter.ReceiveTask: {NEW: "received"},
    desk.AcceptTask: {"received": "accepted"},
    desk.ReturnTask: {"received": "returned", "accepted": "returned"},
    desk.StartTask: {"accepted": "in_progress"},
    desk.NoteProgress: {state: state for state in AT_WORK},
    desk.AskExtension: {state: state for state in AT_WORK},
    desk.FinishTask: dict.fromkeys(AT_WORK, "finished"),
    matter.DeemAccepted: {"received": "accepted"},
    matter.KeepTask: {"returned": "received"},
    matter.VerifyTask: {"finished": "verified"},
    matter.SendBack: {"finished": "in_progress"},
    matter.WithdrawTask: dict.fromkeys(OPEN, "withdrawn"),
    matter.NoteDue: {state: state for state in OPEN},
    matter.RecountDue: {state: state for state in OPEN},
    matter.GrantExtension: {state: state for state in OPEN},
    matter.DenyExtension: {state: state for state in OPEN},
    matter.UrgeTask: {state: state for state in OPEN},
    matter.NoteRejection: {state: state for state in STATES},
    matter.BarDepartments: {state: state for state in STATES},
    matter.UnbarOfficers: {state: state for state in STATES},
    matter.EraseContent: {state: state for state in STATES},
    matter.TellReporter: {state: state for state in ("finished", "verified")},
}
ADMINISTRATOR = Actor("admin.ran", (Post(Role.ADMINISTRATOR, "governance_center", "500104"),))
MESSENGER = Actor("service.intake", (Post(Role.MESSENGER, "governance_center", "500104"),))
OTHERS: dict[type[Command], Actor] = {matter.EraseContent: ADMINISTRATOR, matter.TellReporter: MESSENGER}


def a_task(status: str, model: Model[Task] = POLICE, **received: Any) -> Task:
    state = model.blank
    for kind in WALKS[status]:
        state, _ = model.carry_out(state, command(kind, **(received if kind is R else {})))
    return state


@pytest.mark.parametrize("office", OFFICES)
@pytest.mark.parametrize("status", [NEW, *STATES])
def test_every_command_in_every_state(office: str, status: str) -> None:
    model = OFFICES[office][0]
    assert set(model.commands) - CALLS == set(LEADS)
    for kind, leads in LEADS.items():
        state = a_task(status, model)
        if status in leads:
            after, told = model.carry_out(state, command(kind))
            assert after.status == leads[status]
            assert [fact.service for fact in told] == [office]
        else:
            with pytest.raises((NotNow, TakenBack, NotFound)):
                model.carry_out(state, command(kind))


def test_every_state_can_be_reached_and_all_but_the_ends_can_be_left() -> None:
    reached = {to for leads in LEADS.values() for to in leads.values()}
    left = {since for leads in LEADS.values() for since, to in leads.items() if since != to}
    rows = JUSTICE.procedures[0].steps
    assert {state for row in rows for state in (*row.during, row.then) if state} == {NEW, *reached}
    assert {NEW, *reached} - left == {"verified", "withdrawn"}


def test_a_step_at_the_wrong_time_is_refused_with_what_people_can_do_now() -> None:
    with pytest.raises(NotNow) as refusal:
        POLICE.carry_out(a_task("received"), command(desk.FinishTask))
    assert refusal.value.possible == ("accept_task", "return_task")


def test_what_was_taken_back_is_refused_with_the_reason() -> None:
    with pytest.raises(TakenBack) as refusal:
        POLICE.carry_out(a_task("withdrawn"), command(desk.AcceptTask))
    assert refusal.value.why == "recalled"


@pytest.mark.parametrize(
    "actor",
    [
        handler("police_bureau"),
        handler(DEPARTMENT, area="500104003"),
        Actor("m", US.posts[:0], DEPARTMENT),
        Actor("mao", (type(US.posts[0])(Role.SUPERVISOR, "political_legal_committee", "500104"),)),
    ],
)
def test_only_the_departments_own_handlers_for_the_place_take_a_step(actor: Actor) -> None:
    for kind in (desk.AcceptTask, desk.ReturnTask):
        with pytest.raises(NotPermitted):
            POLICE.carry_out(a_task("received"), command(kind, actor))


def test_people_cannot_take_the_centres_steps() -> None:
    for kind in (matter.VerifyTask, matter.SendBack, matter.WithdrawTask, matter.GrantExtension):
        with pytest.raises(NotPermitted):
            POLICE.carry_out(a_task("finished"), command(kind, US))


def test_a_return_is_possible_up_to_the_last_instant_of_the_objection_period() -> None:
    until = MONDAY + timedelta(days=7)
    state = a_task("received", objection_due_at=until)
    tick = timedelta(microseconds=1)
    after, _ = POLICE.carry_out(state, command(desk.ReturnTask, at=until - tick))
    assert after.status == "returned"
    with pytest.raises(ObjectionClosed):
        POLICE.carry_out(state, command(desk.ReturnTask, at=until))


def test_one_extension_waits_at_a_time_and_another_may_be_asked_after_the_answer() -> None:
    state, _ = POLICE.carry_out(a_task("in_progress"), command(desk.AskExtension))
    with pytest.raises(desk.ExtensionPending):
        POLICE.carry_out(state, command(desk.AskExtension))
    for kind, word in ((matter.GrantExtension, "granted"), (matter.DenyExtension, "refused")):
        answered, _ = POLICE.carry_out(state, command(kind))
        assert answered.extension == word
        POLICE.carry_out(answered, command(desk.AskExtension))
    rejected, _ = POLICE.carry_out(state, command(matter.NoteRejection, answer="extension"))
    assert rejected.extension is None


def test_finishing_settles_an_extension_that_was_asked_for() -> None:
    state, _ = POLICE.carry_out(a_task("in_progress"), command(desk.AskExtension))
    assert POLICE.carry_out(state, command(desk.FinishTask))[0].extension is None


@pytest.mark.parametrize("status", STATES)
def test_the_state_is_what_its_facts_fold_to(status: str) -> None:
    state, told = POLICE.blank, []
    for kind in WALKS[status]:
        state, more = POLICE.carry_out(state, command(kind))
        told.extend(more)
    assert POLICE.fold(told) == state
    assert Task.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state


# What the centre says.

HANDED = handed(DEPARTMENT, "police", case_id="k1")


def after(*said: Any, status: str = "received") -> tuple[Task, list[Any]]:
    return hear(police.REACTIONS, POLICE, a_task(status), *said)


@pytest.mark.parametrize("office", OFFICES)
def test_an_offer_arrives_on_the_desk_of_the_office_it_names(office: str) -> None:
    model, module = OFFICES[office]
    offer = handed("d", office).offered(deadline=deadline(DUE), objection_until=DUE)
    task, told = hear(module.REACTIONS, model, model.blank, offer)
    assert names(told) == ["TaskReceived"]
    assert (task.status, task.department, task.area) == ("received", "d", GRID)
    assert (task.received_at, task.due_at, task.objection_due_at) == (MONDAY, DUE, DUE)


@pytest.mark.parametrize("office", OFFICES)
@pytest.mark.parametrize("via", ["petition", None])
def test_an_offer_to_another_service_is_left_alone(office: str, via: str | None) -> None:
    model, module = OFFICES[office]
    assert hear(module.REACTIONS, model, model.blank, handed("d", via).offered()) == (model.blank, [])


def test_work_sent_back_comes_with_the_day_by_which_it_is_owed_now() -> None:
    rework = HANDED.told(dispatch.ReworkOrdered, reason=TEXT, deadline=deadline(DUE + timedelta(days=30)))
    task, told = after(rework, status="finished")
    assert (task.status, task.due_at, names(told)) == (
        "in_progress",
        DUE + timedelta(days=30),
        ["ReworkTaken", "DueNoted"],
    )


@pytest.mark.parametrize(("right", "moved"), [(False, "due_at"), (True, "objection_due_at")])
def test_a_notice_of_days_off_moves_what_ended_then_and_nothing_else(right: bool, moved: str) -> None:
    task, _ = POLICE.carry_out(POLICE.blank, command(R, due_at=DUE, objection_due_at=DUE))
    new = deadline(DUE + timedelta(days=7)).model_copy(update={"right": right})
    about = {"clock_id": "k1.1", "rule": "r", "answerable": DEPARTMENT, "was": DUE, "deadline": new}
    told = HANDED.told(dispatch.HandoffUrged)
    fact = dispatch.ClockRecounted(
        at=told.at, by=told.by, by_department=None, case_id=told.case_id, handoff_id=told.handoff_id, **about
    )
    task, said = hear(police.REACTIONS, POLICE, task, fact)
    other = {"due_at", "objection_due_at"} - {moved}
    assert (getattr(task, moved), getattr(task, other.pop())) == (DUE + timedelta(days=7), DUE)
    assert names(said) == ["DueRecounted"]
    assert hear(police.REACTIONS, POLICE, task, fact)[1] == [], "its end is not there any more"


@pytest.mark.parametrize(("status", "then"), [("offered", "received"), ("accepted", "accepted")])
def test_a_return_without_the_centres_consent_lies_here_as_it_did(status: str, then: str) -> None:
    refused = HANDED.told(dispatch.ReturnRefused, reason=TEXT, status=status)
    assert after(refused, status="returned")[0].status == then


def test_what_is_said_of_other_offices_hand_offs_is_left_alone() -> None:
    said = [
        HANDED.told(dispatch.HandoffRecalled),
        HANDED.told(dispatch.HandoffUrged),
        HANDED.refused("accept", "recalled"),
    ]
    assert hear(police.REACTIONS, POLICE, POLICE.blank, *said) == (POLICE.blank, [])


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        (dispatch.HandoffRecalled, {"why": TEXT}, "recalled"),
        (dispatch.HandoffTransferred, {"to": "police_bureau", "why": TEXT}, "transferred"),
        (dispatch.HandoffWaived, {"reason": TEXT}, "waived"),
    ],
)
def test_a_task_that_is_taken_back_leaves_the_desk_whatever_was_done(
    status: str, kind: Any, fields: dict[str, Any], why: str
) -> None:
    task, told = after(HANDED.told(kind, **fields), status=status)
    assert (task.status, task.withdrawn_why, names(told)) == ("withdrawn", why, ["TaskWithdrawn"])


def test_nothing_is_taken_back_twice() -> None:
    again = HANDED.told(dispatch.HandoffRecalled)
    assert after(again, status="withdrawn")[1] == []
    assert after(again, status="returned")[1] == []


def test_acceptance_by_the_centre_brings_the_handling_clock() -> None:
    accepted = HANDED.told(dispatch.HandoffAccepted, deadline=deadline(DUE, "handling_general"))
    task, told = after(accepted)
    assert (task.status, task.due_at, names(told)) == ("accepted", DUE, ["AcceptanceDeemed", "DueNoted"])
    task, told = after(accepted, status="in_progress")
    assert (task.status, task.due_at, names(told)) == ("in_progress", DUE, ["DueNoted"])


def test_verification_ends_it_and_rework_goes_on() -> None:
    assert after(HANDED.told(dispatch.HandoffVerified), status="finished")[0].status == "verified"
    task, told = after(HANDED.told(dispatch.ReworkOrdered, reason=TEXT), status="finished")
    assert (task.status, names(told), told[0].said) == ("in_progress", ["ReworkTaken"], TEXT)


def test_what_the_reporter_does_not_confirm_goes_on_by_what_is_left_of_its_clock() -> None:
    reopened = HANDED.told(dispatch.HandoffReopened, reason="not_solved", deadline=deadline(DUE, "handling_general"))
    task, told = after(reopened, status="finished")
    assert (task.status, task.due_at, names(told)) == ("in_progress", DUE, ["ReworkTaken", "DueNoted"])


def test_extension_and_urging_are_known() -> None:
    task, _ = after(
        HANDED.told(dispatch.ExtensionGranted, deadline=deadline(DUE)),
        HANDED.told(dispatch.HandoffUrged),
        HANDED.told(dispatch.HandoffUrged),
        status="in_progress",
    )
    assert (task.extension, task.due_at, task.urged) == ("granted", DUE, 2)
    task, _ = after(HANDED.told(dispatch.ExtensionRefused, reason=TEXT), status="in_progress")
    assert task.extension == "refused"


def test_a_stale_answer_is_told_and_the_task_is_gone() -> None:
    task, told = after(HANDED.refused("accept", "transferred"), status="accepted")
    assert names(told) == ["AnswerRejected", "TaskWithdrawn"]
    assert task.told is not None
    assert (task.told.answer, task.told.handoff_status, task.told.why) == ("accept", "transferred", "stale")
    assert (task.status, task.withdrawn_why) == ("withdrawn", "transferred")


def test_an_answer_may_be_found_stale_after_the_recall_was_heard() -> None:
    recalled = HANDED.told(dispatch.HandoffRecalled)
    task, told = after(recalled, HANDED.refused("complete", "recalled"), status="finished")
    assert names(told) == ["TaskWithdrawn", "AnswerRejected"]
    assert (task.withdrawn_why, task.told is not None) == ("recalled", True)


def test_a_refused_return_puts_the_task_back_where_the_centre_has_it() -> None:
    task, told = after(HANDED.refused("return", "offered", "must-consult"), status="returned")
    assert (task.status, names(told)) == ("received", ["AnswerRejected", "ReturnRefused"])
    task, told = after(HANDED.refused("return", "accepted", "objection-over"), status="returned")
    assert (task.status, names(told)[-1]) == ("accepted", "AcceptanceDeemed")


def test_a_refused_completion_lets_the_office_work_on() -> None:
    assert after(HANDED.refused("complete", "in_progress"), status="finished")[0].status == "in_progress"
    assert after(HANDED.refused("progress", "in_progress"), status="finished")[0].status == "finished"


# Seams.


def test_an_office_adds_rows_of_its_own_behind_the_shared_ones() -> None:
    class HandOnTask(Command):
        pass

    class TaskHandedOn(facts.TaskFact, service="police"):
        pass

    row = Step(HandOnTask, during("in_progress"), TaskHandedOn, "finished", by(Role.HANDLER))
    model = Model("task", Task, desk_procedure(police_facts, row))
    state, told = model.carry_out(a_task("in_progress"), HandOnTask(at=MONDAY, actor=US))
    assert (state.status, names(told)) == ("finished", ["TaskHandedOn"])


def test_an_office_without_facts_of_its_own_is_noticed_at_once() -> None:
    with pytest.raises(TypeError, match="has no TaskReceived"):
        own_fact(ModuleType("nobody"), facts.TaskReceived)


@pytest.mark.parametrize("office", ["police", "emergency"])
def test_an_emergency_is_passed_on_once_by_the_offices_own_people_and_nothing_else_is_open(office: str) -> None:
    model, module = OFFICES[office]
    received = intake.ReportRedirected(
        at=MONDAY,
        by="clerk.liu",
        by_department="governance_center",
        report_id="r1",
        case_id="k1",
        to="110",
        answerable=DEPARTMENT,
        via=office,
        receipt_no="210315-000001-2",
        category="noise.living",
        area=GRID,
    )
    state, told = hear(module.REACTIONS, model, model.blank, received)
    assert (state.status, state.due_at, state.number, state.part) == ("called", MONDAY, "110", calls.PART)
    assert names(told) == ["CallReceived"]
    elsewhere = received.model_copy(update={"via": "another"})
    assert hear(module.REACTIONS, model, model.blank, elsewhere)[1] == []
    for kind in LEADS:
        with pytest.raises((NotNow, NotFound)):
            model.decide(state, command(kind))
    with pytest.raises(NotPermitted):
        model.decide(state, calls.PassOnCall(at=MONDAY, actor=handler("police_bureau")))
    state, told = model.carry_out(state, calls.PassOnCall(at=MONDAY, actor=US))
    fact = told[0]
    assert (names(told), fact.by, fact.by_department, fact.at) == (["CallPassedOn"], US.id, DEPARTMENT, MONDAY)
    assert (state.status, state.due_at) == ("passed_on", None)
    with pytest.raises(NotNow):
        model.decide(state, calls.PassOnCall(at=MONDAY, actor=US))
