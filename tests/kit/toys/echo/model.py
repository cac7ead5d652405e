"""A tally of what was heard of one counter."""

from shared.procedure.actor import Role
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from tests.kit.toys.echo.facts import Tallied


class Tally(State):
    counter_id: str = ""
    heard: int = 0
    total: int = 0


class Hear(Command):
    counter_id: str
    amount: int


PROCEDURE = Procedure(
    "tallying",
    (
        Step(
            Hear,
            during(NEW, "heard"),
            Tallied,
            "heard",
            by(Role.SERVICE),
            build=lambda state, command: {"heard": state.heard + 1, "total": state.total + command.amount},
        ),
    ),
)
MODEL = Model("tally", Tally, PROCEDURE)
