"""What dispatch says arrives over Kafka and moves the reporter's answer."""

from services.dispatch import facts as dispatch
from services.intake.reactions import REACTIONS, STEPS
from services.intake.views import _CASE_STATUS, CaseView, follow
from shared.facts.fact import facts_of
from tests.intake.builders import NOON


def row(position: int, step: str, department: str | None = None, handoff_id: str | None = None) -> dict[str, object]:
    values = {"position": position, "step": step, "department": department, "handoff_id": handoff_id}
    return {"case_id": "k1", "at": NOON, "code": None, "part": "lead", "reason": None, **values}


def a_view(*steps: tuple[str, ...]) -> CaseView:
    view = CaseView("k1")
    for position, step in enumerate(steps, 1):
        follow(view, row(position, *step))  # type: ignore[arg-type]
    return view


def test_every_fact_noted_is_one_that_dispatch_tells() -> None:
    assert set(STEPS) == set(REACTIONS.table)
    assert set(STEPS) <= set(facts_of("dispatch"))


def test_every_step_of_a_case_has_a_word_for_the_reporter() -> None:
    of_case = {step for fact, step in STEPS.items() if not issubclass(fact, dispatch.HandoffFact)}
    assert of_case == set(_CASE_STATUS)


def test_who_is_involved_follows_the_hand_offs() -> None:
    offered = ("offered", "police_bureau", "h1")
    assert a_view(offered).involved() == {"police_bureau"}
    assert a_view(offered).holding() == frozenset()
    assert a_view(offered, ("accepted", "police_bureau", "h1")).holding() == {"police_bureau"}
    for end in ("returned", "recalled", "transferred"):
        assert a_view(offered, (end, "police_bureau", "h1")).involved() == frozenset()
    again = ("offered", "police_bureau", "h2")
    assert a_view(offered, ("returned", "police_bureau", "h1"), again).involved() == {"police_bureau"}
