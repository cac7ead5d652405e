"""The words of a text, as a search compares them: signs one by one, other words whole, no spaces, no punctuation.

Numbers of seven digits and more are no words: by them a person's telephone or identity card would be found.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

_SIGN = "[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_GAP = "\0"
_WORD = re.compile(f"{_SIGN}|(?:(?!{_SIGN})[^\\W_]|{_GAP})+")
_LONG_NUMBER = re.compile(r"\d(?:[\s().+·–—-]*\d){6,}")
_BETWEEN = "\x1f"
SHOWN = 24
"""Signs on either side of what was found."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text with its words and where each begins and ends in it."""

    text: str
    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]

    def find(self, wanted: tuple[str, ...]) -> tuple[int, int] | None:
        """Where these words stand one behind the other."""
        at = _joined(self.words).find(_joined(wanted))
        if at < 0:
            return None
        first = _joined(self.words).count(_BETWEEN, 0, at)
        return self.places[first][0], self.places[first + len(wanted) - 1][1]

    def around(self, place: tuple[int, int]) -> str:
        """What was found, with a little of what stands around it."""
        begin, end = max(0, place[0] - SHOWN), min(len(self.text), place[1] + SHOWN)
        return f"{'…' if begin else ''}{self.text[begin:end]}{'…' if end < len(self.text) else ''}"


def read(text: str) -> Written:
    text = unicodedata.normalize("NFC", text)
    plain, back = _plain(text)
    plain = _LONG_NUMBER.sub(lambda number: _GAP * len(number[0]), plain)
    found = [(word[0], back(word.start()), back(word.end() - 1) + 1) for word in _WORD.finditer(plain)]
    return Written(text, tuple(word for word, _, _ in found), tuple((begin, end) for _, begin, end in found))


def marks_of(words: tuple[str, ...]) -> Iterator[str]:
    """What an index holds of them: each two neighbours, and each word that is more than a sign. None over a number."""
    for word in words:
        if len(word) > 1 and _GAP not in word:
            yield word
    for one, other in pairwise(words):
        if _GAP not in one + other:
            yield f"{one} {other}"


def has_long_number(text: str) -> bool:
    return _LONG_NUMBER.search(_plain(text)[0]) is not None


def _joined(words: tuple[str, ...]) -> str:
    return f"{_BETWEEN}{_BETWEEN.join(words)}{_BETWEEN}"


def _plain(text: str) -> tuple[str, Callable[[int], int]]:
    """Half-width, lower case; and from a place in that to the one in the text."""
    parts = [_folded(sign) for sign in text]
    plain = "".join(parts)
    if len(plain) == len(text):
        return plain, int
    begins = list(accumulate(map(len, parts), initial=0))
    return plain, lambda place: bisect_right(begins, place) - 1


@lru_cache(maxsize=65536)
def _folded(sign: str) -> str:
    return unicodedata.normalize("NFKC", sign).lower()
