"""Candidates by their marks, from the newest on, each opened to see if the words stand in it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from shared.contents.contents import Content, open_contents
from shared.contents.vault import Vault
from shared.contents.words import read
from shared.record.database import Connection
from shared.search import tables
from shared.search.asking import Asked, Words
from shared.search.marks import PART_BITS, part_mark
from shared.web.runtime import Runtime

MOST_OPENED = 200
"""Texts for one answer; then it says how far it has looked."""
MARGIN = timedelta(hours=1)
"""Between a text's own time and its place in the log. Longer than any request takes."""


class MarkedText(Protocol):
    """A text that seems to have the words, with whatever the service knows of it."""

    @property
    def content_id(self) -> str: ...

    @property
    def position(self) -> int: ...

    @property
    def written_at(self) -> datetime: ...


T = TypeVar("T", bound=MarkedText)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Of the log, both ends included. `mark`: of the part in which it lies."""

    mark: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    text: T
    kind: str
    excerpt: str


@dataclass(slots=True)
class Found(Generic[T]):
    """`next`: before which position to go on, and `back_to` how far that is; None: all has been looked through.

    `not_yet_since`: texts from then on are not found yet; None: all are.
    """

    hits: list[Hit[T]] = field(default_factory=list)
    next: int | None = None
    back_to: datetime | None = None
    not_yet_since: datetime | None = None


Candidates = Callable[[Stretch, int], Awaitable[Sequence[T]]]
"""Texts with the marks in that stretch, newest first, at most so many: those only that the person may read."""


async def search(
    runtime: Runtime, asked: Asked, telling: Sequence[str], candidates: Candidates[T], limit: int
) -> Found[T]:
    """Newest first. `telling`: types of the facts that tell of texts.

    In larger parts of the log once a smaller one was looked through: what is frequent is soon found in a small one,
    what is rare in few large ones.
    """
    look = _Look(runtime, asked.words, candidates, limit)
    async with runtime.database.plain() as connection:
        newest, look.found.not_yet_since = await tables.marked(connection, telling)
        low, high = await _ends(connection, asked, newest)
    level = 0
    while high >= low and look.found.next is None:
        stretch = _stretch(runtime.vault, level, low, high)
        before = len(look.found.hits)
        await look.through(stretch)
        if high - stretch.low + 1 == 1 << PART_BITS[level]:
            level = min(level + (1 if len(look.found.hits) > before else 2), len(PART_BITS) - 1)
        high = stretch.low - 1
    return look.found


@dataclass(slots=True)
class _Look(Generic[T]):
    """One answer in the making."""

    runtime: Runtime
    words: Words
    candidates: Candidates[T]
    limit: int
    opened: int = 0
    found: Found[T] = field(default_factory=Found)

    async def through(self, stretch: Stretch) -> None:
        """Until its end, or until there is enough for an answer."""
        while stretch.high >= stretch.low and self.found.next is None:
            most = self.limit - len(self.found.hits)
            texts = await self.candidates(stretch, most)
            self.found.hits += await self._open(texts)
            self.opened += len(texts)
            if len(self.found.hits) == self.limit or self.opened >= MOST_OPENED:
                self.found.next, self.found.back_to = texts[-1].position, texts[-1].written_at
            elif len(texts) < most:
                return
            else:
                stretch = replace(stretch, high=texts[-1].position - 1)

    async def _open(self, texts: Sequence[T]) -> list[Hit[T]]:
        """Those in which the words really stand; what was erased meanwhile is not there."""
        if not texts:
            return []
        contents = await open_contents(self.runtime.database, self.runtime.vault, [text.content_id for text in texts])
        hits = [_hit(text, contents[text.content_id], self.words) for text in texts if text.content_id in contents]
        return [hit for hit in hits if hit is not None]


async def _ends(connection: Connection, asked: Asked, newest: int) -> tuple[int, int]:
    """The part of the log in which all that is asked for lies."""
    low, high = 1, newest if asked.before is None else min(newest, asked.before - 1)
    if asked.since is not None:
        low = max(low, await tables.first_position(connection, asked.since - MARGIN) or newest + 1)
    if asked.until is not None:
        high = min(high, await tables.last_position(connection, asked.until + MARGIN) or 0)
    return low, high


def _stretch(vault: Vault, level: int, low: int, high: int) -> Stretch:
    """The end of this part of the log up to `high`."""
    number = high >> PART_BITS[level]
    return Stretch(part_mark(vault, level, number), max(number << PART_BITS[level], low), high)


def _hit(text: T, content: Content, words: Words) -> Hit[T] | None:
    written = read(content.data.decode())
    places = [place for word in words if (place := written.find(word)) is not None]
    if len(places) < len(words):
        return None
    return Hit(text, content.kind, written.around(places[0]))
