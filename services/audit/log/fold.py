"""From facts to the state there was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any

from shared.facts.envelope import restore
from shared.facts.upcast import NotUnderstood
from shared.procedure.folds import Folds
from shared.procedure.model import Model
from shared.record.database import Connection

_OF_CASE = """
SELECT e.index, e.source, e.position, e.topic, e.id, e.type, e.key, e.time, e.actor, e.department, e.aggregate,
       e.aggregate_id, e.version, e.correlation, e.causation, e.value, e.received_at
FROM (SELECT DISTINCT source, aggregate, aggregate_id FROM entries WHERE key = $1) AS a
JOIN entries e USING (source, aggregate, aggregate_id)
ORDER BY e.source, e.aggregate, e.aggregate_id, e.version
"""


@dataclass(frozen=True, slots=True)
class Folded:
    """`state` is None where no model is known; `problem` says why folding stopped early."""

    source: str
    aggregate: str
    id: str
    version: int
    state: Any
    problem: str | None = None


async def facts_of_case(connection: Connection, case_id: str) -> list[Any]:
    """Of every aggregate that has told anything about the case, all it has told, in its own order."""
    rows: list[Any] = await connection.fetch(_OF_CASE, case_id)
    return rows


async def states_of_case(connection: Connection, folds: Folds, case_id: str, at: datetime) -> list[Folded]:
    """Each aggregate that knows the case, as it was at that time."""
    return states_at(folds, await facts_of_case(connection, case_id), at)


def states_at(folds: Folds, rows: Sequence[Any], at: datetime) -> list[Folded]:
    """Of facts as `facts_of_case` gives them."""
    by_aggregate = groupby(rows, key=lambda row: (row["source"], row["aggregate"], row["aggregate_id"]))
    states = []
    for (source, aggregate, id), facts in by_aggregate:
        told = told_by(facts, at)
        if told:
            state, problem = fold(folds.find(source, aggregate), told)
            states.append(Folded(source, aggregate, id, told[-1]["version"], state, problem))
    return states


def fold(model: Model[Any] | None, rows: Sequence[Any]) -> tuple[Any, str | None]:
    """The state after these facts of one aggregate, in order of version; None without a model."""
    if model is None:
        return None, None
    state, problem = model.blank, None
    for expected, row in enumerate(rows, 1):
        if row["version"] != expected:
            return state, f"version {expected} is missing"
        state, problem = step(model, state, row)
        if problem is not None:
            return state, problem
    return state, problem


def step(model: Model[Any], state: Any, row: Any) -> tuple[Any, str | None]:
    """The state after one more fact, and why that could not be."""
    version = row["version"]
    try:
        fact = restore(row["type"], row["value"], row["time"], row["actor"], row["department"])
        if fact is None:
            return state, f"version {version} is of a kind unknown here"
        return model.evolve(state, fact), None
    except (NotUnderstood, KeyError) as wrong:
        return state, f"version {version} cannot be folded: {type(wrong).__name__}"


def told_by(rows: Iterable[Any], at: datetime) -> list[Any]:
    """The facts before the first that is later: what follows it builds on it."""
    return list(takewhile(lambda row: row["time"] <= at, rows))
