"""How each case stood at a moment: folded case by case in the log's own order, with no more than a portion in hand."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from services.audit.log.fold import fold, told_by
from shared.procedure.actor import service_actor
from shared.procedure.folds import Folds
from shared.procedure.model import Model
from shared.procedure.standing import Standing
from shared.procedure.step import Command
from shared.record.database import Connection
from shared.refusals.refusals import Refused

PORTION = 500
ME = service_actor("audit")
# Which cases are folded stands in `touched`, a table of the transaction.
_FACTS = """
SELECT e.aggregate_id, e.version, e.type, e.time, e.actor, e.department, e.value
FROM touched JOIN entries e
ON e.source = touched.source AND e.aggregate = touched.aggregate AND e.aggregate_id = touched.id
WHERE touched.source = $1 AND touched.aggregate = $2 ORDER BY e.source, e.aggregate, e.aggregate_id, e.version
"""


@dataclass(frozen=True, slots=True)
class Stood:
    """A case at the moment. `standing` None: it could not be told; `problem` says why its facts do not go on.

    `untold`: its clocks had come further than any fact has told.
    """

    id: str
    standing: Standing | None
    untold: bool = False
    problem: str | None = None


async def stood(connection: Connection, folds: Folds, at: datetime) -> AsyncIterator[tuple[int, list[Stood]]]:
    """Portion by portion: how many facts were read for it, and the cases that are whole with it."""
    for source, aggregate, model in folds.counted():
        cursor = await connection.cursor(_FACTS, source, aggregate)
        held: list[Any] = []
        while chunk := await cursor.fetch(PORTION):
            groups = [list(facts) for _, facts in groupby([*held, *chunk], lambda fact: fact["aggregate_id"])]
            held = groups.pop()
            yield len(chunk), [found for facts in groups if (found := _stood(model, facts, at)) is not None]
        if held and (last := _stood(model, held, at)) is not None:
            yield 0, [last]


def _stood(model: Model[Any], facts: list[Any], at: datetime) -> Stood | None:
    """None for what had not begun then."""
    id, told = facts[0]["aggregate_id"], told_by(facts, at)
    if not told:
        return None
    state, problem = fold(model, told)
    assert model.standing is not None
    if problem is not None:
        return Stood(id, model.standing(state), problem=problem)
    try:
        state, untold = model.catch_up(state, Command(at=at, actor=ME))
    except Refused as refusal:
        return Stood(id, model.standing(state), problem=f"its clocks do not go on: {refusal.code}")
    standing = model.standing(state)
    return None if standing is None else Stood(id, standing, bool(untold))
