"""A version of all procedures of a model: its aggregates keep the one that they began under."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.facts.fact import Fact
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State
from shared.refusals.refusals import Refused
from shared.refusals.words import Word

Follow = Callable[[Any, Any, Any], Sequence[Command]]
Follows = Mapping[type[Fact], Follow]


@dataclass(slots=True, eq=False)
class NoSuchWorkflow(Refused):
    """Also where a newer release has begun it: it goes on there."""

    code: ClassVar[str] = "no-such-workflow"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "没有第 {workflow} 版办理流程；现有：{possible}"
    en: ClassVar[str] = "There is no version {workflow} of the procedure; there are: {possible}"
    workflow: int
    possible: tuple[int, ...]


class Workflow:
    """`follows`: what the procedure itself does next in the same transaction, by (state after, fact, command)."""

    def __init__(self, *procedures: Procedure, follows: Follows | None = None, name: Word | None = None) -> None:
        self.procedures, self.follows, self.name = procedures, dict(follows or {}), name
        self.by_command = {command: p for p in procedures for command in p.by_command}
        self.by_fact = {fact: p for p in procedures for fact in p.then}

    def other_effects(self, before: "Workflow") -> Iterator[str]:
        """Names of facts that both have and that do something else here."""
        for fact, procedure in self.by_fact.items():
            old = before.by_fact.get(fact)
            if old is None:
                continue
            effects = [
                (p.changes.get(fact), p.also.get(fact), follows.get(fact))
                for p, follows in ((old, before.follows), (procedure, self.follows))
            ]
            if effects[0] != effects[1]:
                yield fact.fact_name()


def numbered(workflows: Sequence[Workflow], state: State, about: Command | Fact | None = None) -> Workflow:
    """The one that the state says by its `workflow`; what begins it says it first. Raises NoSuchWorkflow."""
    if len(workflows) == 1:
        return workflows[0]
    number = getattr(about if state.status == NEW else state, "workflow", 1)
    if not 1 <= number <= len(workflows):
        raise NoSuchWorkflow(number, tuple(range(1, len(workflows) + 1)))
    return workflows[number - 1]
