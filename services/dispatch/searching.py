"""Words in what offices wrote, and the centre, about cases: found in what one may read anyway, and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, bindparam, select, true

from services.dispatch.marking import JOINING, TELLING, category_mark, office_mark
from services.dispatch.model import MODEL, Case
from services.dispatch.scope import Scope, in_areas
from services.dispatch.tables import CASES, TEXT_MARKS
from shared.contents.contents import CONTENTS
from shared.contents.vault import Vault
from shared.record.aggregate import load
from shared.search import looking
from shared.search.asking import Asked
from shared.search.looking import Found, Stretch
from shared.search.marks import area_mark, has_mark, words_marks
from shared.web.runtime import Runtime


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text that seems to have the words, with its case; `about`: that, one of its hand-offs or consultations."""

    content_id: str
    position: int
    written_at: datetime
    about: str
    case: Case


@dataclass(frozen=True, slots=True)
class Wanted:
    """Texts that have all of `marks` and, where there are any, one of `beside`."""

    asked: Asked
    scope: Scope
    marks: Sequence[int]
    beside: Sequence[int]


async def search(runtime: Runtime, asked: Asked, scope: Scope, limit: int) -> Found[MarkedText]:
    """Newest first."""
    wanted = _wanted(runtime.vault, asked, scope)

    async def candidates(stretch: Stretch, most: int) -> Sequence[MarkedText]:
        """Of a case that somebody sees in part, not each text is for them: as many as are asked for are read on."""
        readable: list[MarkedText] = []
        high = stretch.high
        async with runtime.database.reading() as connection:
            while len(readable) < most and high >= stretch.low:
                query = _query(wanted, Stretch(stretch.mark, stretch.low, high)).limit(most)
                texts = [_text(row) for row in await connection.execute(query)]
                readable += [text for text in texts if scope.reads(text.case, text.about)]
                if len(texts) < most:
                    break
                high = texts[-1].position - 1
        return readable[:most]

    return await looking.search(runtime, asked, sorted(TELLING | JOINING), candidates, limit)


def _wanted(vault: Vault, asked: Asked, scope: Scope) -> Wanted:
    """Where areas have marks of their own, and of offices, the index narrows by them; the cases are asked anyway."""
    marks = [mark for word in asked.words for mark in words_marks(vault, word)]
    if asked.category is not None:
        marks.append(category_mark(vault, asked.category))
    if asked.area is not None and has_mark(asked.area):
        marks.append(area_mark(vault, asked.area))
    areas = scope.areas | scope.rounds
    mine = [area_mark(vault, area) for area in sorted(areas)] if all(map(has_mark, areas)) else None
    beside = [] if mine is None else [*mine, *(office_mark(vault, office) for office, _ in sorted(scope.offices))]
    return Wanted(asked, scope, list(dict.fromkeys(marks)), list(dict.fromkeys(beside)))


def _query(wanted: Wanted, stretch: Stretch) -> Select[Any]:
    """Cases are looked up one by one from the newest text on, and no more of them than are asked for."""
    text, asked = TEXT_MARKS.c, wanted.asked
    where = [_has("@>", [*wanted.marks, stretch.mark]), text.position.between(stretch.low, stretch.high)]
    where += [_has("&&", wanted.beside)] if wanted.beside else []
    where += [text.written_at >= asked.since] if asked.since else []
    where += [text.written_at < asked.until] if asked.until else []
    columns = (text.content_id, text.case_id, text.position, text.written_at)
    marked = select(*columns).where(*where).order_by(text.position.desc()).subquery("marked")
    seen = [CASES.c.id == marked.c.case_id, wanted.scope.cases(listed=True)]
    seen += [CASES.c.category == asked.category] if asked.category else []
    seen += [in_areas(CASES.c.area, [asked.area])] if asked.area else []
    one = select(CASES.c.state).where(*seen).offset(0).lateral("one")
    found = marked.join(one, true()).join(CONTENTS, CONTENTS.c.id == marked.c.content_id)
    return select(marked, CONTENTS.c.about, one.c.state).select_from(found).order_by(marked.c.position.desc())


def _has(operator: str, marks: Sequence[int]) -> ColumnElement[bool]:
    values = bindparam(None, list(marks), type_=ARRAY(BigInteger))
    return TEXT_MARKS.c.marks.op(operator, is_comparison=True)(values)


def _text(row: Any) -> MarkedText:
    return MarkedText(row.content_id, row.position, row.written_at, row.about, load(MODEL, row.state))
