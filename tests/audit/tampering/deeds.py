"""The kinds of tampering that every place is tried with, and a line of a place's table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

ALTERED, REMOVED, INSERTED, SWAPPED = "one byte altered", "removed", "inserted", "swapped"
TRUNCATED, ROLLED_BACK, FORKED = "truncated", "rolled back", "history forked"
KINDS = (ALTERED, REMOVED, INSERTED, SWAPPED, TRUNCATED, ROLLED_BACK, FORKED)


@dataclass(frozen=True)
class Deed:
    """`said`: how and where the report has to say so, as each place's reports do; in `how` what is special."""

    kind: str
    how: str
    do: Callable[..., Awaitable[None]]
    said: Sequence[Any]

    def __str__(self) -> str:
        return f"{self.kind}: {self.how}".replace(" ", "-")
