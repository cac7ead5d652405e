"""How an aggregate stands, in words that say the same of every model: for who counts over many of them.

A model that is counted so gives a `Standing` of each of its states (`Model(standing=...)`).
"""

from dataclasses import dataclass
from datetime import datetime

from shared.refusals.words import Word, Words

COLOURS: Words = {
    "green": Word("正常", "green"),
    "yellow": Word("黄色预警", "yellow"),
    "red": Word("红色预警", "red"),
    "lapsed": Word("已逾期", "lapsed"),
}
"""In the order of the numbers that rows have: the worst last."""
LAPSED = 3
"""The colour of what has a clock that somebody has let lapse; below it those of clocks."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one department has of it. `late`: the department itself is."""

    id: str
    department: str
    status: str
    ended: bool
    due_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A clock that runs. `department` answers for it; `part`: of which part it is, if of one. `late`: it has lapsed."""

    id: str
    rule: str
    department: str
    part: str | None
    due_at: datetime
    colour: int
    late: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """`open`: somebody has still to do something of it. `next_at`: when time itself will change it next."""

    code: str
    kind: str
    category: str
    area: str
    status: str
    open: bool
    lead: str | None
    colour: int | None
    opened_at: datetime
    closed_at: datetime | None
    closing_reason: str | None
    next_at: datetime | None
    parts: tuple[Part, ...] = ()
    dues: tuple[Due, ...] = ()
