"""Recorded before it is answered: that a case file was opened, that a list was taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.accesses.recording import MakeExport, OpenCaseFile, Opening
from shared.procedure.step import Command
from shared.record.aggregate import Aggregate, Write
from shared.record.recorder import Request
from shared.web.call import Call
from shared.world.world import new_id


@dataclass(frozen=True, slots=True)
class File:
    """What is about to be shown: of which case, which lies where, and which part of it."""

    case_id: str
    area: str | None
    what: str
    report_id: str | None = None
    content_id: str | None = None


async def opened(call: Call, aggregate: Aggregate[Opening], file: File) -> None:
    """Without the caller's Idempotency-Key: no answer is kept. Raises Unavailable: then nothing may be shown."""
    await call.runtime.recorder.record(Request((opening_write(call, aggregate, file),), call.trail()))


def opening_write(call: Call, aggregate: Aggregate[Opening], file: File) -> Write[Opening]:
    """For what is recorded together with more."""
    opening_id = f"{file.case_id}:{call.actor.id}"
    parts = {"what": file.what, "report_id": file.report_id, "content_id": file.content_id}
    command = OpenCaseFile(**call.stamp, opening_id=opening_id, case_id=file.case_id, area=file.area, **parts)

    def unless_it_goes_on(opening: Opening) -> Sequence[Command]:
        return [] if opening.goes_on(command) else [command]

    return Write(aggregate, opening_id, unless_it_goes_on)


async def taken(call: Call, aggregate: Aggregate[Any], of: str, rows: int, wanted: object) -> None:
    """`wanted`: the filter, of which only a keyed digest is told. Raises Unavailable: then nothing may be given."""
    command = MakeExport(**call.stamp, export_id=new_id(), of=of, rows=rows, digest=digest_of(call, of, wanted))
    await call.runtime.recorder.record(Request((Write(aggregate, command.export_id, [command]),), call.trail()))


def digest_of(call: Call, of: str, wanted: object) -> str:
    """The same for the same filter, and readable by nobody."""
    return call.runtime.vault.fingerprint(f"export\0{of}\0{wanted!r}".encode()).hex()[:32]
