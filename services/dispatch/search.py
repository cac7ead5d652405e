"""What somebody types to find cases: a code or its beginning, or a name of a matter, a place or a department."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from services.dispatch.filters import Values, nearest
from shared.reference.reference import Reference
from shared.refusals.refusals import Refused

KINDS = ("category", "area", "department")
"""In this order a word is tried: a street's name is in its office's too, and means the street."""
MOST_WORDS = 6
_CODE = re.compile(r"\d{4,6}(-[\dA-Z]{0,6}(-[\dA-Z]{0,8})?)?")


@dataclass(frozen=True, slots=True)
class Understood:
    """One word, as the filter that it stands for."""

    word: str
    field: str
    values: Values


@dataclass(slots=True, eq=False)
class TooManyWords(Refused):
    code: ClassVar[str] = "too-many-words"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "一次最多输入 {most} 个词"
    en: ClassVar[str] = "At most {most} words at once"
    most: int


@dataclass(slots=True, eq=False)
class NothingSoNamed(Refused):
    """The word is not repeated: it may be anything."""

    code: ClassVar[str] = "nothing-so-named"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "第 {place} 个词既不是案件编号，也不是事项、地点或单位的名称；相近的有：{near}"
    en: ClassVar[str] = "Word {place} is no case code and no name of a matter, place or department; near: {near}"
    place: int
    near: Values


def understand(reference: Reference, text: str) -> tuple[Understood, ...]:
    """Word by word; all must fit. Raises TooManyWords, NothingSoNamed."""
    words = text.split()
    if len(words) > MOST_WORDS:
        raise TooManyWords(MOST_WORDS)
    return tuple(_one(reference, place, word) for place, word in enumerate(words, 1))


def as_filters(understood: tuple[Understood, ...]) -> tuple[tuple[str, Values], ...]:
    return tuple((each.field, each.values) for each in understood)


def _one(reference: Reference, place: int, word: str) -> Understood:
    if _CODE.fullmatch(word.upper()):
        return Understood(word, "code", (word.upper(),))
    for kind in KINDS:
        codes = {code for name, code in _names(reference, kind) if word.casefold() in name.casefold()}
        if codes:
            return Understood(word, kind, _widest(codes) if kind == "area" else tuple(sorted(codes)))
    names = sorted({name for kind in KINDS for name, _ in _names(reference, kind)})
    raise NothingSoNamed(place, nearest(word, names))


def _names(reference: Reference, kind: str) -> list[tuple[str, str]]:
    """Also former ones: old cases are found by them."""
    found: list[tuple[str, str]] = []
    for version in reference.versions(kind):
        entry: Mapping[str, object] = version.entry
        found += [(str(entry[name]), version.code) for name in ("name_zh", "name_en") if entry.get(name)]
    return found


def _widest(codes: set[str]) -> Values:
    """Without places inside others of them."""
    return tuple(sorted(c for c in codes if not any(c != other and c.startswith(other) for other in codes)))
