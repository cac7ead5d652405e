"""The decided work to SQL: a handful of statements, however much was decided. State first, then the facts."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Table

from shared.record import rows
from shared.record.aggregate import Child
from shared.record.database import Connection
from shared.record.decide import Held, PendingFact, Work
from shared.record.rows import Statement

_PENDING = """
INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])
"""


class Raced(Exception):
    """Another transaction has created the same aggregate meanwhile: roll back and decide again."""


async def flush(connection: Connection, work: Work, also: Statement | None = None) -> int:
    """How many rows `also`, sent with the rest, has touched. Raises Raced."""
    new: dict[Table, list[Mapping[str, Any]]] = {}
    old: dict[Table, list[Mapping[str, Any]]] = {}
    changed = work.changed()
    for held in changed:
        target = old if held.stored_version else new
        target.setdefault(held.aggregate.table, []).append(held.aggregate.row(held.id, held.version, held.state))
    for table, given in new.items():
        if not await rows.insert_new(connection, table, given):
            raise Raced(table.name)
    statements = [rows.updating(table, given) for table, given in old.items()]
    statements += _children(changed)
    statements += [rows.inserting(table, given) for table, given in rows.by_table(work.rows).items()]
    statements += [*_facts(work.facts), *([also] if also else [])]
    counts = await rows.together(connection, statements)
    await rows.file(connection, work.rows)
    return counts[-1] if also else 0


def _children(changed: list[Held]) -> list[Statement]:
    kept: dict[Table, list[Mapping[str, Any]]] = {}
    gone: dict[Table, list[tuple[Any, ...]]] = {}
    for held in changed:
        for child in held.aggregate.children:
            before = _by_key(child, held.id, held.before) if held.stored_version else {}
            after = _by_key(child, held.id, held.state)
            kept.setdefault(child.table, []).extend(row for key, row in after.items() if before.get(key) != row)
            gone.setdefault(child.table, []).extend(before.keys() - after.keys())
    deleted = [rows.deleting(table, keys) for table, keys in gone.items() if keys]
    return deleted + [rows.upserting(table, given) for table, given in kept.items() if given]


def _by_key(child: Child, id: str, state: Any) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    names = [column.name for column in child.table.primary_key.columns]
    return {tuple(row[name] for name in names): row for row in child.rows(id, state)}


def _facts(facts: list[PendingFact]) -> list[Statement]:
    if not facts:
        return []
    given = [
        (
            pending.aggregate,
            pending.aggregate_id,
            pending.version,
            pending.fact.topic,
            pending.fact.key(),
            pending.fact.type(),
            orjson.dumps(pending.attributes).decode(),
            pending.fact.data(),
        )
        for pending in facts
    ]
    return [Statement(_PENDING, list(map(list, zip(*given, strict=True))))]
