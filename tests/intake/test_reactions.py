"""What dispatch says arrives over Kafka and moves the reporter's answer."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from services.dispatch import facts as dispatch
from services.intake.api.words import Teller, lawful_route, overall
from services.intake.model import Report
from services.intake.reactions import ACCESSED, MOVES, REACTIONS, RECUSED, STEPS
from services.intake.views import CASE_STATUS, UNTOLD, CaseView, follow
from shared.desk.facts import TaskFact
from shared.facts.fact import facts_of
from shared.reference.reference import Reference
from tests.intake.builders import NOON


def row(position: int, step: str, department: str | None = None, handoff_id: str | None = None) -> dict[str, object]:
    values = {"position": position, "step": step, "department": department, "handoff_id": handoff_id}
    at = NOON + timedelta(days=position)
    return {
        "case_id": "k1",
        "at": at,
        "code": None,
        **dict.fromkeys(("reason", "via", "content_id")),
        "part": "lead",
        **values,
    }


def a_view(*steps: tuple[str, ...]) -> CaseView:
    view = CaseView("k1")
    for position, step in enumerate(steps, 1):
        follow(view, row(position, *step))  # type: ignore[arg-type]
    return view


def test_every_fact_noted_is_one_that_somebody_tells() -> None:
    assert {*STEPS, *RECUSED, *MOVES, *ACCESSED} == set(REACTIONS.table)
    tellers = ("dispatch", "petition", "police", "emergency")
    assert {*STEPS, *RECUSED, *MOVES} <= {fact for service in tellers for fact in facts_of(service)}


def test_every_step_of_a_case_has_a_word_for_the_reporter() -> None:
    of_case = {step for fact, step in STEPS.items() if not issubclass(fact, dispatch.HandoffFact | TaskFact)}
    assert of_case == set(CASE_STATUS) | UNTOLD


def test_who_is_invited_to_a_consultation_is_involved_until_it_ends_and_the_reporter_sees_no_step() -> None:
    steps = (("opened",), ("invited", "transport_bureau"), ("invited", "housing_commission"))
    assert a_view(*steps).involved() == {"transport_bureau", "housing_commission"}
    ended = a_view(*steps, ("consulted",))
    assert (ended.involved(), ended.status, len(ended.steps)) == (frozenset(), "accepted", 1)


def test_who_is_involved_follows_the_hand_offs() -> None:
    offered = ("offered", "police_bureau", "h1")
    assert a_view(offered).involved() == {"police_bureau"}
    assert a_view(offered).holding() == frozenset()
    assert a_view(offered, ("accepted", "police_bureau", "h1")).holding() == {"police_bureau"}
    for end in ("returned", "recalled", "transferred", "waived", "verified"):
        ended = a_view(offered, ("accepted", "police_bureau", "h1"), (end, "police_bureau", "h1"))
        assert ended.involved() == ended.holding() == frozenset()
        assert ended.answering() == ({"police_bureau"} if end == "verified" else frozenset())
    again = ("offered", "police_bureau", "h2")
    assert a_view(offered, ("returned", "police_bureau", "h1"), again).involved() == {"police_bureau"}


def test_a_case_that_was_refused_tells_its_reporter_the_lawful_route() -> None:
    fact = dispatch.CaseRefused(
        at=NOON,
        by="d",
        case_id="k1",
        route="litigation",
        reason={"id": "c", "kind": "refusal", "commitment": "0"},  # type: ignore[arg-type]
    )
    heard = SimpleNamespace(fact=fact, envelope=SimpleNamespace(source="/services/dispatch", position=2))
    (noted,) = REACTIONS.table[dispatch.CaseRefused](heard)  # type: ignore[arg-type]
    view = a_view(("opened",))
    follow(view, noted.values)  # type: ignore[arg-type, union-attr]
    report = Report(status="accepted")
    assert (overall(report, view), lawful_route(report, view)) == ("refused", "litigation")
    for language, said in (("zh", "向人民法院起诉"), ("en", "bring it before the people's court")):
        teller = Teller(Reference(), NOON, language)  # type: ignore[arg-type]
        assert said in teller.text(report, view)


@pytest.mark.parametrize("end", ["closed", "withdrawn", "refused"])
def test_nobody_holds_an_ended_case_until_it_is_reopened(end: str) -> None:
    steps = (
        ("opened",),
        ("offered", "police_bureau", "h1"),
        ("accepted", "police_bureau", "h1"),
        ("offered", "fire_rescue_brigade", "h2"),
        ("accepted", "fire_rescue_brigade", "h2"),
        ("verified", "fire_rescue_brigade", "h2"),
        (end,),
    )
    ended = a_view(*steps)
    assert ended.holding() == ended.involved() == frozenset()
    assert ended.handling() == []
    reopened = a_view(*steps, ("reopened",))
    assert reopened.holding() == reopened.involved() == {"police_bureau"}
    anew = a_view(*steps, ("reopened",), ("offered", "fire_rescue_brigade", "h3"))
    assert anew.involved() == {"police_bureau", "fire_rescue_brigade"}


def test_the_time_of_closing_is_the_last_ones_and_goes_with_reopening() -> None:
    assert a_view(("opened",)).closed_at is None
    assert a_view(("opened",), ("closed",)).closed_at == NOON + timedelta(days=2)
    assert a_view(("opened",), ("closed",), ("reopened",)).closed_at is None
    assert a_view(("opened",), ("closed",), ("reopened",), ("closed",)).closed_at == NOON + timedelta(days=4)
