"""A petition, in every state and by every command; its clocks and who may extend them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.petition import facts
from services.petition import model as m
from services.petition.model import ENDS, MODEL, OPEN, Petition
from shared.desk import matter
from shared.desk.matter import ObjectionClosed, TakenBack
from shared.procedure.actor import Actor, Post, Role, service_actor
from shared.procedure.step import NEW, Command
from shared.refusals.refusals import NotFound, NotNow, NotPermitted
from tests.shared.desks import BEIJING, GRID, MONDAY, TEXT, handler

LAW = "信访工作条例 Art 34"
US = handler("petition_office", id="petition.fu")
SECOND = handler("petition_office", id="petition.second")
SUPERVISOR = Actor("supervise.mao", (Post(Role.SUPERVISOR, "political_legal_committee", "500104"),))
HEAD = Actor("petition.lan", (Post(Role.SUPERVISOR, "petition_office", "500104"),))
ADMINISTRATOR = Actor("admin.ran", (Post(Role.ADMINISTRATOR, "governance_center", "500104"),))
MESSENGER = Actor("service.intake", (Post(Role.MESSENGER, "governance_center", "500104"),))
SERVICE = service_actor("petition")
TICK = timedelta(microseconds=1)
OBJECTION = MONDAY + timedelta(days=7)
NOTICE = MONDAY + timedelta(days=16)
DECISION = MONDAY + timedelta(days=61)
LATER = MONDAY + timedelta(days=91)

GIVEN: dict[type[Command], dict[str, Any]] = {
    m.ReceivePetition: {
        "case_id": "k1",
        "handoff_id": "k1.1",
        "department": "petition_office",
        "category": "petition.pension",
        "area": GRID,
        "part": "lead",
        "case_code": "DZ-0001",
        "due_at": NOTICE,
        "notice_basis": "信访工作条例 Art 23",
        "objection_due_at": OBJECTION,
        "objection_basis": "信访工作条例 Art 23(3)",
    },
    m.RegisterPetition: {"registration_no": "XF2021-0001"},
    m.AcceptPetition: {"decision_due_at": DECISION, "decision_basis": LAW, "extension_longest": 30},
    m.NoteProgress: {"note": TEXT},
    m.IssueOpinion: {"opinion": TEXT},
    m.ConcludePetition: {"result": TEXT},
    m.ReturnPetition: {"reason": TEXT},
    m.ExtendPetition: {"days": 30, "reason": TEXT, "decision_due_at": LATER, "actor": HEAD},
    matter.BarDepartments: {"barred": ("police_bureau",)},
    matter.UnbarOfficers: {"unbarred": ("officer",)},
    matter.RecountDue: {"was": DECISION, "due_at": LATER},
    matter.WithdrawTask: {"why": "recalled"},
    matter.TellReporter: {"content_id": "c1", "actor": MESSENGER},
    matter.EraseContent: {"content_id": "c1", "ground": "asked_by_person", "actor": ADMINISTRATOR},
    matter.NoteRejection: {"answer": "accept", "handoff_status": "recalled", "why": "stale"},
}
LEADS: dict[type[Command], dict[str, str]] = {
    m.ReceivePetition: {NEW: "received"},
    m.RegisterPetition: {"received": "registered"},
    m.AcceptPetition: {"registered": "accepted"},
    m.NoteProgress: {"accepted": "accepted", "opinion_issued": "opinion_issued"},
    m.IssueOpinion: {"accepted": "opinion_issued"},
    m.ConcludePetition: {"opinion_issued": "concluded"},
    m.ReturnPetition: {"received": "returned", "registered": "returned"},
    m.ExtendPetition: {"accepted": "accepted"},
    matter.VerifyTask: {"concluded": "verified"},
    matter.SendBack: {"concluded": "accepted"},
    matter.KeepTask: {"returned": "received"},
    matter.WithdrawTask: dict.fromkeys(OPEN, "withdrawn"),
    matter.UrgeTask: {state: state for state in OPEN},
    matter.RecountDue: {state: state for state in OPEN},
    matter.NoteRejection: {state: state for state in (*OPEN, *ENDS)},
    matter.BarDepartments: {state: state for state in (*OPEN, *ENDS)},
    matter.UnbarOfficers: {state: state for state in (*OPEN, *ENDS)},
    matter.TellReporter: {state: state for state in ("opinion_issued", "concluded", "verified")},
    matter.EraseContent: {state: state for state in (*OPEN, *ENDS)},
}
LINE = (m.ReceivePetition, m.RegisterPetition, m.AcceptPetition, m.IssueOpinion, m.ConcludePetition)
WALKS: dict[str, tuple[type[Command], ...]] = {
    NEW: (),
    **{state: LINE[: number + 1] for number, state in enumerate(OPEN)},
    "verified": (*LINE, matter.VerifyTask),
    "returned": (m.ReceivePetition, m.ReturnPetition),
    "withdrawn": (m.ReceivePetition, matter.WithdrawTask),
}


def command(kind: type[Command], **fields: Any) -> Command:
    people = kind.__module__ == m.__name__ and kind is not m.ReceivePetition
    return kind(**{"at": MONDAY, "actor": US if people else SERVICE, **GIVEN.get(kind, {}), **fields})


def a_petition(status: str) -> Petition:
    state = MODEL.blank
    for kind in WALKS[status]:
        state, _ = MODEL.carry_out(state, command(kind))
    return state


@pytest.mark.parametrize("status", WALKS)
def test_every_command_in_every_state(status: str) -> None:
    assert set(MODEL.commands) == set(LEADS)
    for kind, leads in LEADS.items():
        state = a_petition(status)
        if status in leads:
            assert MODEL.carry_out(state, command(kind))[0].status == leads[status]
        else:
            with pytest.raises((NotNow, TakenBack, NotFound)):
                MODEL.carry_out(state, command(kind))


def test_every_state_can_be_reached_and_all_but_the_ends_can_be_left() -> None:
    reached = {to for leads in LEADS.values() for to in leads.values()}
    left = {since for leads in LEADS.values() for since, to in leads.items() if since != to}
    rows = MODEL.procedures[0].steps
    assert {state for row in rows for state in (*row.during, row.then) if state} == {NEW, *reached}
    assert {NEW, *reached} - left == {"verified", "withdrawn"}


@pytest.mark.parametrize("status", WALKS)
def test_the_state_is_what_its_facts_fold_to(status: str) -> None:
    state, told = MODEL.blank, []
    for kind in WALKS[status]:
        state, more = MODEL.carry_out(state, command(kind))
        told.extend(more)
    assert MODEL.fold(told) == state
    assert Petition.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state


def test_the_time_for_the_decision_begins_with_the_acceptance_not_with_the_register() -> None:
    registered = a_petition("registered")
    assert (registered.accepted_at, registered.decision_due_at, registered.due_at) == (None, None, NOTICE)
    day = datetime(2021, 3, 20, 9, tzinfo=BEIJING)
    accepted, _ = MODEL.carry_out(registered, command(m.AcceptPetition, at=day))
    assert (accepted.accepted_at, accepted.decision_due_at, accepted.due_at) == (day, DECISION, DECISION)
    assert accepted.accepted_by == "petition.fu"


def test_nothing_is_owed_by_the_clock_once_the_opinion_is_issued_until_rework() -> None:
    assert a_petition("opinion_issued").due_at is None
    reworked, _ = MODEL.carry_out(a_petition("concluded"), command(matter.SendBack))
    assert (reworked.status, reworked.due_at) == ("accepted", DECISION)


def test_the_time_from_the_opinion_to_the_rework_after_it_is_kept() -> None:
    issued, back = MONDAY + timedelta(days=40), MONDAY + timedelta(days=80)
    state, _ = MODEL.carry_out(a_petition("accepted"), command(m.IssueOpinion, at=issued))
    state, _ = MODEL.carry_out(state, command(m.ConcludePetition, at=issued))
    state, _ = MODEL.carry_out(state, command(matter.SendBack, at=back))
    assert (state.still, state.opinion_at) == (((issued, back),), None)


@pytest.mark.parametrize("status", ["received", "registered"])
def test_an_objection_stands_up_to_the_last_instant_and_not_after(status: str) -> None:
    in_time = command(m.ReturnPetition, at=OBJECTION - TICK)
    assert MODEL.carry_out(a_petition(status), in_time)[0].status == "returned"
    with pytest.raises(ObjectionClosed) as refusal:
        MODEL.carry_out(a_petition(status), command(m.ReturnPetition, at=OBJECTION))
    assert refusal.value.law == "信访工作条例 Art 23(3)"
    assert "Art 23(3)" in refusal.value.message("zh")


def test_an_extension_is_for_the_responsible_person_of_the_handling_organ_alone() -> None:
    accepted = a_petition("accepted")
    for handler_here in (US, SECOND):
        with pytest.raises(NotPermitted):
            MODEL.carry_out(accepted, command(m.ExtendPetition, actor=handler_here))
    with pytest.raises(m.ResponsiblePersonNeeded) as refusal:
        MODEL.carry_out(accepted, command(m.ExtendPetition, actor=SUPERVISOR))
    assert (refusal.value.department, refusal.value.law) == ("petition_office", LAW)
    extended, _ = MODEL.carry_out(accepted, command(m.ExtendPetition))
    assert (extended.extended_by, extended.decision_due_at, extended.due_at) == (30, LATER, LATER)


def test_a_responsible_person_who_accepted_it_does_not_prolong_it_too() -> None:
    both = Actor(US.id, (*US.posts, *HEAD.posts), US.department)
    with pytest.raises(m.SecondPersonNeeded):
        MODEL.carry_out(a_petition("accepted"), command(m.ExtendPetition, actor=both))


def test_a_refused_return_of_a_registered_petition_is_not_registered_twice() -> None:
    returned, _ = MODEL.carry_out(a_petition("registered"), command(m.ReturnPetition))
    kept, told = MODEL.carry_out(returned, command(matter.KeepTask))
    assert (kept.status, kept.registration_no, type(told[0])) == (
        "registered",
        "XF2021-0001",
        facts.RegisteredReturnRefused,
    )
    with pytest.raises(NotNow):
        MODEL.carry_out(kept, command(m.RegisterPetition, registration_no="XF2021-0002"))


def test_an_extension_is_given_once_and_for_thirty_days_at_most() -> None:
    accepted = a_petition("accepted")
    for days in (0, 31):
        with pytest.raises(m.ExtensionTooLong):
            MODEL.carry_out(accepted, command(m.ExtendPetition, days=days))
    extended, _ = MODEL.carry_out(accepted, command(m.ExtendPetition, days=1))
    with pytest.raises(m.ExtendedAlready) as refusal:
        MODEL.carry_out(extended, command(m.ExtendPetition, days=1))
    assert refusal.value.law == LAW


@pytest.mark.parametrize(
    "actor",
    [handler("justice_bureau"), handler("petition_office", area="500105"), SUPERVISOR, Actor("nobody")],
)
def test_only_the_petition_offices_own_handlers_work_it(actor: Actor) -> None:
    for kind, status in ((m.RegisterPetition, "received"), (m.AcceptPetition, "registered")):
        with pytest.raises(NotPermitted):
            MODEL.carry_out(a_petition(status), command(kind, actor=actor))


def test_a_supervisor_of_another_area_cannot_extend() -> None:
    elsewhere = Actor("other", (Post(Role.SUPERVISOR, "political_legal_committee", "500105"),))
    with pytest.raises(NotPermitted):
        MODEL.carry_out(a_petition("accepted"), command(m.ExtendPetition, actor=elsewhere))
