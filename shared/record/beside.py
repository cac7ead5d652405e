"""Tables that are no aggregate's: what the log says of them, and what it cannot say."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows that commands store beside their facts. `why` the rest of a row is not in the log.

    `told(aggregate id, fact)` gives the rows that one's own fact speaks of; of the same `keys` (else the primary key)
    the later. `whole`: there is no row that no fact speaks of.
    """

    table: Table
    why: str
    told: Callable[[str, Any], Iterable[Mapping[str, Any]]] | None = None
    keys: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    whole: bool = False

    @property
    def by(self) -> tuple[str, ...]:
        return self.keys or tuple(column.name for column in self.table.primary_key.columns)

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that only the owner knows."""
        known = {*self.by, *self.says} if self.told is not None else set()
        return tuple(column.name for column in self.table.columns if column.name not in known)


@dataclass(frozen=True, slots=True)
class Derived:
    """Rows that `query`, over other tables of the service, gives again: `keys`, then `says`."""

    table: Table
    query: str
    says: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def by(self) -> tuple[str, ...]:
        return self.keys or tuple(column.name for column in self.table.primary_key.columns)
