"""What offices wrote, by its words."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.dispatch import show
from services.dispatch.model import words
from services.dispatch.model.search import SEARCH_MODEL, SEARCHERS
from services.dispatch.scope import BY_AREA, Scope
from services.dispatch.searching import MarkedText, search
from services.dispatch.tables import SEARCH
from shared.search.answering import FoundTexts, answer, asked_by
from shared.search.asking import LARGEST_PAGE, TextsWanted
from shared.search.looking import Hit
from shared.search.recording import SearchTexts
from shared.web.call import Call
from shared.web.paging import Cursor, Limit
from shared.web.signed_in import doing

router = APIRouter(prefix="/v1", tags=["search"])
Searching = Annotated[Call, doing(SEARCH_MODEL, SearchTexts)]


class FoundText(BaseModel):
    """One text in which all the words stand, and the case that it is about: as a whole, or a task or consultation."""

    content_id: str
    kind: str = Field(examples=["result"])
    written_at: datetime
    excerpt: str = Field(examples=["…更换井盖两处，清淤三十米，试水正常…"])
    case_id: str
    code: str
    handoff_id: str | None
    consultation_id: str | None
    status: str
    status_name: str
    category: str
    category_name: str | None
    area: str
    area_name: str | None


@router.post("/search", response_model=FoundTexts[FoundText])
async def search_texts(body: TextsWanted, call: Searching, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """Notes, reasons, results and what was said at consultations, in the cases that concern me, fifty at most at once.
    That somebody searched is recorded, with a keyed digest of the words and how many were shown; not the words."""
    asked, scope = asked_by(call, body, cursor), Scope.of(call.actor, BY_AREA & SEARCHERS)
    found = await search(call.runtime, asked, scope, min(limit, LARGEST_PAGE))
    return await answer(call, SEARCH, asked, found, [_shown(call, hit) for hit in found.hits])


def _shown(call: Call, hit: Hit[MarkedText]) -> FoundText:
    text, case = hit.text, hit.text.case
    return FoundText(
        content_id=text.content_id,
        kind=hit.kind,
        written_at=text.written_at,
        excerpt=hit.excerpt,
        case_id=case.case_id,
        code=case.code,
        handoff_id=text.about if case.handoff(text.about) else None,
        consultation_id=text.about if case.consultation(text.about) else None,
        status=case.status,
        status_name=show.word(call, words.CASE, case.status),
        category=case.category,
        category_name=show.name_of(call, "category", case.category),
        area=case.area,
        area_name=show.name_of(call, "area", case.area),
    )
