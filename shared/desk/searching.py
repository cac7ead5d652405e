"""Words in what an office wrote about its matters: found by who may read it anyway."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, true

from shared.desk.access import seen_by
from shared.desk.matter import READERS, Matter
from shared.desk.tables import OF_A_TEXT
from shared.procedure.actor import DEPARTMENT_BOUND, Actor
from shared.record.aggregate import Aggregate, load
from shared.search import candidates as by_marks
from shared.search import looking
from shared.search.asking import Asked
from shared.search.candidates import Wanted
from shared.search.looking import Found, Stretch
from shared.search.telling import telling
from shared.web.runtime import Runtime


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text that seems to have the words, with its matter."""

    content_id: str
    position: int
    written_at: datetime
    matter: Matter


async def search(
    runtime: Runtime, matters: Aggregate[Any], asked: Asked, actor: Actor, limit: int
) -> Found[MarkedText]:
    """Newest first."""
    offices, areas = actor.departments(READERS & DEPARTMENT_BOUND), actor.areas(READERS - DEPARTMENT_BOUND)
    wanted = by_marks.wanted(runtime.vault, asked, areas, offices)

    async def candidates(stretch: Stretch, most: int) -> Sequence[MarkedText]:
        query = _query(matters, wanted, actor, stretch).limit(most)
        async with runtime.database.reading() as connection:
            return [_text(matters, row) for row in await connection.execute(query)]

    return await looking.search(runtime, asked, sorted(telling(matters.model.facts)), candidates, limit)


def _query(matters: Aggregate[Any], wanted: Wanted, actor: Actor, stretch: Stretch) -> Select[Any]:
    """Matters are looked up one by one from the newest text on, and no more of them than are asked for."""
    table, asked = matters.table, wanted.asked
    marked = by_marks.marked(table.metadata.tables["text_marks"], OF_A_TEXT, wanted, stretch).subquery("marked")
    seen = [table.c.id == marked.c[OF_A_TEXT], seen_by(actor, READERS, table)]
    seen += [table.c.category == asked.category] if asked.category else []
    seen += [func.starts_with(table.c.area, asked.area)] if asked.area else []
    one = select(table.c.state).where(*seen).offset(0).lateral("one")
    return select(marked, one.c.state).select_from(marked.join(one, true())).order_by(marked.c.position.desc())


def _text(matters: Aggregate[Any], row: Any) -> MarkedText:
    return MarkedText(row.content_id, row.position, row.written_at, load(matters.model, row.state))
