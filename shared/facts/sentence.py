"""How a fact is told to people: a sentence in each language, written beside the fact's schema.

    told = Sentence("交办给{department}[（{part}）]", "handed to {department}[ ({part})]", part=PARTS)

`{field}` is a field of the fact's data; a dot leads on into it, through lists too. What is in brackets is left out
where one of its fields says nothing, or nothing that there is a name or word for. `{?field}` shows nothing and is
there for that only. What a field is stands behind a colon; else it is what it is called, a code with words, a number:

department, area, category, clock     the directory's name; of a deadline its clock's
rule, authority                       the basis that the directory's entry gives
time, day, days                       as people say them
end                                   a time that is the end of something; of a deadline its own. Midnight is 24:00
text                                  as it is: an emergency number, a name that the fact brings along
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.clocks.zone import DISTRICT_ZONE
from shared.refusals.words import Language, Word, Words

NAMED: Words = {
    "department": Word("某单位", "an office"),
    "area": Word("某区域", "some area"),
    "category": Word("某类事项", "some matter"),
    "clock": Word("某项时限", "a clock"),
    "rule": Word("某项规则", "a rule"),
    "authority": Word("某项赋权", "an authority"),
}
"""Kinds that the directory has names for, and what is said where it has none."""
KINDS = frozenset({*NAMED, "time", "end", "day", "days", "count", "text", "word"})
OF_A_DEADLINE = {"end": "due_at", "clock": "rule"}
BETWEEN: Mapping[Language, str] = {"zh": "、", "en": ", "}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTS = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")
_PLACES = re.compile(r"\{(\??)([a-z_.]+)(?::([a-z]+))?\}")


@dataclass(frozen=True, slots=True)
class Teller:
    """In which language, and what the directory calls a code of a kind at a time; None: it does not know it."""

    language: Language
    name: Callable[[str, str, datetime], str | None]


@dataclass(frozen=True, slots=True)
class Place:
    path: tuple[str, ...]
    kind: str
    words: Words
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    optional: bool
    pieces: tuple[str | Place, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Place))


@dataclass(frozen=True, slots=True)
class Way:
    """One way to tell it, where the data `holds` these values; True: anything."""

    holds: Mapping[str, Any]
    said: Word
    parts: Mapping[Language, tuple[Part, ...]]

    def fits(self, data: Mapping[str, Any]) -> bool:
        return all(_holds(data.get(field), value) for field, value in self.holds.items())


class Sentence:
    """`words`: by the last name of a path, what the field's codes are called."""

    def __init__(self, zh: str, en: str, **words: Words) -> None:
        self._words = words
        self.ways: tuple[Way, ...] = (self._way(zh, en, {}),)

    def when(self, zh: str, en: str, **holds: Any) -> "Sentence":
        """Another one for facts with these values (True: with anything there); of several that fit the first."""
        more = Sentence(zh, en, **self._words)
        more.ways = (*self.ways[:-1], self._way(zh, en, holds), self.ways[-1])
        return more

    def told(self, data: Mapping[str, Any], at: datetime, teller: Teller) -> str | None:
        """None where the data has not what its schema promises."""
        way = next(way for way in self.ways if way.fits(data))
        told = []
        for part in way.parts[teller.language]:
            said = _said(part, data, at, teller)
            if said is not None:
                told.append(said)
            elif not part.optional:
                return None
        return "".join(told)

    def _way(self, zh: str, en: str, holds: Mapping[str, Any]) -> Way:
        return Way(holds, Word(zh, en), {"zh": self._parts(zh), "en": self._parts(en)})

    def _parts(self, text: str) -> tuple[Part, ...]:
        return tuple(
            Part(match[1] is not None, tuple(self._pieces(match[1] if match[2] is None else match[2])))
            for match in _PARTS.finditer(text)
        )

    def _pieces(self, text: str) -> Iterator[str | Place]:
        end = 0
        for match in _PLACES.finditer(text):
            if match.start() > end:
                yield text[end : match.start()]
            yield self._place(*match.groups())
            end = match.end()
        if end < len(text):
            yield text[end:]

    def _place(self, silent: str, path: str, kind: str | None) -> Place:
        steps = tuple(path.split("."))
        words = self._words.get(steps[-1], {})
        kind = kind or ("word" if words else steps[-1] if steps[-1] in NAMED else "count")
        if kind not in KINDS:
            raise ValueError(f"{path} is of no kind: {kind}")
        return Place(steps, kind, words, not silent)


def _holds(found: Any, wanted: Any) -> bool:
    return bool(found) if wanted is True else bool(found == wanted)


def _said(part: Part, data: Mapping[str, Any], at: datetime, teller: Teller) -> str | None:
    said = []
    for piece in part.pieces:
        text = piece if isinstance(piece, str) else _shown(piece, _found(data, piece.path), at, teller, part.optional)
        if text is None:
            return None
        said.append(text)
    return "".join(said)


def _found(data: Any, path: Sequence[str]) -> list[Any]:
    """What is there at the end of the path."""
    found = [data]
    for step in path:
        found = _flat([each.get(step) for each in found if isinstance(each, dict)])
    return found


def _flat(found: list[Any]) -> list[Any]:
    each_one = [item for each in found for item in (each if isinstance(each, list) else (each,))]
    return [each for each in each_one if each is not None and each is not False]


def _shown(place: Place, found: list[Any], at: datetime, teller: Teller, optional: bool) -> str | None:
    if not place.shown:
        return "" if found else None
    texts = dict.fromkeys(text for each in found if (text := _text(place, each, at, teller, optional)))
    return BETWEEN[teller.language].join(texts) or None


def _text(place: Place, value: Any, at: datetime, teller: Teller, optional: bool) -> str | None:
    if isinstance(value, dict):
        value = value.get(OF_A_DEADLINE.get(place.kind))
    if place.kind in NAMED:
        return _name(place.kind, value, at, teller, optional)
    if place.kind == "word":
        word = place.words.get(str(value))
        return word.said(teller.language) if word else None
    if place.kind in ("time", "end", "day"):
        return _when(value, at, teller.language, place.kind)
    if place.kind == "text":
        return value if isinstance(value, str) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return str(value) if place.kind == "count" else _days(value, teller.language)


def _name(kind: str, code: Any, at: datetime, teller: Teller, optional: bool) -> str | None:
    name = teller.name(kind, code, at) if isinstance(code, str) else None
    return name or (NAMED[kind].said(teller.language) if isinstance(code, str) and not optional else None)


def _days(count: int, language: Language) -> str:
    return f"{count}天" if language == "zh" else f"{count} day{'' if count == 1 else 's'}"


def _when(value: Any, at: datetime, language: Language, kind: str) -> str | None:
    """In the district's time; with the year only where it is another than the fact's."""
    try:
        moment = datetime.fromisoformat(value).astimezone(DISTRICT_ZONE)
        day, clock = (date.fromisoformat(value), "") if kind == "day" else _to_the_minute(moment, kind == "end")
    except (TypeError, ValueError, OverflowError):
        return None
    other = day.year != at.astimezone(DISTRICT_ZONE).year
    if language == "zh":
        return f"{f'{day.year}年' if other else ''}{day.month}月{day.day}日{clock}"
    return f"{day.day} {MONTHS[day.month - 1]}{f' {day.year}' if other else ''}{clock}"


def _to_the_minute(moment: datetime, is_end: bool) -> tuple[date, str]:
    """A day ends at its own 24:00, not at the next one's 00:00."""
    if is_end and moment.time() == time():
        return moment.date() - timedelta(days=1), " 24:00"
    return moment.date(), f" {moment:%H:%M}"
