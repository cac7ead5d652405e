"""Years of the log in files: archived, followed, listed, and taken away."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from services.audit import views
from services.audit.api.asking import Auditor, scope_of
from services.audit.api.tiles import last_published
from services.audit.log.archiving import Archiving, Asked, measure, months_of, open_year
from services.audit.log.publish import Publisher
from services.audit.log.removed import months_removed
from services.audit.log.vouching import vouched_for
from services.audit.model import RemoveMonth, ReturnMonth
from services.audit.refusals import (
    ArchivingNow,
    EntriesWithheld,
    FileGone,
    NotYetProven,
    NowhereToArchive,
    StillRemoved,
    YearNotOver,
)
from services.audit.tables import ARCHIVE, EXPORT
from shared.accesses.opening import taken
from shared.procedure.actor import Role
from shared.record.aggregate import Write
from shared.record.database import Connection
from shared.record.recorder import Request
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_typed, encode_cursor
from shared.web.signed_in import holders_of_the_whole

router = APIRouter(prefix="/v1/archives", tags=["archives"])
Keeper = Annotated[Call, holders_of_the_whole(Role.AUDITOR, Role.ADMINISTRATOR)]
Year = Annotated[int, Path(ge=1970, le=9999, description="of receipt, in the district's time")]
Month = Annotated[str, Path(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-03"])]
PARQUET = "application/vnd.apache.parquet"


class ShownArchive(BaseModel):
    month: str = Field(examples=["2026-03"])
    first: int = Field(description="index of the first entry")
    behind: int = Field(description="index behind the last")
    entries: int
    size: int = Field(description="of the checkpoint that proves it")
    length: int = Field(description="bytes of the file")
    sha256: str = Field(description="of the file, which was verified before this was recorded")
    archived_at: datetime
    archived_by: str = Field(description="as in tokens and posts")
    removed_at: datetime | None = Field(description="since when what has ended of it is in the file only")
    here: bool = Field(description="whether the file is in the service's own folder, and can be had from it")


class Months(BaseModel):
    items: list[ShownArchive] = Field(description="of that year, the first one first")


class ArchivePage(BaseModel):
    running: bool
    year: int | None = Field(description="that is being archived, or was archived last, by this replica")
    done: int = Field(description="entries written of it")
    total: int = Field(description="entries in it")
    problem: str | None = Field(description="why the last archiving ended early")
    items: list[ShownArchive] = Field(description="months, the latest first")
    next: str | None


@router.get("")
async def archives(call: Keeper, cursor: Cursor = None, limit: Limit = 50) -> ArchivePage:
    """The months that were archived, and how far the archiving that runs is."""
    before, archiving = decode_typed(cursor, str), call.runtime.extra(Archiving)
    running = archiving.begun.is_set()  # before the list is read: once it does not run, all that it made is there
    async with call.runtime.database.plain() as connection:
        rows = await views.archives(connection, before[0] if before else None, limit)
    next = encode_cursor(rows[-1]["month"]) if len(rows) == limit else None
    return await _page(archiving, running, rows, next)


@router.post("/{year}", status_code=202)
async def begin(year: Year, call: Keeper) -> ArchivePage:
    """Write a year that is over into files, a month each, verify and record them; it goes on when the answer is given.

    A month that was archived before is written anew, and the later file is the one that is known.
    """
    archiving = call.runtime.extra(Archiving)
    if archiving.begun.is_set() and archiving.asked is not None and archiving.asked.year != year:
        raise ArchivingNow(archiving.asked.year)
    if not archiving.begun.is_set():
        if archiving.folder is None:
            raise NowhereToArchive
        archiving.begin(await _asked(call, year))
    return await _page(archiving, True, [], None)


async def _asked(call: Call, year: int) -> Asked:
    """Raises YearNotOver, NotFound, NotYetProven; StillRemoved, because a file would not have all any more."""
    async with call.runtime.database.plain() as connection:
        now = await open_year(connection)
        if now is None or year >= now:
            raise YearNotOver(year)
        months = await months_of(connection, year)
        if not months:
            raise NotFound("year")
        _, checkpoint = await last_published(connection)
        if checkpoint.size < months[-1].behind:
            raise NotYetProven(checkpoint.size)
        for month in await _of_year(connection, year, removed=True):
            raise StillRemoved(month["month"], year)
    return Asked(year, call.actor, months)


@router.post("/{year}/removal")
async def removal(year: Year, call: Keeper) -> Months:
    """Record that a year is taken out of the live log: `lianzhi archive YEAR --remove` does it then, with the rights of
    the tables' owner, which this service has not.

    Only a year of which every month is archived, by a fact in the log that a witness has cosigned, and of which each
    witness that keeps a copy has all.
    """
    async with call.runtime.database.plain() as connection:
        _, checkpoint = await last_published(connection)
        await vouched_for(connection, call.runtime.extra(Publisher), year, checkpoint.size)
        going = await _of_year(connection, year, removed=False)
    return await _record(call, year, [RemoveMonth(**call.stamp, month=row["month"]) for row in going])


@router.post("/{year}/return")
async def returned(year: Year, call: Keeper) -> Months:
    """Record that a year is back: `lianzhi archive YEAR --bring-back` has put back all that was taken out."""
    async with call.runtime.database.plain() as connection:
        coming = await _of_year(connection, year, removed=True)
        away = set(await months_removed(connection)) & {row["month"] for row in coming}
    if away:
        raise StillRemoved(min(away), year)
    return await _record(call, year, [ReturnMonth(**call.stamp, month=row["month"]) for row in coming])


async def _record(call: Call, year: int, commands: Sequence[RemoveMonth | ReturnMonth]) -> Months:
    if commands:
        writes = tuple(Write(ARCHIVE, command.month, [command]) for command in commands)
        await call.runtime.recorder.record(Request(writes, call.trail()))
    archiving = call.runtime.extra(Archiving)
    async with call.runtime.database.plain() as connection:
        return Months(items=await _shown(archiving, await _of_year(connection, year)))


async def _of_year(connection: Connection, year: int, removed: bool | None = None) -> list[dict[str, Any]]:
    """The months that were archived: all, those that were taken out, or the others."""
    rows = await views.archives_of(connection, year)
    return [row for row in rows if removed is None or (row["removed_at"] is not None) == removed]


@router.get("/{month}/file", response_class=FileResponse, responses={200: {"content": {PARQUET: {}}}})
async def file(month: Month, call: Auditor) -> FileResponse:
    """The archive of a month, as it was recorded; what `lianzhi verify` checks offline, and DuckDB reads.

    Only the whole: whoever may not see one of its entries is refused it.
    """
    async with call.runtime.database.plain() as connection:
        row = await views.archive(connection, month)
        if row is None:
            raise NotFound("archive")
        if await views.is_withheld(connection, scope_of(call), (row["first"], row["behind"])):
            raise EntriesWithheld
    found = call.runtime.extra(Archiving).file(month)
    if found is None or not await asyncio.to_thread(_is, found, row["length"], row["sha256"]):
        raise FileGone(month)
    await taken(call, EXPORT, "archive", row["behind"] - row["first"], month)
    return FileResponse(found, media_type=PARQUET, filename=found.name, headers={"Cache-Control": "no-store"})


def _is(file: File, length: int, sha256: str) -> bool:
    return file.is_file() and measure(file) == (length, sha256)


async def _shown(archiving: Archiving, rows: Sequence[dict[str, Any]]) -> list[ShownArchive]:
    def here(month: object) -> bool:
        found = archiving.file(str(month))
        return found is not None and found.is_file()

    return [ShownArchive.model_validate({**row, "here": await asyncio.to_thread(here, row["month"])}) for row in rows]


async def _page(archiving: Archiving, running: bool, rows: Sequence[dict[str, Any]], next: str | None) -> ArchivePage:
    items = await _shown(archiving, rows)
    return ArchivePage(
        running=running,
        year=archiving.asked.year if archiving.asked else None,
        done=archiving.done,
        total=archiving.total,
        problem=None if running else archiving.problem,
        items=items,
        next=next,
    )
