"""What is missing and who is silent; what has alarmed."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.audit import views
from services.audit.api.cursors import index_of
from services.audit.log.completeness import missing, sources
from services.audit.log.inspect import Kind
from services.audit.log.watch import Watch
from shared.procedure.actor import Role
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, encode_cursor
from shared.web.signed_in import holders

router = APIRouter(tags=["completeness"])
Watcher = Annotated[Call, holders(Role.AUDITOR, Role.ADMINISTRATOR)]


Watched = Literal[
    "gap",
    "silence",
    "hash",
    "conflict",
    "signature",
    "clock",
    "witness",
    "mirror",
    "rollback",
    "fork",
    "unprovable",
    "key",
]


class Gap(BaseModel):
    """Positions `first` to `last`, both included, have not been received."""

    source: str = Field(examples=["/services/intake"])
    first: int
    last: int
    since: datetime = Field(description="when a later position came")
    tail: bool = Field(description="only head facts came after it")


class Source(BaseModel):
    source: str = Field(examples=["/services/intake"])
    highest: int = Field(description="highest position received")
    count: int = Field(description="positions received")
    waiting: int = Field(description="received, waiting behind a missing one")
    head_position: int | None = Field(description="how far its last head fact says it is")
    head_at: datetime | None
    proven_position: int = Field(description="up to here its head facts' hashes hold or have alarmed")
    silent_since: datetime | None = Field(description="its last head fact, if the next one is overdue")


class Gaps(BaseModel):
    items: list[Gap]
    sources: list[Source]


class Alarm(BaseModel):
    id: int
    kind: Watched | Kind
    source: str
    first: int = Field(description="of a silence the last position that the source has told of")
    last: int
    raised_at: datetime
    cleared_at: datetime | None


class AlarmPage(BaseModel):
    items: list[Alarm]
    next: str | None


@router.get("/v1/gaps")
async def gaps(call: Watcher) -> Gaps:
    """Positions that are missing, and how far each source is, as of now."""
    async with call.runtime.database.plain() as connection:
        patience = await call.runtime.extra(Watch).patience(connection)
        found = await missing(connection)
        rows = await sources(connection, patience, await connection.fetchval("SELECT now()"))
    return Gaps(items=[Gap(**asdict(gap)) for gap in found], sources=[Source(**dict(row)) for row in rows])


@router.get("/v1/alarms")
async def alarms(
    call: Watcher,
    open: Annotated[bool, Query(description="only those not cleared")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AlarmPage:
    """Newest first. Gaps, silences and a clock that was ahead clear by themselves; a hash, a conflict or a signature
    never does. A clock's place is the first fact that was received ahead of time."""
    before = index_of(cursor)
    async with call.runtime.database.plain() as connection:
        rows = await views.alarms(connection, open, before, limit)
    next = encode_cursor(rows[-1]["id"]) if len(rows) == limit else None
    return AlarmPage(items=[Alarm(**dict(row)) for row in rows], next=next)
