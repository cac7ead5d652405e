"""The log line by line, exactly as received; and with a proof for each line."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from services.audit import views
from services.audit.api.asking import Auditor, Narrowed, scope_of, told_removed
from services.audit.api.shown import withheld
from services.audit.api.tiles import last_published
from services.audit.log.bundles import proven_lines
from services.audit.log.following import Portion, follow
from services.audit.log.publish import Publisher
from services.audit.refusals import TooMuchToProve
from services.audit.tables import EXPORT
from shared.accesses.opening import digest_of, taken
from shared.facts.packing import unpack_headers

router = APIRouter(tags=["log"])
Index = Annotated[int, Query(ge=-1, lt=2**63, description="the last index read before; -1 for the beginning")]
Count = Annotated[int, Query(ge=1, le=1_000_000, description="lines at most")]
LINES = "application/x-ndjson"
_LINES = {200: {"content": {LINES: {}}, "description": "one entry a line, in order of index"}}
_PROVEN = {200: {"content": {LINES: {}}, "description": "see services/audit/tree/selection.py"}}
MOST_PROVEN = 100_000


@router.get("/v1/log", response_class=StreamingResponse, responses=_LINES)  # type: ignore[arg-type]
async def log(call: Auditor, narrowed: Narrowed, after: Index = -1, limit: Count = 1000) -> StreamingResponse:
    """Headers and value in base64, exactly as they came; for programs. Whoever follows it, asking again and again from
    the last index on, leaves one access an hour.

    Of what you may not see the whole log, or a source's, has the place and a digest; a narrower question leaves it out.
    """
    scope = scope_of(call)
    async with call.runtime.database.plain() as connection:
        given = await narrowed.given(connection, call)
        count = await views.count_log(connection, scope, given, after, limit)
        left_out = await told_removed(connection)
    await follow(call, Portion(digest_of(call, "log", given), after, count))
    chunks = views.read_log(call.runtime.database, scope, given, after, limit)
    return StreamingResponse(_lines(chunks), media_type=LINES, headers=left_out)


@router.get("/v1/log/proofs", response_class=StreamingResponse, responses=_PROVEN)  # type: ignore[arg-type]
async def proofs(call: Auditor, narrowed: Narrowed) -> StreamingResponse:
    """All that the filters leave, at most 100,000 facts, with a proof each, the checkpoint and the keys: a file that
    `lianzhi verify` checks offline. It proves what is in it, not that nothing else would fit the filters.

    Of what you may not see the whole log, or a source's, has the place and the leaf; a narrower question leaves it out.
    """
    scope = scope_of(call)
    async with call.runtime.database.plain() as connection:
        note, checkpoint = await last_published(connection)
        given = {**await narrowed.given(connection, call), "behind": checkpoint.size}
        count = await views.count_log(connection, scope, given, -1, MOST_PROVEN + 1)
        left_out = await told_removed(connection)
    if count > MOST_PROVEN:
        raise TooMuchToProve(MOST_PROVEN)
    await taken(call, EXPORT, "proofs", count, given)
    database, vkeys = call.runtime.database, call.runtime.extra(Publisher).vkeys()
    chunks = views.read_log(database, scope, given, -1, MOST_PROVEN)
    headers = {"Content-Disposition": 'attachment; filename="log.proofs.jsonl"', "Cache-Control": "no-store"}
    headers |= left_out
    body = proven_lines(database, chunks, (note, checkpoint), vkeys)
    return StreamingResponse(body, media_type=LINES, headers=headers)


async def _lines(chunks: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    async for rows in chunks:
        yield b"".join(orjson.dumps(_line(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _line(row: Any) -> dict[str, Any]:
    if row["digest"]:
        return withheld(row).model_dump()
    headers = [
        [name, None if value is None else b64encode(value).decode()] for name, value in unpack_headers(row["headers"])
    ]
    return {
        "index": row["index"],
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["offset"],
        "received_at": row["received_at"],
        "headers": headers,
        "value": b64encode(row["value"]).decode(),
    }
