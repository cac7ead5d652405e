"""What operators do with facts that wait for their case or a missing one, and with records that nobody could read."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.contents.refs import Narrative
from shared.facts.envelope import LANES
from shared.facts.packing import unpack_headers
from shared.listen import holes, quarantine, waiting
from shared.procedure.actor import Role
from shared.refusals.refusals import NotFound
from shared.web import trace
from shared.web.call import Call
from shared.web.paging import BIGGEST, Cursor, Limit, decode_typed, encode_cursor
from shared.web.signed_in import holders_of_the_whole

router = APIRouter(tags=["operations"])
Operator = Annotated[Call, holders_of_the_whole(Role.ADMINISTRATOR)]
Watcher = Annotated[Call, holders_of_the_whole(Role.ADMINISTRATOR, Role.AUDITOR, Role.SUPERVISOR)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern="^[^\\x00]*$")]
Filter = Annotated[Text | None, Query()]
Place = Annotated[int, Path(ge=0, le=2**31 - 1)]
Offset = Annotated[int, Path(ge=0, le=BIGGEST)]
AT_ONCE = 200
"""Keys that one bulk retry takes up; those that were tried least come first, so that asking again goes on."""
log = structlog.get_logger("web")

_PARKED = """
SELECT id, source, position, topic, lane, sequence, key, type, cause, problem, parked_at, tries FROM parked
WHERE ($1::text IS NULL OR key = $1) AND ($2::text IS NULL OR type = $2) AND ($3::text IS NULL OR problem = $3)
  AND ($4::text IS NULL OR cause = $4) AND id > $5 ORDER BY id LIMIT $6
"""
_KEYS = """
SELECT key FROM parked WHERE cause <> 'hole' AND ($1::text IS NULL OR key = $1)
  AND ($2::text IS NULL OR type = $2) AND ($3::text IS NULL OR problem = $3)
GROUP BY key ORDER BY min(tries), min(id) LIMIT $4
"""


class Parked(BaseModel):
    id: int
    source: str
    position: int
    topic: str
    lane: int
    sequence: int
    key: str
    type: str
    cause: str
    problem: str
    parked_at: datetime
    tries: int


class ParkedPage(BaseModel):
    items: list[Parked]
    next: str | None = Field(description="`cursor` of the next page")


class Retried(BaseModel):
    handled: int = Field(description="facts handled, in order")
    stopped_by: str | None = Field(description="why the next one still waits")


class Which(BaseModel):
    """Whose facts: all that are told apply, and one at least is."""

    model_config = ConfigDict(extra="forbid")
    key: Text | None = Field(None, description="the case, whatever signs its key holds")
    type: Text | None = Field(None, description="a kind of fact, as the list shows it")
    problem: Text | None = Field(None, description="why they wait, as the list shows it")

    @model_validator(mode="after")
    def _something(self) -> "Which":
        if self.key is None and self.type is None and self.problem is None:
            raise ValueError("one of key, type and problem is needed")
        return self


class AllRetried(BaseModel):
    handled: int = Field(description="facts handled, of each case in order")
    stopped: dict[str, str] = Field(description="by key, why its next fact still waits")
    more: bool = Field(description="there may be others; ask again")


class Lane(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: Text
    topic: Text
    lane: int = Field(ge=0, lt=LANES)


class Hole(Lane):
    first: int = Field(description="sequence of the first missing fact")
    last: int
    waiting: int = Field(description="facts behind it")
    since: datetime


class Unreadable(BaseModel):
    topic: str
    partition: int
    offset: int
    problem: str
    quarantined_at: datetime
    dealt_with: bool


class UnreadablePage(BaseModel):
    items: list[Unreadable]
    next: str | None = Field(description="`cursor` of the next page")


class Decision(BaseModel):
    by: str
    at: datetime
    why: str | None = Field(description="null once it is erased")


class Record(BaseModel):
    """As it lies in Kafka; every value in base64."""

    key: str | None
    headers: list[tuple[str, str | None]]
    value: str | None
    problem: str
    quarantined_at: datetime
    decision: Decision | None


class Why(BaseModel):
    model_config = ConfigDict(extra="forbid")
    why: Narrative = Field(description="what was done about it")


@router.get("/v1/parked")
async def parked(
    call: Watcher,
    key: Filter = None,
    type: Filter = None,
    problem: Filter = None,
    cause: Annotated[Literal["failed", "behind", "hole"] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> ParkedPage:
    """Facts that could not be handled and those behind them, oldest first."""
    (after,) = decode_typed(cursor, int) or (0,)
    async with call.runtime.database.plain() as connection:
        rows = await connection.fetch(_PARKED, key, type, problem, cause, after, limit)
    next = encode_cursor(rows[-1]["id"]) if len(rows) == limit else None
    return ParkedPage(items=[Parked(**dict(row)) for row in rows], next=next)


@router.post("/v1/parked/retry")
async def retry_all(which: Which, call: Operator) -> AllRetried:
    """Handle the waiting facts of every such case again, each case in order."""
    async with call.runtime.database.plain() as connection:
        rows = await connection.fetch(_KEYS, which.key, which.type, which.problem, AT_ONCE + 1)
    handled, stopped = 0, dict[str, str]()
    for row in rows[:AT_ONCE]:
        try:
            retried = await retry(row["key"], call)
        except NotFound:
            continue  # somebody else was faster
        handled += retried.handled
        if retried.stopped_by is not None:
            stopped[row["key"]] = retried.stopped_by
    return AllRetried(handled=handled, stopped=stopped, more=len(rows) > AT_ONCE)


@router.post("/v1/parked/{key:path}/retry")
async def retry(key: str, call: Operator) -> Retried:
    """Handle the waiting facts of a case again, in order. A key may hold slashes, as a source's does."""
    handled, stopped_by = await waiting.retry(call.runtime.database, call.runtime.ears, key)
    await call.runtime.reference.load(call.runtime.database)
    call.runtime.after_commit({key})
    return Retried(handled=handled, stopped_by=stopped_by)


