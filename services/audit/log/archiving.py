"""A closed year of the log written into files, a month each; each is checked as anybody would, and then recorded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import structlog

from services.audit.log import tiles
from services.audit.log.months import Month, months
from services.audit.log.publish import Publisher, published
from services.audit.log.settings import LogSettings
from services.audit.model import ArchiveMonth
from services.audit.tables import ARCHIVE, ENTRIES
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.label import Label, file_name
from services.audit.tree.notes import Note
from shared.facts.envelope import Trail
from shared.procedure.actor import Actor
from shared.record.aggregate import Write
from shared.record.database import Connection, outages_passed_over
from shared.record.recorder import Request
from shared.signing.merkle import Range, cover
from shared.web.runtime import Runtime

log = structlog.get_logger("audit")
_ROWS = f"""
SELECT {", ".join(f'"{column.name}"' for column in ENTRIES.columns)} FROM entries
WHERE index >= $1 AND index < $2 ORDER BY index
"""
_OPEN = "SELECT extract(year FROM month)::integer FROM numbering"


BROKEN_OFF = "it was broken off, the database could not be reached: begin it again"


class Damaged(Exception):
    """What was written cannot be proven; says what and where."""


@dataclass(frozen=True, slots=True)
class Asked:
    year: int
    by: Actor
    months: Sequence[Month]


class Archiving:
    """The archiving that runs in this replica: `done` of `total` entries; what went wrong with the last one."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.folder = LogSettings().archives
        self.asked: Asked | None = None
        self.begun = asyncio.Event()
        self.done = self.total = 0
        self.problem: str | None = None

    def begin(self, asked: Asked) -> None:
        """It goes on in the background."""
        self.asked, self.done, self.problem = asked, 0, BROKEN_OFF
        self.total = sum(month.behind - month.first for month in asked.months)
        self.begun.set()

    def file(self, month: str) -> Path | None:
        """Of a month that was archived here; None without a folder."""
        return None if self.folder is None else self.folder / file_name(month)

    async def run(self) -> None:
        """What was asked for, to its end."""
        asked, folder = self.asked, self.folder
        assert asked is not None
        assert folder is not None
        try:
            await asyncio.to_thread(folder.mkdir, 0o700, True, True)
            for month in asked.months:
                await self._archive(folder, month, asked.by)
            self.problem = None
        except (Damaged, tiles.Missing, OSError) as failure:
            self.problem = str(failure)
            log.error("a month of the log could not be archived", year=asked.year, problem=self.problem)

    async def _archive(self, folder: Path, month: Month, by: Actor) -> None:
        draft = folder / f".{file_name(month.name)}"
        try:
            size = await self._write(draft, month)
            await asyncio.to_thread(self._check, draft)
            length, sha256 = await asyncio.to_thread(measure, draft)
            await asyncio.to_thread(draft.replace, folder / file_name(month.name))
        finally:
            await asyncio.to_thread(draft.unlink, True)
        told = {"month": month.name, "first": month.first, "behind": month.behind}
        at = self.runtime.now()
        command = ArchiveMonth(at=at, actor=by, **told, size=size, length=length, sha256=sha256)
        await self.runtime.recorder.record(Request((Write(ARCHIVE, month.name, [command]),), Trail()))

    async def _write(self, draft: Path, month: Month) -> int:
        """Answers the size of the checkpoint that it is proven by."""
        from services.audit.tree.archive import ROWS, Writer  # 50 MB that only who archives needs

        async with self.runtime.database.plain() as connection:
            label, size = await label_for(connection, month, self.runtime.extra(Publisher).vkeys())
        writer = await asyncio.to_thread(Writer, draft, label)
        try:
            for first in range(month.first, month.behind, ROWS):
                async with self.runtime.database.plain() as connection:
                    rows = await connection.fetch(_ROWS, first, min(first + ROWS, month.behind))
                await asyncio.to_thread(writer.add, rows)
                self.done += len(rows)
        finally:
            await asyncio.to_thread(writer.close)
        return size

    def _check(self, draft: Path) -> None:
        from services.audit.tree.check_archive import verify_archive

        publisher = self.runtime.extra(Publisher)
        verdict = verify_archive(draft, [*publisher.keys, *(witness.key for witness in publisher.witnesses)])
        if not verdict.holds:
            raise Damaged("; ".join(f"{problem.place}: {problem.en}" for problem in verdict.problems[:3]))


async def open_year(connection: Connection) -> int | None:
    """The one in which facts are received; None for an empty log."""
    year: int | None = await connection.fetchval(_OPEN)
    return year


async def months_of(connection: Connection, year: int) -> list[Month]:
    return [month for month in await months(connection) if month.month.year == year]


async def label_for(connection: Connection, month: Month, vkeys: dict[str, list[str]]) -> tuple[Label, int]:
    """With what fills the tree of the last checkpoint on either side; and the size of that. Raises tiles.Missing."""
    note = await published(connection)
    if note is None:
        raise Damaged("no checkpoint has been published")
    size = Checkpoint.read(Note.read(note).text).size
    if size < month.behind:
        raise Damaged(f"the last checkpoint does not cover {month.name}")
    left, right = _subtrees((0, month.first)), _subtrees((month.behind, size))
    hashes = await tiles.hashes_of(connection, [*left, *right], size)
    beside = hashes[: len(left)], hashes[len(left) :]
    return Label(month.name, month.first, month.behind, note, *beside, vkeys), size


def _subtrees(whole: Range) -> list[Range]:
    return [(place << level, (place + 1) << level) for level, place in cover(whole)]


def measure(file: Path) -> tuple[int, str]:
    """Its length and its SHA-256."""
    with file.open("rb") as opened:
        return file.stat().st_size, file_digest(opened, "sha256").hexdigest()


async def archive_when_asked(runtime: Runtime) -> None:
    """As long as the service runs."""
    archiving = runtime.extra(Archiving)
    while True:
        await archiving.begun.wait()
        try:
            with outages_passed_over():
                await archiving.run()
        finally:
            archiving.begun.clear()
