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
from shared.record.aggregate import Write
from shared.record.recorder import Request as Writes
from shared.refusals.refusals import NotFound
from shared.search.asking import LARGEST_PAGE, Asked, TextsWanted
from shared.search.looking import Hit
from shared.search.recording import SearchTexts, digest_of
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_typed, encode_cursor
from shared.web.signed_in import doing
from shared.world.world import new_id

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


class FoundTexts(BaseModel):
    items: list[FoundText] = Field(description="newest first")
    next: str | None = Field(description="there may be more, older ones; null: all has been looked through")
    searched_back_to: datetime | None = Field(description="how far this answer has looked, where there is a `next`")
    not_yet_since: datetime | None = Field(
        description="what was written since then cannot be found yet; null: everything can"
    )


@router.post("/search", response_model=FoundTexts)
async def search_texts(body: TextsWanted, call: Searching, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """Notes, reasons, results and what was said at consultations, in the cases that concern me, fifty at most at once.
    That somebody searched is recorded, with a keyed digest of the words and how many were shown; not the words."""
    asked, scope = _asked(body, call, cursor), Scope.of(call.actor, BY_AREA & SEARCHERS)
    found = await search(call.runtime, asked, scope, min(limit, LARGEST_PAGE))
    digest = digest_of(call.runtime.vault, asked)
    command = SearchTexts(**call.stamp, search_id=new_id(), digest=digest, found=len(found.hits))
    await call.runtime.recorder.record(Writes((Write(SEARCH, command.search_id, [command]),), call.trail()))
    shown = FoundTexts(
        items=[_shown(call, hit) for hit in found.hits],
        next=None if found.next is None else encode_cursor(found.next),
        searched_back_to=found.back_to,
        not_yet_since=found.not_yet_since,
    )
    return Response(shown.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def _asked(body: TextsWanted, call: Call, cursor: str | None) -> Asked:
    """Raises TooShort, NumberOfAPerson, NotFound."""
    (before,) = decode_typed(cursor, int) or (None,)
    asked = Asked.of(body, before)
    for kind, code in (("area", body.area), ("category", body.category)):
        if code is not None and call.runtime.reference.get(kind, code, call.at) is None:
            raise NotFound(kind)
    return asked


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
