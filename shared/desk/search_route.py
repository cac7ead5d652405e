"""What an office wrote, by its words, over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from shared.desk.desk import Desk
from shared.desk.naming import named, word
from shared.desk.searching import MarkedText, search
from shared.desk.shapes import Named
from shared.search.answering import FoundTexts, answer, asked_by
from shared.search.asking import LARGEST_PAGE, TextsWanted
from shared.search.looking import Hit
from shared.search.recording import SearchTexts
from shared.web.call import Call
from shared.web.paging import Cursor, Limit
from shared.web.signed_in import doing


class FoundText(BaseModel):
    """One text in which all the words stand, and the matter that it is about."""

    content_id: str
    kind: str = Field(examples=["result"])
    written_at: datetime
    excerpt: str = Field(examples=["…已现场调解，双方约定晚九点后停止装修…"])
    handoff_id: str
    case_id: str
    case_code: str
    department: str
    status: str
    status_name: str = Field(description="in the caller's language")
    category: Named
    place: Named


def add_search(router: APIRouter, desk: Desk) -> None:
    searching = doing(desk.search.model, SearchTexts)

    @router.post("/v1/search", response_model=FoundTexts[FoundText])
    async def search_texts(
        body: TextsWanted, call: Annotated[Call, searching], cursor: Cursor = None, limit: Limit = 20
    ) -> Response:
        """What was written here, in the matters that I may read, fifty at most at once. That somebody searched is
        recorded, with a keyed digest of the words and how many were shown; not the words."""
        asked = asked_by(call, body, cursor)
        found = await search(call.runtime, desk.aggregate, asked, call.actor, min(limit, LARGEST_PAGE))
        return await answer(call, desk.search, asked, found, [_shown(desk, call, hit) for hit in found.hits])


def _shown(desk: Desk, call: Call, hit: Hit[MarkedText]) -> FoundText:
    text, matter = hit.text, hit.text.matter
    return FoundText(
        content_id=text.content_id,
        kind=hit.kind,
        written_at=text.written_at,
        excerpt=hit.excerpt,
        handoff_id=matter.handoff_id,
        case_id=matter.case_id,
        case_code=matter.case_code,
        department=matter.department,
        status=matter.status,
        status_name=word(desk, call, matter.status),
        category=Named(**named(call, "category", matter.category)),
        place=Named(**named(call, "area", matter.area)),
    )
