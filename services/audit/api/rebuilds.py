"""Every service rebuilt from the log and compared with what is live: begun, followed, and what was found."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.audit.api.naming import said
from services.audit.log import rebuilding
from services.audit.log.rebuilding import Asked
from services.audit.refusals import NobodyRebuilds
from shared.procedure.actor import Role
from shared.refusals.words import Word, Words
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_typed, encode_cursor
from shared.web.signed_in import holders_of_the_whole

router = APIRouter(prefix="/v1/rebuilds", tags=["log"])
Rebuilder = Annotated[Call, holders_of_the_whole(Role.AUDITOR, Role.ADMINISTRATOR)]
DIFFERENCES = 100
"""As many are shown; the operator's own command lists up to a thousand."""

SAID: Words = {
    "facts without a row": Word("有事实而没有记录", "facts without a row"),
    "row without facts": Word("有记录而没有事实", "a row without facts"),
    "changed": Word("与事实不符", "not as the facts say"),
    "facts": Word("事实无法还原", "facts that cannot be folded"),
}
"""By the kinds of difference that a rebuild finds."""


class ShownService(BaseModel):
    service: str
    read: int = Field(description="facts read so far")
    facts: int = Field(description="facts in all")
    aggregates: int | None = Field(description="built and compared; none before the end")
    rows: int | None = Field(description="other rows built and compared; none before the end")


class ShownDifference(BaseModel):
    service: str
    table: str
    id: str
    kind: str
    said: str = Field(description="in words")
    field: str | None = Field(description="a column, a path inside the state, or why facts cannot be folded")


class ShownGap(BaseModel):
    source: str
    first: int = Field(description="position")
    last: int


class ShownRebuild(BaseModel):
    id: int
    asked_at: datetime
    asked_by: str = Field(description="as in tokens and posts")
    began_at: datetime | None
    ended_at: datetime | None
    clean: bool | None = Field(description="whether there was no difference; none before the end, or without one")
    seconds: float | None
    services: list[ShownService]
    differences: list[ShownDifference] = Field(description=f"the first {DIFFERENCES} of them")
    omitted: int = Field(description="differences that are not listed")
    missing: list[ShownGap] = Field(description="positions that are not in the log")
    problem: str | None = Field(description="why it came to no end, in words")


class RebuildPage(BaseModel):
    running: bool = Field(description="whether one waits or runs")
    served: bool = Field(description="whether an operator is there who does them")
    items: list[ShownRebuild] = Field(description="the latest first")
    next: str | None


@router.get("")
async def rebuilds(call: Rebuilder, cursor: Cursor = None, limit: Limit = 50) -> RebuildPage:
    """The rebuilds that were asked for, and how far the one that runs is."""
    before = decode_typed(cursor, int)
    return await _page(call, before[0] if before else None, limit)


@router.post("", status_code=202)
async def begin(call: Rebuilder) -> RebuildPage:
    """Build every service's state once more from the log, beside the live one, and compare the two row by row.

    One that waits or runs already is not disturbed. The operator's side does it, with rights that no service has.
    """
    async with call.runtime.database.plain() as connection:
        if not (await rebuilding.standing(connection)).served:
            raise NobodyRebuilds
        await rebuilding.ask(connection, call.actor.id)
    return await _page(call, None, 1)


async def _page(call: Call, before: int | None, limit: int) -> RebuildPage:
    async with call.runtime.database.plain() as connection:
        standing = await rebuilding.standing(connection)
        found = await rebuilding.last(connection, before, limit)
    return RebuildPage(
        running=standing.running,
        served=standing.served,
        items=[_shown(each, call) for each in found],
        next=encode_cursor(found[-1].id) if len(found) == limit else None,
    )


def _shown(asked: Asked, call: Call) -> ShownRebuild:
    report = asked.report or {}
    tallies = report.get("services", {})
    differences = report.get("differences", [])
    return ShownRebuild(
        id=asked.id,
        asked_at=asked.asked_at,
        asked_by=asked.asked_by,
        began_at=asked.began_at,
        ended_at=asked.ended_at,
        clean=report.get("clean"),
        seconds=report.get("seconds"),
        services=[
            ShownService(
                service=each.service,
                read=each.read,
                facts=each.facts,
                aggregates=tallies.get(each.service, {}).get("aggregates"),
                rows=tallies.get(each.service, {}).get("rows"),
            )
            for each in asked.progress
        ],
        differences=[
            ShownDifference(**each, said=said(call, SAID, each["kind"])) for each in differences[:DIFFERENCES]
        ],
        omitted=report.get("omitted", 0) + max(0, len(differences) - DIFFERENCES),
        missing=[ShownGap(**each) for each in report.get("missing", [])],
        problem=asked.refusal[call.language] if asked.refusal else None,
    )
