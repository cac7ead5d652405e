"""A model: one kind of aggregate, its state and the procedures that run on it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from shared.facts.fact import Fact
from shared.procedure.procedure import Procedure
from shared.procedure.step import Command, State

S = TypeVar("S", bound=State)
Follow = Callable[[Any, Any, Any], Sequence[Command]]
Precede = Callable[[Any, Any], Command | None]


class Model(Generic[S]):
    """`decide` refuses with a `Refused` or answers with a fact; `evolve` never refuses: a fact has happened."""

    def __init__(
        self,
        name: str,
        state: type[S],
        *procedures: Procedure,
        follows: Mapping[type[Fact], Follow] | None = None,
        precedes: Precede | None = None,
    ) -> None:
        """`follows`: what the procedure itself does next in the same transaction, by (state after, fact, command).

        `precedes`: what it has to do first, one thing after the other, by (state, command): what was due before.
        """
        self.name, self.state, self.procedures, self.precedes = name, state, procedures, precedes
        self.follows = dict(follows or {})
        self.blank = state()
        self._by_command = {command: p for p in procedures for command in p.by_command}
        self._by_fact = {fact: p for p in procedures for fact in p.then}

    @property
    def facts(self) -> tuple[type[Fact], ...]:
        return tuple(self._by_fact)

    @property
    def commands(self) -> tuple[type[Command], ...]:
        return tuple(self._by_command)

    def decide(self, state: S, command: Command, trusted: bool = False) -> Fact:
        return self._by_command[type(command)].decide(state, command, trusted)

    def evolve(self, state: S, fact: Fact) -> S:
        return state.model_copy(update=self._by_fact[type(fact)].evolve(state, fact))

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
        follow = self.follows.get(type(fact))
        for next_command in follow(state, fact, command) if follow is not None else ():
            state, more = self._step(state, _by_the_same(next_command, fact), trusted=True)
            facts.extend(more)
        return state, facts

    def fold(self, facts: Iterable[Fact]) -> S:
        state = self.blank
        for fact in facts:
            state = self.evolve(state, fact)
        return state

    def procedure_of(self, command: type[Command]) -> Procedure:
        return self._by_command[command]


def _by_the_same(command: Command, fact: Fact) -> Command:
    """What follows is done from the post that the step before was."""
    if command.actor.department == fact.by_department:
        return command
    return command.model_copy(update={"actor": replace(command.actor, department=fact.by_department)})
