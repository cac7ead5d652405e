"""Emergencies on a desk: called → passed_on (end). Whoever has one passes it on to the emergency number, at once.

An office that takes them brings these rows into its procedure, and hears of them by `redirected_to`.
"""

from functools import partial
from types import ModuleType
from typing import Any

from pydantic import AwareDatetime

from shared.desk import facts
from shared.desk.matter import PART, Matter
from shared.desk.model import own_fact
from shared.facts.fact import Fact
from shared.procedure.actor import Role
from shared.procedure.procedure import Change
from shared.procedure.step import NEW, Command, Step, by, during


class ReceiveCall(Command):
    """`handoff_id` names it on the desk, the centre has no hand-off of it; `case_code` is the receipt's number."""

    case_id: str
    handoff_id: str
    department: str
    category: str
    area: str
    case_code: str
    number: str
    due_at: AwareDatetime
    barred: tuple[str, ...] = ()


class PassOnCall(Command):
    pass


def call_rows(office: ModuleType) -> tuple[Step, ...]:
    own = partial(own_fact, office)
    people, centre = by(Role.HANDLER, Role.SYSTEM), by(Role.SERVICE)
    return (
        Step(ReceiveCall, during(NEW), own(facts.CallReceived), "called", centre),
        Step(
            PassOnCall,
            during("called"),
            own(facts.CallPassedOn),
            "passed_on",
            people,
            law="国办函〔2025〕66号：紧急事项即时转 110、119、120、122",
        ),
    )


def call_changes(office: ModuleType) -> dict[type[Fact], Change]:
    return {
        own_fact(office, facts.CallReceived): _received,
        own_fact(office, facts.CallPassedOn): lambda state, fact: {"due_at": None},
    }


def _received(state: Matter, fact: Any) -> dict[str, Any]:
    names = ("case_id", "handoff_id", "department", "category", "area", "case_code", "number", "due_at", "barred")
    return {**{name: getattr(fact, name) for name in names}, "part": PART, "received_at": fact.at}
