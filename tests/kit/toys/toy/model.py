"""A counter: added to until it is closed."""

from dataclasses import dataclass
from typing import ClassVar

from shared.procedure.actor import Role
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.refusals.refusals import Refused
from tests.kit.toys.toy.facts import Added, Closed

LARGEST = 1_000_000


class Counter(State):
    counter_id: str = ""
    total: int = 0
    added: int = 0


class Add(Command):
    counter_id: str
    amount: int


class Close(Command):
    counter_id: str


@dataclass(slots=True, eq=False)
class TooLarge(Refused):
    code: ClassVar[str] = "too-large"
    zh: ClassVar[str] = "{amount}太大"
    en: ClassVar[str] = "{amount} is too large"
    amount: int


def not_too_large(state: Counter, command: Add) -> Refused | None:
    return TooLarge(command.amount) if command.amount > LARGEST else None


PROCEDURE = Procedure(
    "counting",
    (
        Step(
            Add,
            during(NEW, "counting"),
            Added,
            "counting",
            by(Role.RESIDENT, Role.SERVICE),
            guards=(not_too_large,),
            build=lambda state, command: {"total": state.total + command.amount},
        ),
        Step(Close, during("counting"), Closed, "closed", by(Role.RESIDENT)),
    ),
    changes={
        Added: lambda state, fact: {
            "counter_id": fact.counter_id,
            "total": fact.total,
            "added": state.added + 1,
        }
    },
)
MODEL = Model("counter", Counter, PROCEDURE)
