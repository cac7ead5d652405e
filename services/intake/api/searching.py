"""Which reports say it: by words in what residents wrote."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.api import checks
from services.intake.api.screening import Status, seen
from services.intake.model import SEARCH_MODEL
from services.intake.model.search import SEARCHERS, SearchTexts
from services.intake.model.words import REPORT
from services.intake.searching import search
from services.intake.tables import SEARCH
from services.intake.views import MarkedText
from shared.search.answering import FoundTexts, answer
from shared.search.asking import LARGEST_PAGE, Asked, TextsWanted, within
from shared.search.looking import Found, Hit
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_typed
from shared.web.signed_in import doing

router = APIRouter(prefix="/v1", tags=["search"])
Searching = Annotated[Call, doing(SEARCH_MODEL, SearchTexts)]


class FoundText(BaseModel):
    """One text in which all the words stand, and the report that it belongs to."""

    content_id: str
    kind: Literal["narrative", "supplement"]
    written_at: datetime
    excerpt: str = Field(examples=["三栋楼下的消防通道长期停满私家车，消防车进不来…"])
    report_id: str
    case_id: str = Field(description="the case that answers it, once it is accepted or joined")
    status: Status
    status_name: str
    category: str
    category_name: str
    area: str
    area_name: str
    registered_at: datetime


@router.post("/search", response_model=FoundTexts[FoundText])
async def search_texts(body: TextsWanted, call: Searching, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """Reports by words in what residents wrote, fifty at most at once. That somebody searched is recorded, with a
    keyed digest of the words and how many were shown; not the words."""
    asked, mine = _asked(body, call, cursor), seen(call, SEARCHERS)
    areas = within(mine.areas, asked.area)
    found = (
        await search(call.runtime, asked, replace(mine, areas=areas), min(limit, LARGEST_PAGE)) if areas else Found()
    )
    return await answer(call, SEARCH, asked, found, [_shown(call, hit) for hit in found.hits])


def _asked(body: TextsWanted, call: Call, cursor: str | None) -> Asked:
    """Raises TooShort, NumberOfAPerson, Invalid, Unavailable."""
    (before,) = decode_typed(cursor, int) or (None,)
    asked = Asked.of(body, before)
    if body.area is not None:
        checks.check_area(call.runtime.reference, body.area, call.at)
    if body.category is not None:
        checks.check_category(call.runtime.reference, body.category, call.at)
    return asked


def _shown(call: Call, hit: Hit[MarkedText]) -> FoundText:
    report, named, reference = hit.text.report, (call.at, call.language), call.runtime.reference
    return FoundText(
        content_id=hit.text.content_id,
        kind=hit.kind,
        written_at=hit.text.written_at,
        excerpt=hit.excerpt,
        report_id=report.report_id,
        case_id=report.answered_with,
        status=report.status,
        status_name=REPORT[report.status].said(call.language),
        category=report.category,
        category_name=checks.name_of(reference, "category", report.category, named),
        area=report.area,
        area_name=checks.name_of(reference, "area", report.area, named),
        registered_at=report.registered_at,
    )
