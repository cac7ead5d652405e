"""The months of the log: each a stretch of it, received in one month of the district's calendar, and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.record.database import Connection
from shared.signing.merkle import Range

_MONTHS = """
SELECT month, first, coalesce(lead(first) OVER (ORDER BY first), (SELECT next FROM numbering)) AS behind
FROM months ORDER BY first
"""
_LAST = "SELECT month, first FROM months ORDER BY first DESC LIMIT 1"
_OPEN_AGAIN = """
ALTER TABLE entries DETACH PARTITION {name};
ALTER TABLE entries ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO (MAXVALUE);
"""
_NUMBERED = """
UPDATE numbering SET next = $1, month = (SELECT max(month) FROM months),
                     latest = (SELECT max(received_at) FROM entries)
"""


@dataclass(frozen=True, slots=True)
class Month:
    """`first` to before `behind`; of the one that is open up to the end of the log."""

    month: date
    first: int
    behind: int

    @property
    def name(self) -> str:
        """As files and lists call it."""
        return f"{self.month:%Y-%m}"

    @property
    def range(self) -> Range:
        return self.first, self.behind


async def months(connection: Connection) -> Sequence[Month]:
    """All, the open one last."""
    return [Month(**row) for row in await connection.fetch(_MONTHS)]


async def cut_back(connection: Connection, size: int) -> None:
    """As the owner of the tables: the log ends before that index, in the month that it lies in, which is open again."""
    for row in await connection.fetch("DELETE FROM months WHERE first >= $1 RETURNING month", size):
        await connection.execute(f"DROP TABLE {table_of(row['month'])}")
    await connection.execute("DELETE FROM entries WHERE index >= $1", size)
    await connection.execute("DELETE FROM archived_entries WHERE index >= $1", size)
    last = await connection.fetchrow(_LAST)
    if last is not None:
        await connection.execute(_OPEN_AGAIN.format(name=table_of(last["month"]), first=last["first"]))
    await connection.execute(_NUMBERED, size)


def table_of(month: date) -> str:
    """The table that has its entries."""
    return f"entries_{month:%Y_%m}"
