"""What a check found: where, never what."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_DIFFERENCES = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """`field` is a column, or a path inside the state; for facts that do not fold, the reason."""

    service: str
    table: str
    id: str
    kind: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Positions that the audit has not received."""

    source: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Kept by the owner, not in the log."""

    columns: tuple[str, ...]
    why: str


@dataclass(slots=True)
class Tally:
    """What was compared, of one service: `rows` in `tables` beside the aggregates and the copy of the directory.

    `kept`: by table, the columns that the owner keeps and the log does not have, and why.
    """

    facts: int = 0
    aggregates: int = 0
    rows: int = 0
    reference: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    kept: dict[str, "Kept"] = field(default_factory=dict)

    def count(self, table: str, rows: int) -> None:
        self.rows += rows
        self.tables[str(table)] = self.tables.get(table, 0) + rows


@dataclass(slots=True)
class Report:
    """`omitted` differences were counted but not listed."""

    services: dict[str, Tally] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    omitted: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not self.differences and not self.missing

    @property
    def facts(self) -> int:
        return sum(tally.facts for tally in self.services.values())

    def add(self, difference: Difference) -> None:
        if len(self.differences) < MOST_DIFFERENCES:
            self.differences.append(difference)
        else:
            self.omitted += 1

    def as_json(self) -> dict[str, Any]:
        return {"clean": self.clean, **asdict(self)}


def differing(live: Any, rebuilt: Any, path: str) -> Iterator[str]:
    """Paths at which two JSON values differ."""
    if isinstance(live, dict) and isinstance(rebuilt, dict):
        for name in sorted(live.keys() | rebuilt.keys()):
            yield from differing(live.get(name), rebuilt.get(name), f"{path}.{name}")
    elif isinstance(live, list) and isinstance(rebuilt, list) and len(live) == len(rebuilt):
        for place, (one, other) in enumerate(zip(live, rebuilt, strict=True)):
            yield from differing(one, other, f"{path}[{place}]")
    elif live != rebuilt:
        yield path
