"""The rebuilt tables beside the live ones: the database finds the rows that differ, this names the fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from deploy.replay.rebuild import Rebuild, tables_of
from deploy.replay.report import MOST_DIFFERENCES, Difference, differing

NO_ROW = "facts without a row"
NO_FACTS = "row without facts"
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Pair:
    """A table, live and rebuilt. `whole` False: the log does not speak of every row."""

    table: str
    keys: Sequence[str]
    columns: Sequence[str]
    whole: bool = True


REFERENCE = Pair("reference", ("kind", "code", "valid_from"), ("valid_to", "entry"))


async def compare(rebuild: Rebuild) -> None:
    """Adds to the report."""
    for pair in pairs_of(rebuild):
        await _compare(rebuild, pair)


def pairs_of(rebuild: Rebuild) -> list[Pair]:
    service = rebuild.snapshot.service
    owned = [table for aggregate in service.aggregates for table in tables_of(aggregate)]
    pairs = [_whole(table) for table in (*owned, *rebuild.filled)]
    pairs += [Pair(b.table.name, b.by, b.says, b.whole) for b in rebuild.beside if b.told is not None]
    pairs += [Pair(derived.table.name, derived.by, derived.says) for derived in rebuild.derived]
    return [*pairs, REFERENCE] if rebuild.hears_reference else pairs


def _whole(table: Any) -> Pair:
    """By primary key; a table without one by all that it has."""
    keys = [column.name for column in table.primary_key.columns] or [column.name for column in table.columns]
    return Pair(table.name, keys, [column.name for column in table.columns if column.name not in keys])


async def _compare(rebuild: Rebuild, pair: Pair) -> None:
    found = await rebuild.snapshot.connection.fetch(_query(rebuild, pair))
    for row in found:
        id = "/".join(str(row[f"key_{key}"]) for key in pair.keys)
        if (pair.table, id) in rebuild.broken:
            continue
        if row["no_row"] or row["no_facts"]:
            kind = NO_ROW if row["no_row"] else NO_FACTS
            rebuild.report.add(Difference(rebuild.name, pair.table, id, kind))
            continue
        for column in pair.columns:
            for path in differing(_value(row[f"live_{column}"]), _value(row[f"new_{column}"]), column):
                rebuild.report.add(Difference(rebuild.name, pair.table, id, CHANGED, path))


def _query(rebuild: Rebuild, pair: Pair) -> str:
    keys, first = pair.keys, pair.keys[0]
    shown = [f'coalesce(l."{key}", r."{key}") AS "key_{key}"' for key in keys]
    shown += [f'l."{column}" AS "live_{column}", r."{column}" AS "new_{column}"' for column in pair.columns]
    shown += [f'l."{first}" IS NULL AS no_row, r."{first}" IS NULL AS no_facts']
    same = " AND ".join(f'l."{key}" = r."{key}"' for key in keys)
    differs = [f'l."{column}" IS DISTINCT FROM r."{column}"' for column in pair.columns]
    differs += [f'l."{first}" IS NULL', f'r."{first}" IS NULL']
    return (
        f"SELECT {', '.join(shown)} FROM {rebuild.name}.{pair.table} l"
        f" {'FULL' if pair.whole else 'RIGHT'} JOIN {rebuild.schema}.{pair.table} r ON {same}"
        f" WHERE {' OR '.join(differs)} ORDER BY {len(keys)} LIMIT {MOST_DIFFERENCES + 1}"
    )


def _value(value: Any) -> Any:
    """JSONB comes as text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
