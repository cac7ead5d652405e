"""The marks that a text must have to be looked at, and the query for those that have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, Table, bindparam, select

from shared.contents.vault import Vault
from shared.search.asking import Asked
from shared.search.looking import Stretch
from shared.search.marks import area_mark, category_mark, has_mark, office_mark, words_marks


@dataclass(frozen=True, slots=True)
class Wanted:
    """Texts that have all of `marks` and, where there are any, one of `beside`."""

    asked: Asked
    marks: Sequence[int]
    beside: Sequence[int]


def wanted(vault: Vault, asked: Asked, areas: Iterable[str], offices: Iterable[str]) -> Wanted:
    """`areas` and `offices`: one of which a text is, to be read. Where all areas have marks of their own, the index
    narrows by them; what the texts belong to is asked anyway."""
    marks = [mark for word in asked.words for mark in words_marks(vault, word)]
    if asked.category is not None:
        marks.append(category_mark(vault, asked.category))
    if asked.area is not None and has_mark(asked.area):
        marks.append(area_mark(vault, asked.area))
    places = sorted(areas)
    mine = [area_mark(vault, area) for area in places] if all(map(has_mark, places)) else None
    beside = [] if mine is None else [*mine, *(office_mark(vault, office) for office in sorted(offices))]
    return Wanted(asked, list(dict.fromkeys(marks)), list(dict.fromkeys(beside)))


def marked(texts: Table, owner: str, wanted: Wanted, stretch: Stretch) -> Select[Any]:
    """Of `text_marks`, newest first: `content_id`, `owner`, `position`, `written_at`."""
    text, asked = texts.c, wanted.asked
    where = [_has(text.marks, "@>", [*wanted.marks, stretch.mark]), text.position.between(stretch.low, stretch.high)]
    where += [_has(text.marks, "&&", wanted.beside)] if wanted.beside else []
    where += [text.written_at >= asked.since] if asked.since else []
    where += [text.written_at < asked.until] if asked.until else []
    columns = (text.content_id, text[owner], text.position, text.written_at)
    return select(*columns).where(*where).order_by(text.position.desc())


def _has(column: ColumnElement[Any], operator: str, marks: Sequence[int]) -> ColumnElement[bool]:
    values = bindparam(None, list(marks), type_=ARRAY(BigInteger))
    return column.op(operator, is_comparison=True)(values)
