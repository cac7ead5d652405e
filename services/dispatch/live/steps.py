"""The log of cases by position: each fact with its case before and after it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from asyncpg import Record

from services.dispatch.model import MODEL, Case
from services.dispatch.tables import CASE
from services.dispatch.views import names_another
from shared.facts.envelope import restore
from shared.facts.fact import read_time
from shared.record.aggregate import load
from shared.record.database import Connection

BATCH = 500
REMEMBERED = 500
"""Cases: some kilobytes each."""

_ENTRIES = """
SELECT position, aggregate, aggregate_id, version, type, attributes, data FROM log
WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
"""
_PAST = """
SELECT log.aggregate_id, log.version, log.type, log.attributes, log.data
FROM unnest($2::text[], $3::integer[]) AS first (id, version)
JOIN log ON log.aggregate = $1 AND log.aggregate_id = first.id AND log.version < first.version
ORDER BY log.aggregate_id, log.version
"""
LAST = 2**62


@dataclass(frozen=True, slots=True)
class Step:
    """One fact. `about`: the part of the case that it speaks of, often a hand-off; `open`: it names no other case."""

    case_id: str
    version: int
    kind: str
    about: str | None
    handoff_id: str | None
    open: bool
    before: Case
    after: Case


async def head(connection: Connection) -> int:
    """The last position."""
    position: int = await connection.fetchval("SELECT position FROM sealing")
    return position


async def entries(connection: Connection, after: int, upto: int = LAST, most: int = BATCH) -> Sequence[Record]:
    """Of all aggregates: a reader that looks at cases only has to know how far it has read."""
    found: Sequence[Record] = await connection.fetch(_ENTRIES, after, upto, most)
    return found


class States:
    """Cases as they were after the last fact that went through here, the latest ones."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Case]] = OrderedDict()

    def clear(self) -> None:
        self._known.clear()

    async def steps(self, connection: Connection, found: Sequence[Record]) -> list[Step]:
        """Of these entries, in their order."""
        rows = [row for row in found if row["aggregate"] == CASE.name]
        standing = await self._begin(connection, rows)
        told = [self._step(row, standing) for row in rows]
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return told

    async def _begin(self, connection: Connection, rows: Sequence[Record]) -> dict[str, Case]:
        """Folds what came before; cases whose facts are not all there (`lianzhi generate` makes none) as they stand."""
        first: dict[str, int] = {}
        for row in rows:
            first.setdefault(row["aggregate_id"], row["version"])
        unknown = {id: at for id, at in first.items() if self._known.get(id, (0, None))[0] != at - 1 or at == 1}
        for id, at in unknown.items():
            self._known.pop(id, None)
            if at == 1:
                self._known[id] = (0, MODEL.blank)
        older = {id: at for id, at in unknown.items() if at > 1}
        if not older:
            return {}
        past: dict[str, list[Record]] = {}
        for row in await connection.fetch(_PAST, CASE.name, list(older), list(older.values())):
            past.setdefault(row["aggregate_id"], []).append(row)
        for id, told in past.items():
            if len(told) == older[id] - 1:
                self._known[id] = (len(told), MODEL.fold(map(_fact, told)))
        lacking = [id for id in older if id not in self._known]
        stored = await connection.fetch("SELECT id, state FROM cases WHERE id = ANY($1)", lacking) if lacking else ()
        return {row["id"]: load(MODEL, row["state"]) for row in stored}

    def _step(self, row: Record, standing: dict[str, Case]) -> Step:
        id, version, data = row["aggregate_id"], row["version"], orjson.loads(row["data"])
        if id in standing:
            before = after = standing[id]
        else:
            before = self._known[id][1]
            after = MODEL.evolve(before, _fact(row))
            self._known[id] = (version, after)
            self._known.move_to_end(id)
        kind, handoff_id = row["type"].split(".")[2], data.get("handoff_id")
        about = handoff_id or data.get("consultation_id")
        return Step(id, version, kind, about, handoff_id, not names_another(data), before, after)


def _fact(row: Record) -> Any:
    told = orjson.loads(row["attributes"])
    return restore(row["type"], row["data"], read_time(told["time"]), told["actor"], told.get("department"))
