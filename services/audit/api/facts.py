"""Facts by search, for people: a page, a file, and what one led to."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from services.audit import views
from services.audit.api.asking import Auditor, Narrowed, scope_of, told_removed
from services.audit.api.cases import MOST_FACTS, READERS, Reader, graph, open_case, readable
from services.audit.api.cursors import index_of
from services.audit.api.shown import CausesOfFact, FactPage, Withheld, shown, telling, withheld
from services.audit.log.removed import months_removed
from services.audit.scope import Scope
from services.audit.tables import EXPORT
from shared.accesses.opening import taken
from shared.facts.sentence import Teller
from shared.refusals.refusals import NotFound
from shared.web.paging import Cursor, Limit, encode_cursor
from shared.web.spreadsheets import head, lines

router = APIRouter(prefix="/v1/facts", tags=["log"])
Id = Annotated[str, Path(max_length=200, description="a fact's id")]
MOST_IN_A_FILE = 1_000_000
COLUMNS = (
    *("index", "time", "type", "told", "source", "position", "key", "actor", "department", "aggregate", "aggregate_id"),
    *("version", "correlation", "causation", "id", "received_at", "data"),
)
CSV, LINES = "text/csv; charset=utf-8", "application/x-ndjson"
_FILES = {200: {"content": {"text/csv": {}, LINES: {}}, "description": "a fact a line, in order of index"}}


@router.get("")
async def facts(call: Auditor, narrowed: Narrowed, cursor: Cursor = None, limit: Limit = 50) -> FactPage:
    """Search, newest first; for people. What you may not see is shown, or left out, as in the log."""
    before = index_of(cursor)
    async with call.runtime.database.plain() as connection:
        given = await narrowed.given(connection, call)
        rows = await views.search(connection, scope_of(call), given, before, limit)
        archived = await months_removed(connection)
    await taken(call, EXPORT, "facts", len(rows), (given, before))
    next = encode_cursor(rows[-1]["index"]) if len(rows) == limit else None
    by = telling(call)
    items = [withheld(row) if row["digest"] else shown(row, by) for row in rows]
    return FactPage(items=items, next=next, archived=archived)


@router.get("/export", response_class=StreamingResponse, responses=_FILES)  # type: ignore[arg-type]
async def export(
    call: Auditor,
    narrowed: Narrowed,
    format: Annotated[Literal["csv", "jsonl"], Query(description="csv for spreadsheets, jsonl for programs")] = "csv",
) -> StreamingResponse:
    """What the search finds as a file to read, the first million facts; with proofs it is to be had at /v1/log/proofs.

    Of what you may not see there is the place only, in jsonl with a digest, or nothing, as in the log.
    """
    scope = scope_of(call)
    async with call.runtime.database.plain() as connection:
        given = await narrowed.given(connection, call)
        count = await views.count_log(connection, scope, given, -1, MOST_IN_A_FILE)
        left_out = await told_removed(connection)
    await taken(call, EXPORT, "facts", count, given)
    chunks = views.read_log(call.runtime.database, scope, given, -1, MOST_IN_A_FILE)
    by = telling(call)
    body, kind = (_csv(chunks, by), CSV) if format == "csv" else (_jsonl(chunks, by), LINES)
    headers = {"Content-Disposition": f'attachment; filename="facts.{format}"', "Cache-Control": "no-store"}
    headers |= left_out
    return StreamingResponse(body, media_type=kind, headers=headers)


@router.get("/{id}/causes")
async def causes(id: Id, call: Reader) -> CausesOfFact:
    """All that began with what this fact began with, through all offices: which fact led to which.

    The first 10,000; what you may not see is left out.
    """
    scope = Scope.of(call.actor, READERS, call.runtime.reference, call.at)
    async with call.runtime.database.plain() as connection:
        found = await views.search(connection, scope, {"id": id}, None, 1)
        if not found:
            raise NotFound("fact")
        case = await readable(connection, call, found[0]["key"])
        correlation = found[0]["correlation"]
        rows = await views.correlated(connection, scope, correlation, MOST_FACTS) if correlation else found
    nodes, edges = graph(rows, telling(call))
    await open_case(call, case, "causes")
    return CausesOfFact(fact=id, correlation=correlation, facts=nodes, edges=edges)


async def _jsonl(chunks: AsyncIterator[list[Any]], by: Teller) -> AsyncIterator[bytes]:
    async for rows in chunks:
        items = [withheld(row) if row["digest"] else shown(row, by) for row in rows]
        yield b"".join(item.model_dump_json().encode() + b"\n" for item in items)


async def _csv(chunks: AsyncIterator[list[Any]], by: Teller) -> AsyncIterator[bytes]:
    yield head(COLUMNS)
    async for rows in chunks:
        yield lines(COLUMNS, (_row(row, by) for row in rows))


def _row(row: Any, by: Teller) -> dict[str, Any]:
    item = withheld(row) if row["digest"] else shown(row, by)
    told = dict.fromkeys(COLUMNS) | {name: value for name, value in dict(item).items() if name in COLUMNS}
    return told if isinstance(item, Withheld) else {**told, "data": orjson.dumps(item.data).decode()}
