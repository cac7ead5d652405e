"""A model: one kind of aggregate, its state and the procedures that run on it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from shared.facts.fact import Fact
from shared.procedure.procedure import Procedure
from shared.procedure.standing import Standing
from shared.procedure.step import Command, State, Step
from shared.procedure.workflow import Follow, Follows, Workflow, numbered
from shared.refusals.refusals import NotNow

__all__ = ["Follow", "Model"]
S = TypeVar("S", bound=State)
Precede = Callable[[Any, Any], Command | None]
Stand = Callable[[Any], Standing | None]


class Model(Generic[S]):
    """`decide` refuses with a `Refused` or answers with a fact; `evolve` never refuses: a fact has happened."""

    def __init__(
        self,
        name: str,
        state: type[S],
        *procedures: Procedure,
        follows: Follows | None = None,
        precedes: Precede | None = None,
        standing: Stand | None = None,
        versions: Sequence[Workflow] = (),
    ) -> None:
        """`versions`, in the place of `procedures`: each whole, numbered from 1; a state says its own by `workflow`.

        `precedes`: what it has to do first, one thing after the other, by (state, command): what was due before.
        `standing`: of a state how it stands, for who counts over many; None of what is not to be counted.
        """
        self.name, self.state, self.precedes, self.standing = name, state, precedes, standing
        self.workflows = tuple(versions) or (Workflow(*procedures, follows=follows),)
        self.blank = state()
        self.facts = tuple(dict.fromkeys(fact for workflow in self.workflows for fact in workflow.by_fact))
        self.commands = tuple(dict.fromkeys(command for each in self.workflows for command in each.by_command))

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """Of the first version."""
        return self.workflows[0].procedures

    def workflow_of(self, state: S) -> Workflow:
        return numbered(self.workflows, state)

    def decide(self, state: S, command: Command, trusted: bool = False) -> Fact:
        procedure = numbered(self.workflows, state, command).by_command.get(type(command))
        if procedure is None:
            raise NotNow(self.word(type(command)), self.procedures[0].word(state.status))
        return procedure.decide(state, command, trusted)

    def evolve(self, state: S, fact: Fact) -> S:
        procedure = numbered(self.workflows, state, fact).by_fact[type(fact)]
        return state.model_copy(update=procedure.evolve(state, fact))

    def catch_up(self, state: S, command: Command) -> tuple[S, list[Fact]]:
        """All that precedes the command."""
        facts: list[Fact] = []
        while self.precedes is not None and (first := self.precedes(state, command)) is not None:
            state, told = self._step(state, first, trusted=True)
            facts.extend(told)
        return state, facts

    def carry_out(self, state: S, command: Command, trusted: bool = False) -> tuple[S, list[Fact]]:
        """What precedes; decide, evolve, and whatever follows. Raises Refused."""
        state, before = self.catch_up(state, command)
        state, facts = self._step(state, command, trusted)
        return state, [*before, *facts]

    def _step(self, state: S, command: Command, trusted: bool) -> tuple[S, list[Fact]]:
        fact = self.decide(state, command, trusted)
        state = self.evolve(state, fact)
        facts = [fact]
        follow = numbered(self.workflows, state).follows.get(type(fact))
        for next_command in follow(state, fact, command) if follow is not None else ():
            state, more = self._step(state, _by_the_same(next_command, fact), trusted=True)
            facts.extend(more)
        return state, facts

    def fold(self, facts: Iterable[Fact]) -> S:
        state = self.blank
        for fact in facts:
            state = self.evolve(state, fact)
        return state

    def rows_of(self, command: type[Command]) -> list[Step]:
        """Of every version."""
        found = (workflow.by_command.get(command) for workflow in self.workflows)
        return [row for procedure in found if procedure is not None for row in procedure.by_command[command]]

    def word(self, command: type[Command]) -> str:
        found = (workflow.by_command.get(command) for workflow in self.workflows)
        return next(procedure.word(command.step_name()) for procedure in found if procedure is not None)


def _by_the_same(command: Command, fact: Fact) -> Command:
    """What follows is done from the post that the step before was."""
    if command.actor.department == fact.by_department:
        return command
    return command.model_copy(update={"actor": replace(command.actor, department=fact.by_department)})
