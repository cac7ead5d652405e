"""SQL of the filters that people keep, each under a name of their own: nobody else sees or uses them."""

from dataclasses import dataclass
from typing import Any

import orjson
from asyncpg import Record
from pydantic import TypeAdapter

from services.dispatch.filters import Filter, TooManyFilters
from shared.record.database import Connection

MOST = 50
"""Of one person."""
_FILTER = TypeAdapter(Filter)
_KEEP = """
INSERT INTO filters (owner, name, list, query, first)
SELECT $1, $2, $3, $4, $6 WHERE (SELECT count(*) FROM filters WHERE owner = $1 AND name <> $2) < $5
ON CONFLICT (owner, name) DO UPDATE SET list = excluded.list, query = excluded.query, first = excluded.first
"""
_NO_LONGER_FIRST = "UPDATE filters SET first = false WHERE owner = $1 AND list = $2 AND name <> $3 AND first"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


@dataclass(frozen=True, slots=True)
class Saved:
    """Filters and words of one list; `first`: that list opens with it, which holds of one at most."""

    name: str
    list: str
    filter: Filter
    q: str | None = None
    first: bool = False

    def query(self) -> dict[str, Any]:
        """As the list is asked, of several values a sequence."""
        filters = _FILTER.dump_python(self.filter, mode="json", exclude_defaults=True)
        return {**filters, **({"q": self.q} if self.q else {})}


async def saved_of(connection: Connection, owner: str) -> list[Saved]:
    """By name."""
    query = "SELECT name, list, query, first FROM filters WHERE owner = $1 ORDER BY name"
    return [_saved(row) for row in await connection.fetch(query, owner)]


async def keep(connection: Connection, owner: str, saved: Saved) -> None:
    """In place of the one of that name; inside a transaction. Raises TooManyFilters."""
    await connection.execute(_ALONE, owner)
    query = orjson.dumps(saved.query()).decode()
    done = await connection.execute(_KEEP, owner, saved.name, saved.list, query, MOST, saved.first)
    if done == "INSERT 0 0":
        raise TooManyFilters(MOST)
    if saved.first:
        await connection.execute(_NO_LONGER_FIRST, owner, saved.list, saved.name)


async def forget(connection: Connection, owner: str, name: str) -> bool:
    """Whether there was one."""
    return (
        str(await connection.execute("DELETE FROM filters WHERE owner = $1 AND name = $2", owner, name)) != "DELETE 0"
    )


def _saved(row: Record) -> Saved:
    query = orjson.loads(row["query"])
    q = query.pop("q", None)
    return Saved(row["name"], row["list"], _FILTER.validate_python(query), q, row["first"])
