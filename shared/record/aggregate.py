"""Where an aggregate is stored: one row with its state, its version and the columns that lists need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from shared.procedure.model import Model
from shared.procedure.step import Command, State
from shared.record.rows import Row

S = TypeVar("S", bound=State)
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Child:
    """A table whose rows are projected from the aggregate's state: a list inside it that must be searched."""

    table: Table
    rows: Callable[[str, Any], Rows]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many aggregates there are of each kind: a row a change, to be summed, so that no transaction waits for
    another's row. `of(id, state)`: what one counts as, the values of all columns but the last, which is the change."""

    table: Table
    of: Callable[[str, Any], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[S]):
    """`project(id, state)` gives the extra columns; the same function serves writing and rebuilding.

    `passing`: how long after its last fact a row is of use; then it is forgotten, and its facts stay (`forgetting`).
    """

    model: Model[S]
    table: Table
    project: Callable[[str, S], Mapping[str, Any]] = lambda id, state: {}
    children: tuple[Child, ...] = ()
    tallies: tuple[Tally, ...] = ()
    passing: timedelta | None = None

    @property
    def name(self) -> str:
        return self.model.name

    def row(self, id: str, version: int, state: S) -> dict[str, Any]:
        base = {"id": id, "version": version, "state": dump(state)}
        return {**base, **self.project(id, state)}


def aggregate_table(name: str, metadata: MetaData, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("state", JSONB, nullable=False),
        *columns,
    )


def dump(state: State) -> str:
    return state.__pydantic_serializer__.to_json(state, exclude_defaults=True).decode()


def load(model: Model[S], text: str | bytes) -> S:
    return model.state.model_validate_json(text)


Commands = Sequence[Command] | Callable[[Any], Sequence[Command]]


@dataclass(frozen=True, slots=True)
class Write(Generic[S]):
    """Commands on one aggregate, all or none, with rows that are stored beside them.

    `commands` may be a function of the present state, for answers that depend on it. `expected` is the version of
    an If-Match.
    """

    aggregate: Aggregate[S]
    id: str
    commands: Commands
    expected: int | None = None
    also: tuple[Row, ...] = field(default=())
