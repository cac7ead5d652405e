"""decide and evolve over a procedure's rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from shared.facts.fact import ENVELOPE_FIELDS, Fact
from shared.procedure.actor import ANYWHERE, Actor, Role, Where
from shared.procedure.step import NEW, Command, Locate, State, Step, nowhere_in_particular
from shared.refusals.refusals import NotFound, NotNow, NotPermitted, Refused
from shared.refusals.words import Words, named

Change = Callable[[Any, Any], Mapping[str, Any]]
Changes = Mapping[type[Fact], Change]
Closed = Callable[[Any, Any], Refused | None]
Located = Callable[[Step], Where]


@dataclass(frozen=True, slots=True)
class Part:
    """A procedure that runs on a part of the aggregate, several at once: a hand-off of a case.

    `find(state, command or fact)` gives the part or None; `put(state, part)` the fields of the whole that change.
    """

    name: str
    find: Callable[[Any, Any], State | None]
    put: Callable[[Any, Any], Mapping[str, Any]]
    begin: Callable[[Any, Any], State]


class Procedure:
    """Rows of one state machine, of an aggregate or of a part of it.

    `changes` names, per fact, a function (state, fact) -> the fields that it changes; without one, the fields that
    fact and state share by name are taken over. `also` does the same for the whole aggregate when this is a part, which
    it sees with the part as the fact has left it.
    `closed` may name a better refusal than NotNow for a command that is not open.
    """

    def __init__(
        self,
        name: str,
        steps: Sequence[Step],
        changes: Changes | None = None,
        where: Locate = nowhere_in_particular,
        part: Part | None = None,
        also: Changes | None = None,
        closed: Closed | None = None,
        words: Words | None = None,
    ) -> None:
        """`words`: of its states and steps, for refusals and lists."""
        self.words: Words = words or {}
        self.name, self.steps, self.part, self.where = name, tuple(steps), part, where
        self.changes, self.also, self.closed = dict(changes or {}), dict(also or {}), closed
        self.by_command: dict[type[Command], list[Step]] = {}
        self.then: dict[type[Fact], str | None] = {}
        for step in steps:
            self.by_command.setdefault(step.command, []).append(step)
            if self.then.setdefault(step.fact, step.then) != step.then:
                raise TypeError(f"{step.fact.__name__} has two target states: {self.then[step.fact]}, {step.then}")

    def but(
        self,
        instead: Mapping[Step, Sequence[Step]],
        changes: Changes | None = None,
        also: Changes | None = None,
        words: Words | None = None,
    ) -> "Procedure":
        """Another version of it: `instead` of rows that it has, others in their place; of facts, other effects."""
        missing = [row for row in instead if row not in self.steps]
        if missing:
            raise ValueError(f"{self.name} has no such row of {', '.join(row.command.step_name() for row in missing)}")
        return Procedure(
            self.name,
            [row for old in self.steps for row in instead.get(old, (old,))],
            {**self.changes, **(changes or {})},
            self.where,
            self.part,
            {**self.also, **(also or {})},
            self.closed,
            {**self.words, **(words or {})},
        )

    def decide(self, state: State, command: Command, trusted: bool = False) -> Fact:
        """`trusted`: the command follows from one whose actor was checked. Raises Refused."""
        part = state if self.part is None else self.part.find(state, command)
        status = self._status(part, command)
        rows = self.by_command[type(command)]
        open_rows = [row for row in rows if status in row.during and _is_of(row, part)]
        row = next((row for row in open_rows if row.when is None or row.when(state, command)), None)
        if not trusted:
            self._check_post(rows if row is None else [row], state, command)
        if row is None:
            better = self.closed(state, command) if self.closed is not None else None
            raise better or self.not_now(state, command, status)
        for guard in row.guards:
            refusal = guard(state, command)
            if refusal is not None:
                raise refusal
        return build(row, state, command, (row.where or self.where)(state, command))

    def evolve(self, state: State, fact: Fact) -> dict[str, Any]:
        """The fields of the aggregate that the fact changes."""
        if self.part is None:
            return self._changed(state, fact)
        before = self.part.find(state, fact) or self.part.begin(state, fact)
        after = before.model_copy(update=self._changed(before, fact))
        whole = dict(self.part.put(state, after))
        more = self.also.get(type(fact))
        return whole if more is None else {**whole, **more(state.model_copy(update=whole), fact)}

    def not_now(self, state: State, command: Command, status: str) -> NotNow:
        """With what the same person could do instead: no step that only services take, and no mere access."""
        part = state if self.part is None else self.part.find(state, command)
        there = (row for row in self.steps if status in row.during and row.roles - {Role.SERVICE})
        rows = [row for row in there if _is_shown(row, part, state)]
        open_rows = (row for row in rows if row.fact.topic != "accesses")
        mine = {row.command.step_name() for row in open_rows if self._may(row, state, command)}
        possible = tuple(self.word(name) for name in sorted(mine))
        step = type(command)
        return NotNow(self.word(step.step_name()), self.word(status), possible, self.by_command[step][0].law)

    def word(self, code: str) -> str:
        """A state or a step with its words."""
        return named(self.words, code)

    def open_to(self, state: State, part: State | None, actor: Actor, where: Where | Located) -> list[Step]:
        """The steps this actor could take now: for the screen's buttons. `where`: the place of all, or of each row."""
        found = part or state
        rows = (row for row in self.steps if found.status in row.during and _is_shown(row, found, state))
        return [row for row in rows if actor.may(row.roles, where if isinstance(where, Where) else where(row))]

    def beginning(self, state: State, actor: Actor, where: Where) -> list[Step]:
        """The steps by which this actor could begin a new part of what there is."""
        rows = (row for row in self.steps if self.part and NEW in row.during)
        return [
            row for row in rows if actor.may(row.roles, where) and (row.shown_while is None or row.shown_while(state))
        ]

    def _status(self, part: State | None, command: Command) -> str:
        if part is not None:
            return part.status
        if any(NEW in row.during for row in self.by_command[type(command)]):
            return NEW
        raise NotFound(self.part.name if self.part else self.name)

    def _check_post(self, rows: Iterable[Step], state: State, command: Command) -> None:
        if not any(self._may(row, state, command) for row in rows):
            roles = {role.value for row in rows for role in row.roles - {Role.SERVICE}} or {Role.SERVICE.value}
            raise NotPermitted(self.word(type(command).step_name()), tuple(sorted(roles)))

    def _may(self, row: Step, state: State, command: Command) -> bool:
        return command.actor.may(row.roles, (row.where or self.where)(state, command))

    def _changed(self, state: State, fact: Fact) -> dict[str, Any]:
        change = self.changes.get(type(fact))
        changed = dict(change(state, fact)) if change is not None else shared_fields(state, fact)
        then = self.then[type(fact)]
        if then is not None:
            changed["status"] = then
        return changed


