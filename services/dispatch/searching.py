"""Words in what offices wrote, and the centre, about cases: found in what one may read anyway, and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, true

from services.dispatch.marking import JOINING, OWNER, TELLING
from services.dispatch.model import MODEL, Case
from services.dispatch.scope import Scope, in_areas
from services.dispatch.tables import CASES, TEXT_MARKS
from shared.contents.contents import CONTENTS
from shared.record.aggregate import load
from shared.search import candidates as by_marks
from shared.search import looking
from shared.search.asking import Asked
from shared.search.candidates import Wanted
from shared.search.looking import Found, Stretch
from shared.web.runtime import Runtime


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text that seems to have the words, with its case; `about`: that, one of its hand-offs or consultations."""

    content_id: str
    position: int
    written_at: datetime
    about: str
    case: Case


async def search(runtime: Runtime, asked: Asked, scope: Scope, limit: int) -> Found[MarkedText]:
    """Newest first."""
    offices = (office for office, _ in scope.offices)
    wanted = by_marks.wanted(runtime.vault, asked, scope.areas | scope.rounds, offices)

    async def candidates(stretch: Stretch, most: int) -> Sequence[MarkedText]:
        """Of a case that somebody sees in part, not each text is for them: as many as are asked for are read on."""
        readable: list[MarkedText] = []
        high = stretch.high
        async with runtime.database.reading() as connection:
            while len(readable) < most and high >= stretch.low:
                query = _query(wanted, scope, Stretch(stretch.mark, stretch.low, high)).limit(most)
                texts = [_text(row) for row in await connection.execute(query)]
                readable += [text for text in texts if scope.reads(text.case, text.about)]
                if len(texts) < most:
                    break
                high = texts[-1].position - 1
        return readable[:most]

    return await looking.search(runtime, asked, sorted(TELLING | JOINING), candidates, limit)


def _query(wanted: Wanted, scope: Scope, stretch: Stretch) -> Select[Any]:
    """Cases are looked up one by one from the newest text on, and no more of them than are asked for."""
    asked = wanted.asked
    marked = by_marks.marked(TEXT_MARKS, OWNER, wanted, stretch).subquery("marked")
    seen = [CASES.c.id == marked.c.case_id, scope.cases(listed=True)]
    seen += [CASES.c.category == asked.category] if asked.category else []
    seen += [in_areas(CASES.c.area, [asked.area])] if asked.area else []
    one = select(CASES.c.state).where(*seen).offset(0).lateral("one")
    found = marked.join(one, true()).join(CONTENTS, CONTENTS.c.id == marked.c.content_id)
    return select(marked, CONTENTS.c.about, one.c.state).select_from(found).order_by(marked.c.position.desc())


def _text(row: Any) -> MarkedText:
    return MarkedText(row.content_id, row.position, row.written_at, row.about, load(MODEL, row.state))
