"""Cases as a file, as many as there are: the list's own filters and rows, a portion at a time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from services.dispatch import show, tallies, views
from services.dispatch.api.asking import Reader, Wanted, narrowing
from services.dispatch.scope import Scope
from services.dispatch.tables import EXPORT
from services.dispatch.views import Asked, Page
from shared.accesses.opening import taken
from shared.web.call import Call
from shared.web.spreadsheets import head, lines

router = APIRouter(prefix="/v1", tags=["dispatch"])
PORTION = 500
COLUMNS = (
    *("code", "status", "status_name", "category", "category_name", "kind", "area", "area_name", "lead", "lead_name"),
    *("opened_at", "due_at", "colour", "colour_name", "closed_at", "closing_reason", "workflow", "id"),
)
_FILES = {200: {"content": {"text/csv": {}, "application/x-ndjson": {}}, "description": "a case a line, newest first"}}


@router.get("/cases/export", response_class=StreamingResponse, responses=_FILES)  # type: ignore[arg-type]
async def export(
    call: Reader,
    wanted: Wanted,
    format: Annotated[Literal["csv", "jsonl"], Query(description="csv for spreadsheets, jsonl for programs")] = "csv",
) -> StreamingResponse:
    """Every case of the list with these filters, names beside codes. What is opened meanwhile may be left out."""
    narrowed, _ = await narrowing(call, wanted, "cases")
    asked = Asked(Scope.of(call.actor), narrowed, limit=PORTION)
    first = await _page(call, asked)
    await taken(call, EXPORT, "cases", await _count(call, asked, first), narrowed)
    portions, kind = (_csv, "text/csv; charset=utf-8") if format == "csv" else (_jsonl, "application/x-ndjson")
    name = {"Content-Disposition": f'attachment; filename="cases.{format}"', "Cache-Control": "no-store"}
    return StreamingResponse(portions(_portions(call, asked, first)), media_type=kind, headers=name)


async def _page(call: Call, asked: Asked) -> Page:
    async with call.runtime.database.reading() as connection:
        return await views.cases(connection, asked)


async def _count(call: Call, asked: Asked, first: Page) -> int:
    """How many rows it will have, as of now."""
    if first.next is None:
        return len(first.items)
    async with call.runtime.database.reading() as connection:
        return sum(row["count"] for row in await tallies.count_cases(connection, asked.scope, asked.wanted))


async def _portions(call: Call, asked: Asked, page: Page) -> AsyncIterator[list[dict[str, Any]]]:
    """No connection is held while somebody reads slowly."""
    yield show.rows(call, page.items)
    while page.next is not None:
        page = await _page(call, replace(asked, cursor=page.next))
        yield show.rows(call, page.items)


async def _jsonl(portions: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[bytes]:
    async for rows in portions:
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


async def _csv(portions: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[bytes]:
    yield head(COLUMNS)
    async for rows in portions:
        yield lines(COLUMNS, rows)
