"""The rebuilt tables beside the live ones: the database finds the rows that differ, this names the fields."""

from collections.abc import Sequence
from typing import Any

import orjson

from deploy.replay.rebuild import Rebuild, tables_of
from deploy.replay.report import MOST_DIFFERENCES, Difference, differing

NO_ROW = "facts without a row"
NO_FACTS = "row without facts"
CHANGED = "changed"
_REFERENCE_KEYS, _REFERENCE_COLUMNS = ("kind", "code", "valid_from"), ("valid_to", "entry")


async def compare(rebuild: Rebuild) -> None:
    """Adds to the report."""
    for aggregate in rebuild.snapshot.service.aggregates:
        for table in tables_of(aggregate):
            keys = [column.name for column in table.primary_key.columns]
            others = [column.name for column in table.columns if not column.primary_key]
            await _compare(rebuild, table.name, keys, others)
    if rebuild.hears_reference:
        await _compare(rebuild, "reference", _REFERENCE_KEYS, _REFERENCE_COLUMNS)


async def _compare(rebuild: Rebuild, table: str, keys: Sequence[str], columns: Sequence[str]) -> None:
    found = await rebuild.snapshot.connection.fetch(_query(rebuild, table, keys, columns))
    for row in found:
        id = "/".join(str(row[f"key_{key}"]) for key in keys)
        if (table, id) in rebuild.broken:
            continue
        if row["no_row"] or row["no_facts"]:
            kind = NO_ROW if row["no_row"] else NO_FACTS
            rebuild.report.add(Difference(rebuild.name, table, id, kind))
            continue
        for column in columns:
            for path in differing(_value(row[f"live_{column}"]), _value(row[f"new_{column}"]), column):
                rebuild.report.add(Difference(rebuild.name, table, id, CHANGED, path))


def _query(rebuild: Rebuild, table: str, keys: Sequence[str], columns: Sequence[str]) -> str:
    shown = [f'coalesce(l."{key}", r."{key}") AS "key_{key}"' for key in keys]
    shown += [f'l."{column}" AS "live_{column}", r."{column}" AS "new_{column}"' for column in columns]
    shown += [f'l."{keys[0]}" IS NULL AS no_row, r."{keys[0]}" IS NULL AS no_facts']
    same = " AND ".join(f'l."{key}" = r."{key}"' for key in keys)
    differs = [f'l."{column}" IS DISTINCT FROM r."{column}"' for column in columns]
    differs += [f'l."{keys[0]}" IS NULL', f'r."{keys[0]}" IS NULL']
    return (
        f"SELECT {', '.join(shown)}"
        f" FROM {rebuild.name}.{table} l FULL JOIN {rebuild.schema}.{table} r ON {same}"
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
