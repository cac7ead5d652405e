"""Words in the texts of reports: candidates by their marks, from the newest on, each opened to see if it is so."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from services.intake import views
from services.intake.marking import PART_BITS, TELLING, category_mark, has_mark, part_mark, scope_mark, words_marks
from services.intake.views import MarkedText, Seen, Stretch, Wanted
from shared.contents.contents import Content, open_contents
from shared.contents.vault import Vault
from shared.contents.words import has_long_number, marks_of, read
from shared.record.database import Connection
from shared.refusals.refusals import Refused
from shared.web.runtime import Runtime

Words = tuple[tuple[str, ...], ...]
MOST_OPENED = 200
"""Texts for one answer; then it says how far it has looked."""
MARGIN = timedelta(hours=1)
"""Between a text's own time and its place in the log. Longer than any request takes."""


@dataclass(slots=True, eq=False)
class TooShort(Refused):
    code: ClassVar[str] = "word-too-short"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "每个检索词至少两个字（英文、数字至少两位），标点不计"
    en: ClassVar[str] = "Each word needs two signs at least; punctuation does not count"


@dataclass(slots=True, eq=False)
class NumberOfAPerson(Refused):
    code: ClassVar[str] = "number-not-searched"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "七位以上的数字（电话、证件号码）不能用来检索"
    en: ClassVar[str] = "Numbers of seven digits and more, as of telephones and identity cards, cannot be searched for"


@dataclass(frozen=True, slots=True)
class Asked:
    """Each of `words` has to stand in the text. `before`: only what stands before that in the log."""

    words: Words
    area: str | None = None
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    text: MarkedText
    kind: str
    excerpt: str


@dataclass(slots=True)
class Found:
    """`next`: before which position to go on, and `back_to` how far that is; None: all has been looked through.

    `not_yet_since`: texts from then on are not found yet; None: all are.
    """

    hits: list[Hit] = field(default_factory=list)
    next: int | None = None
    back_to: datetime | None = None
    not_yet_since: datetime | None = None


def words_of(text: str) -> Words:
    """Raises TooShort, NumberOfAPerson."""
    if has_long_number(text):
        raise NumberOfAPerson()
    words = tuple(read(part).words for part in text.split())
    words = tuple(word for word in words if word)
    if not words or not all(any(marks_of(word)) for word in words):
        raise TooShort()
    return words


def within(areas: Sequence[str], area: str | None) -> list[str]:
    """Those parts of `area` that lie in these areas."""
    if area is None:
        return list(areas)
    return [area if area.startswith(mine) else mine for mine in areas if area.startswith(mine) or mine.startswith(area)]


async def search(runtime: Runtime, asked: Asked, seen: Seen, limit: int) -> Found:
    """What `seen` lets be seen, newest first.

    In larger parts of the log once a smaller one was looked through: what is frequent is soon found in a small one,
    what is rare in few large ones.
    """
    look = _Look(runtime, _wanted(runtime.vault, asked, seen), asked.words, seen, limit)
    async with runtime.database.plain() as connection:
        newest, look.found.not_yet_since = await views.marked(connection, sorted(TELLING))
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
class _Look:
    """One answer in the making."""

    runtime: Runtime
    wanted: Wanted
    words: Words
    seen: Seen
    limit: int
    opened: int = 0
    found: Found = field(default_factory=Found)

    async def through(self, stretch: Stretch) -> None:
        """Until its end, or until there is enough for an answer."""
        while stretch.high >= stretch.low and self.found.next is None:
            most = self.limit - len(self.found.hits)
            async with self.runtime.database.plain() as connection:
                texts = await views.marked_texts(connection, self.wanted, stretch, self.seen, most)
            self.found.hits += await self._open(texts)
            self.opened += len(texts)
            if len(self.found.hits) == self.limit or self.opened >= MOST_OPENED:
                self.found.next, self.found.back_to = texts[-1].position, texts[-1].written_at
            elif len(texts) < most:
                return
            else:
                stretch = replace(stretch, high=texts[-1].position - 1)

    async def _open(self, texts: Sequence[MarkedText]) -> list[Hit]:
        """Those in which the words really stand; what was erased meanwhile is not there."""
        if not texts:
            return []
        contents = await open_contents(self.runtime.database, self.runtime.vault, [text.content_id for text in texts])
        hits = [_hit(text, contents[text.content_id], self.words) for text in texts if text.content_id in contents]
        return [hit for hit in hits if hit is not None]


def _wanted(vault: Vault, asked: Asked, seen: Seen) -> Wanted:
    """Where an area has a mark of its own, the index narrows by it; the reports themselves are asked in any case."""
    marks = [mark for word in asked.words for mark in words_marks(vault, word)]
    if asked.category is not None:
        marks.append(category_mark(vault, asked.category))
    areas = [scope_mark(vault, area) for area in seen.areas] if all(map(has_mark, seen.areas)) else []
    if len(areas) == 1:
        marks, areas = [*marks, *areas], []
    return Wanted(list(dict.fromkeys(marks)), areas, asked.category, asked.since, asked.until)


async def _ends(connection: Connection, asked: Asked, newest: int) -> tuple[int, int]:
    """The part of the log in which all that is asked for lies."""
    low, high = 1, newest if asked.before is None else min(newest, asked.before - 1)
    if asked.since is not None:
        low = max(low, await views.last_marked(connection, asked.since - MARGIN) or low)
    if asked.until is not None:
        high = min(high, await views.first_marked(connection, asked.until + MARGIN) or high)
    return low, high


def _stretch(vault: Vault, level: int, low: int, high: int) -> Stretch:
    """The end of this part of the log up to `high`."""
    number = high >> PART_BITS[level]
    return Stretch(part_mark(vault, level, number), max(number << PART_BITS[level], low), high)


def _hit(text: MarkedText, content: Content, words: Words) -> Hit | None:
    written = read(content.data.decode())
    places = [place for word in words if (place := written.find(word)) is not None]
    if len(places) < len(words):
        return None
    return Hit(text, content.kind, written.around(places[0]))
