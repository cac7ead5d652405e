"""What the petition office does with the centre's word, and by when it then owes what."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.dispatch import facts as dispatch
from services.petition import model as m
from services.petition.model import MODEL, Petition
from services.petition.reactions import REACTIONS
from shared.clocks.count import Pause
from shared.clocks.errors import NoRuleInForce
from shared.desk.clocks import owed
from shared.desk.matter import ObjectionClosed
from shared.procedure.step import NEW
from shared.reference.reference import Reference
from tests.petition.test_model import DECISION, NOTICE, OBJECTION, TICK, a_petition, command
from tests.shared.desks import BEIJING, TEXT, district, handed, hear, names

HANDED = handed("petition_office", "petition", case_id="k1", category="petition.pension")


def offered(year: int, month: int, day: int) -> Petition:
    at = datetime(year, month, day, 10, tzinfo=BEIJING)
    offer = handed("petition_office", "petition", category="petition.pension", at=at).offered()
    petition, _ = after(offer, status=NEW)
    return petition


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=BEIJING)


def after(*said: Any, status: str) -> tuple[Petition, list[Any]]:
    return hear(REACTIONS, MODEL, a_petition(status), *said)


def test_an_offer_is_received_with_its_notice_and_objection_by_the_regulation() -> None:
    petition = offered(2022, 6, 1)
    assert petition.status == "received"
    assert (petition.due_at, petition.notice_basis) == (midnight(2022, 6, 17), "信访工作条例 Art 23")
    assert petition.objection_basis == "信访工作条例 Art 23(3)"


@pytest.mark.parametrize(
    ("received", "over"),
    [((2021, 2, 9), (2021, 2, 23)), ((2022, 9, 30), (2022, 10, 13)), ((2022, 6, 1), (2022, 6, 10))],
    ids=["Spring Festival with a worked Saturday", "National Day with a worked weekend", "Dragon Boat"],
)
def test_the_five_working_days_of_an_objection_pass_over_holidays(
    received: tuple[int, int, int], over: tuple[int, int, int]
) -> None:
    petition, end = offered(*received), midnight(*over)
    assert petition.objection_due_at == end
    last = command(m.ReturnPetition, at=end - TICK)
    assert MODEL.carry_out(petition, last)[0].status == "returned"
    with pytest.raises(ObjectionClosed):
        MODEL.carry_out(petition, command(m.ReturnPetition, at=end))


def test_before_the_regulation_the_clocks_are_the_districts_own() -> None:
    assert offered(2021, 3, 15).objection_basis == "区级政策"


def test_the_decision_is_owed_sixty_calendar_days_after_acceptance_and_ninety_when_extended() -> None:
    accepted = datetime(2022, 6, 1, 15, tzinfo=BEIJING)
    decision = owed(district(), ("petition_decision",), accepted)
    assert (decision.due_at, decision.longest) == (midnight(2022, 8, 2), 30)
    longer = owed(district(), ("petition_decision",), accepted, extra=30)
    assert longer.due_at == midnight(2022, 8, 31)


def test_an_offer_waits_for_a_person_while_the_clocks_are_not_known() -> None:
    heard = SimpleNamespace(fact=HANDED.offered(), reference=Reference())
    with pytest.raises(NoRuleInForce):
        next(iter(REACTIONS.table[dispatch.HandoffOffered](heard))).commands(MODEL.blank)  # type: ignore


@pytest.mark.parametrize("via", ["police", None])
def test_an_offer_to_another_service_is_left_alone(via: str | None) -> None:
    assert hear(REACTIONS, MODEL, MODEL.blank, handed("d", via).offered()) == (MODEL.blank, [])


@pytest.mark.parametrize("status", m.OPEN)
def test_a_recall_takes_the_petition_back_also_after_acceptance(status: str) -> None:
    petition, told = after(HANDED.told(dispatch.HandoffRecalled, why=TEXT), status=status)
    assert (petition.status, petition.withdrawn_why, petition.due_at) == ("withdrawn", "recalled", None)
    assert names(told) == ["PetitionWithdrawn"]


def test_verification_rework_and_urging_are_known() -> None:
    assert after(HANDED.told(dispatch.HandoffVerified), status="concluded")[0].status == "verified"
    rework = HANDED.told(dispatch.ReworkOrdered, reason=TEXT)
    assert after(rework, status="concluded")[0].status == "accepted"
    reopened = HANDED.told(dispatch.HandoffReopened, reason="not_solved")
    assert after(reopened, status="concluded")[0].status == "accepted"
    assert after(HANDED.told(dispatch.HandoffUrged), status="accepted")[0].urged == 1


def test_the_centres_own_clocks_and_acceptance_do_not_touch_the_statutory_ones() -> None:
    due = dispatch.Deadline(
        rule="r", started_at=HANDED.at, due_at=HANDED.at + timedelta(days=1), answerable="petition_office"
    )
    said = (
        HANDED.told(dispatch.HandoffAccepted, deadline=due),
        HANDED.told(dispatch.ExtensionGranted, deadline=due),
        HANDED.told(dispatch.ExtensionRefused, reason=TEXT),
    )
    assert after(*said, status="received") == (a_petition("received"), [])


def test_a_stale_answer_is_told_and_a_refused_return_comes_back() -> None:
    petition, told = after(HANDED.refused("accept", "recalled"), status="accepted")
    assert names(told) == ["AnswerRejected", "PetitionWithdrawn"]
    assert petition.told is not None
    petition, told = after(HANDED.refused("return", "offered", "must-consult"), status="returned")
    assert (petition.status, names(told)) == ("received", ["AnswerRejected", "ReturnRefused"])


def test_a_return_without_the_senders_consent_lies_here_again() -> None:
    refused = HANDED.told(dispatch.ReturnRefused, reason=TEXT, status="offered")
    petition, told = after(refused, status="returned")
    assert (petition.status, names(told)) == ("received", ["ReturnRefused"])


def recounted(rule: str, was: datetime, days: int, right: bool = False) -> Any:
    about = {"clock_id": "k1.1", "rule": rule, "answerable": "petition_office", "was": was}
    new = dispatch.Deadline(
        rule=rule, started_at=HANDED.at, due_at=was + timedelta(days=days), answerable="petition_office", right=right
    )
    told = {"case_id": "k1", "handoff_id": HANDED.handoff_id, "deadline": new, **about}
    return dispatch.ClockRecounted(at=HANDED.at, by="service.dispatch", by_department="governance_center", **told)


def test_a_notice_of_days_off_moves_the_ends_that_the_regulation_gives() -> None:
    petition, told = after(recounted("petition_decision", DECISION, 6), status="accepted")
    assert (petition.decision_due_at, petition.due_at) == (DECISION + timedelta(days=6),) * 2
    assert names(told) == ["DueRecounted"]
    petition, _ = after(recounted("petition_notice", NOTICE, 1), status="received")
    assert (petition.due_at, petition.objection_due_at) == (NOTICE + timedelta(days=1), OBJECTION)


def test_a_notice_after_the_opinion_moves_the_date_that_rework_takes_up() -> None:
    petition, _ = after(recounted("petition_decision", DECISION, 6), status="opinion_issued")
    assert (petition.decision_due_at, petition.due_at) == (DECISION + timedelta(days=6), None)
    petition, _ = after(recounted("petition_decision", DECISION, 6), status="concluded")
    petition, told = hear(REACTIONS, MODEL, petition, HANDED.told(dispatch.ReworkOrdered, reason=TEXT))
    assert (petition.due_at, names(told)) == (DECISION + timedelta(days=6), ["ReworkTaken"])


def test_rework_goes_on_to_the_end_that_the_centre_has_counted() -> None:
    end = DECISION + timedelta(days=40)
    due = dispatch.Deadline(rule="petition_decision", started_at=HANDED.at, due_at=end, answerable="petition_office")
    petition, told = after(HANDED.told(dispatch.ReworkOrdered, reason=TEXT, deadline=due), status="concluded")
    assert (petition.decision_due_at, petition.due_at) == (end, end)
    assert names(told) == ["ReworkTaken", "DueRecounted"]
    moved, _ = hear(REACTIONS, MODEL, petition, recounted("petition_decision", end, 2))
    assert moved.due_at == end + timedelta(days=2), "and a notice of days off finds it"
    assert after(HANDED.told(dispatch.ReworkOrdered, reason=TEXT, deadline=due), status="accepted")[1] == []


def test_an_extension_after_rework_adds_its_days_to_what_was_left() -> None:
    """Sixty days from 1 June 2022: 31 July. An opinion on 11 July, rework on 20 August: twenty days were left."""
    accepted, issued, back = (datetime(2022, *day, 9, tzinfo=BEIJING) for day in ((6, 1), (7, 11), (8, 20)))
    still = [Pause(issued, back)]
    assert owed(district(), ("petition_decision",), accepted, 0, still).due_at == midnight(2022, 9, 10)
    longer = owed(district(), ("petition_decision",), accepted, 30, still).due_at
    assert longer == midnight(2022, 10, 10), "9 September and thirty days: Sunday 9 October, which is worked"


def test_a_moved_time_to_object_is_kept_to_the_last_instant() -> None:
    petition, _ = after(recounted("handoff_objection_petition", OBJECTION, 3, right=True), status="received")
    assert petition.due_at == NOTICE
    end = OBJECTION + timedelta(days=3)
    assert MODEL.carry_out(petition, command(m.ReturnPetition, at=end - TICK))[0].status == "returned"
    with pytest.raises(ObjectionClosed):
        MODEL.carry_out(petition, command(m.ReturnPetition, at=end))


def test_a_recount_of_another_end_or_of_none_changes_nothing() -> None:
    said = (
        recounted("petition_notice", NOTICE, 1),
        recounted("petition_decision", DECISION, 0),
        recounted("queue", DECISION, 3).model_copy(update={"handoff_id": None}),
    )
    assert after(*said, status="accepted") == (a_petition("accepted"), [])
    assert after(recounted("petition_decision", DECISION, 3), status="withdrawn")[1] == []
