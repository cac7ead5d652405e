"""The decided work to SQL: one statement, however much was decided."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table

from shared.record import rows
from shared.record.aggregate import Child
from shared.record.database import Connection
from shared.record.decide import Held, PendingFact, Work
from shared.record.rows import Missed, Statement

_PENDING = """
INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])
"""


class Raced(Exception):
    """Another transaction has changed or created the same aggregate meanwhile: decide again."""


async def flush(connection: Connection, work: Work, also: Sequence[Statement] = ()) -> None:
    """Write it, with `also`, in one statement: without a transaction around it all or nothing. Raises Raced, Missed.

    What is `Filed` takes more statements, so a transaction.
    """
    try:
        await rows.together(connection, [*writing(work), *also])
    except Missed as missed:
        if missed.why == rows.RACED:
            raise Raced from None
        raise
    await rows.file(connection, work.rows)


def writing(work: Work) -> list[Statement]:
    new: dict[Table, list[Held]] = {}
    old: dict[Table, list[Held]] = {}
    changed = work.changed()
    for held in changed:
        (old if held.stored_version else new).setdefault(held.aggregate.table, []).append(held)
    statements = [rows.inserting_new(table, [_row(each) for each in group]) for table, group in new.items()]
    statements += [
        rows.updating(table, [_row(each) for each in group], [each.stored_version for each in group])
        for table, group in old.items()
    ]
    statements += _children(changed)
    statements += _tallies(changed)
    statements += [rows.inserting(table, given) for table, given in rows.by_table(work.rows).items()]
    return statements + _facts(work.facts)


def _row(held: Held) -> Mapping[str, Any]:
    return held.aggregate.row(held.id, held.version, held.state)


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


def _tallies(changed: list[Held]) -> list[Statement]:
    """What this transaction adds to each sum and takes from it."""
    changes: dict[Table, Counter[tuple[Any, ...]]] = {}
    for held in changed:
        for tally in held.aggregate.tallies:
            sums = changes.setdefault(tally.table, Counter())
            sums.update(tally.of(held.id, held.state))
            if held.stored_version:
                sums.subtract(tally.of(held.id, held.before))
    return [rows.inserting(table, found) for table, sums in changes.items() if (found := _summed(table, sums))]


def _summed(table: Table, sums: Counter[tuple[Any, ...]]) -> list[Mapping[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, (*kind, change), strict=True)) for kind, change in sums.items() if change]


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
            pending.data,
        )
        for pending in facts
    ]
    return [Statement(_PENDING, list(map(list, zip(*given, strict=True))))]