@router.post("/v1/parked/{id}/skip", status_code=204)
async def skip(id: Annotated[int, Path(ge=0, le=BIGGEST)], call: Operator) -> None:
    """Drop the first waiting fact of a case; that it was dropped becomes a fact."""
    await waiting.skip(call.runtime.database, call.runtime.skipped, id, (call.actor.id, call.at))
    call.runtime.after_commit(set())


@router.get("/v1/holes")
async def missing(call: Watcher) -> list[Hole]:
    """Lanes that wait for a missing fact, those that have waited longest first."""
    return [Hole(**hole) for hole in await holes.holes(call.runtime.database)]


@router.post("/v1/holes/skip", status_code=204)
async def skip_hole(lane: Lane, call: Operator) -> None:
    """Do without facts that nobody can send again; that is a fact. What waits behind them follows."""
    runtime, place = call.runtime, (lane.source, lane.topic, lane.lane)
    await holes.skip_hole(runtime.database, runtime.hole_skipped, place, (call.actor.id, call.at))
    runtime.after_commit(set())


@router.get("/v1/quarantine")
async def quarantined(
    call: Watcher,
    dealt_with: Annotated[bool | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> UnreadablePage:
    """Records whose case cannot even be read, oldest first."""
    after = decode_typed(cursor, datetime, str, int, int)
    rows = await quarantine.quarantined(call.runtime.database, dealt_with, after, limit)
    last = rows[-1] if len(rows) == limit else None
    next = last and encode_cursor(last["quarantined_at"], last["topic"], last["partition"], last["offset"])
    return UnreadablePage(items=[Unreadable(**row) for row in rows], next=next)


@router.get("/v1/quarantine/{topic}/{partition}/{offset}")
async def unreadable(topic: str, partition: Place, offset: Offset, call: Operator) -> Record:
    """All there is of one. It may hold anything, so who looked is in the log."""
    found = await quarantine.open_record(call.runtime.database, call.runtime.vault, (topic, partition, offset))
    place = {"topic": topic, "partition": partition, "offset": offset}
    log.warning("a record in quarantine was opened", by=call.actor.id, **place, **trace.identifiers())
    return Record(
        key=_base64(found["key"]),
        headers=[(name, _base64(value)) for name, value in unpack_headers(found["headers"])],
        value=_base64(found["value"]),
        **{name: found[name] for name in ("problem", "quarantined_at", "decision")},
    )


@router.post("/v1/quarantine/{topic}/{partition}/{offset}/dealt-with", status_code=204)
async def deal_with(topic: str, partition: Place, offset: Offset, body: Why, call: Operator) -> None:
    """Say what was done about one: a fact, with who and when; the words stay here."""
    runtime, by = call.runtime, (call.actor.id, call.at)
    kind = quarantine.dealt_with_fact(runtime.service.name)
    await quarantine.deal_with(runtime.database, runtime.vault, kind, (topic, partition, offset), by, body.why)
    runtime.after_commit(set())


def _base64(raw: Any) -> str | None:
    return None if raw is None else b64encode(raw).decode()
