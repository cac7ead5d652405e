"""The log: line by line as received, and by search."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from services.audit import views
from services.audit.api.cursors import index_of
from services.audit.api.shown import FactPage, shown, telling, withheld
from services.audit.scope import Scope
from services.audit.tables import EXPORT
from shared.accesses.opening import taken
from shared.facts.packing import unpack_headers
from shared.procedure.actor import Role
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, encode_cursor
from shared.web.signed_in import holders

router = APIRouter(tags=["log"])
AUDITORS = frozenset({Role.AUDITOR})
Auditor = Annotated[Call, holders(*AUDITORS)]
Index = Annotated[int, Query(ge=-1, lt=2**63, description="the last index read before; -1 for the beginning")]
Count = Annotated[int, Query(ge=1, le=1_000_000, description="lines at most")]
Text = Annotated[str | None, Query(max_length=200)]
Time = Annotated[AwareDatetime | None, Query()]


class Filters:
    """What both ways of reading can be narrowed by."""

    def __init__(
        self,
        source: Text = None,
        type: Text = None,
        key: Text = None,
        actor: Text = None,
        department: Text = None,
        from_: Annotated[AwareDatetime | None, Query(alias="from", description="time, included")] = None,
        to: Annotated[AwareDatetime | None, Query(description="time, not included")] = None,
    ) -> None:
        self.given = {
            "source": source,
            "type": type,
            "key": key,
            "actor": actor,
            "department": department,
            "since": from_,
            "until": to,
        }


Narrowed = Annotated[Filters, Depends()]
_LINES = {200: {"content": {"application/x-ndjson": {}}, "description": "one entry a line, in order of index"}}


@router.get("/v1/log", response_class=StreamingResponse, responses=_LINES)  # type: ignore[arg-type]
async def log(call: Auditor, narrowed: Narrowed, after: Index = -1, limit: Count = 1000) -> StreamingResponse:
    """Headers and value in base64, exactly as they came; for programs.

    Of what you may not see the whole log, or a source's, has the place and a digest; a narrower question leaves it out.
    """
    scope, given = scope_of(call), narrowed.given
    async with call.runtime.database.plain() as connection:
        count = await views.count_log(connection, scope, given, after, limit)
    await taken(call, EXPORT, "log", count, (given, after, limit))
    chunks = views.read_log(call.runtime.database, scope, given, after, limit)
    return StreamingResponse(_lines(chunks), media_type="application/x-ndjson")


@router.get("/v1/facts")
async def facts(call: Auditor, narrowed: Narrowed, cursor: Cursor = None, limit: Limit = 50) -> FactPage:
    """Search, newest first; for people. What you may not see is shown, or left out, as in the log."""
    before = index_of(cursor)
    async with call.runtime.database.plain() as connection:
        rows = await views.search(connection, scope_of(call), narrowed.given, before, limit)
    await taken(call, EXPORT, "facts", len(rows), (narrowed.given, before))
    next = encode_cursor(rows[-1]["index"]) if len(rows) == limit else None
    by = telling(call)
    return FactPage(items=[withheld(row) if row["digest"] else shown(row, by) for row in rows], next=next)


def scope_of(call: Call) -> Scope:
    return Scope.of(call.actor, AUDITORS, call.runtime.reference, call.at)


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