def _is_of(row: Step, part: State | None) -> bool:
    return row.of is None or part is None or row.of(part)


def _is_shown(row: Step, part: State | None, whole: State) -> bool:
    if row.shown_while is not None and not row.shown_while(whole):
        return False
    return _is_of(row, part) and (row.shown is None or part is None or row.shown(part))


def shared_fields(state: BaseModel, fact: Fact) -> dict[str, Any]:
    """All but `status`: only a row's `then` sets that."""
    return {name: getattr(fact, name) for name in _shared_names(type(state), type(fact))}


@lru_cache(maxsize=1024)
def _shared_names(state: type[BaseModel], fact: type[Fact]) -> tuple[str, ...]:
    own = state.model_fields.keys() - {"status"}
    return tuple(name for name in fact.model_fields if name in own)


def build(row: Step, state: State, command: Command, where: Where = ANYWHERE) -> Fact:
    """The row's fact: fields of the same name from the command, then from the state, then from `row.build`.

    Its department is that of the post which allows the step, wherever else the person may be at home.
    """
    values: dict[str, Any] = {
        "at": command.at,
        "by": command.actor.id,
        "by_department": command.actor.acting_for(row.roles, where),
    }
    from_command, from_state = _taken_over(row.fact, type(command), type(state))
    for name in from_command:
        values[name] = getattr(command, name)
    for name in from_state:
        values[name] = getattr(state, name)
    if row.build is not None:
        values.update(row.build(state, command))
    return row.fact(**values)


@lru_cache(maxsize=1024)
def _taken_over(
    fact: type[Fact], command: type[Command], state: type[BaseModel]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of the fact's fields the command has by name, and which of the others the state."""
    wanted = [name for name in fact.model_fields if name not in ENVELOPE_FIELDS]
    given = tuple(name for name in wanted if name in command.model_fields)
    return given, tuple(name for name in wanted if name in state.model_fields and name not in given)
