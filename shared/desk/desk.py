"""A desk as its routes need it, and the way from a route to a recorded step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from shared.accesses.opening import File, opened
from shared.accesses.recording import Opening
from shared.contents.contents import keep_text
from shared.contents.refs import ContentRef
from shared.desk.access import SEERS, is_own, may
from shared.desk.matter import Matter
from shared.desk.shapes import MatterDetail
from shared.desk.views import Stored, stored
from shared.identity.sealing import circle_of
from shared.procedure.step import NEW, Command
from shared.record.aggregate import Aggregate, Commands, Write
from shared.record.rows import Row
from shared.refusals.refusals import Changed, NotFound
from shared.search.recording import Search
from shared.web.call import Call


@dataclass(frozen=True, slots=True)
class Desk:
    """`paths`: the last part of the route of each command that people give; `detail`: a single read."""

    aggregate: Aggregate[Any]
    opening: Aggregate[Opening]
    search: Aggregate[Search]
    path: str
    paths: Mapping[type[Command], str]
    detail: type[MatterDetail]

    @property
    def what(self) -> str:
        return self.aggregate.name

    @property
    def statuses(self) -> frozenset[str]:
        rows = (row for procedure in self.aggregate.model.procedures for row in procedure.steps)
        return frozenset(status for row in rows for status in (*row.during, row.then) if status and status != NEW)

    @property
    def open_statuses(self) -> frozenset[str]:
        """Those in which somebody of the office can go on."""
        rows = (row for procedure in self.aggregate.model.procedures for row in procedure.steps)
        return frozenset(status for row in rows if row.command in self.paths for status in row.during)


async def open_matter(call: Call, desk: Desk, matter: Matter, what: str, content_id: str | None = None) -> None:
    """To be called before `what` of it is shown: that it is opened is recorded where it is not of one's own office, or
    sealed. Raises Unavailable."""
    sealed = circle_of(call.runtime.reference, matter.category, call.at)
    if sealed or not is_own(call.actor, matter):
        await opened(call, desk.opening, File(matter.case_id, matter.area, what, content_id=content_id))


async def take(call: Call, desk: Desk, handoff_id: str, commands: Commands, also: tuple[Row, ...] = ()) -> Response:
    """Record a step. Raises Refused."""
    if call.expected is not None:
        await seen(call, desk, handoff_id)  # before its version is told
    write = Write(desk.aggregate, handoff_id, commands, call.expected, also)
    try:
        return await call.record(write, lambda outcome: _answer(handoff_id, outcome.version, outcome.state))
    except Changed as changed:
        now = await seen(call, desk, handoff_id)
        present = _answer(handoff_id, now.version, now.matter)
        raise Changed(changed.expected, now.version, present) from None


async def seen(call: Call, desk: Desk, handoff_id: str) -> Stored:
    """Raises NotFound for what is not there and for what the caller may not see."""
    async with call.runtime.database.plain() as connection:
        found = await stored(connection, desk.aggregate, handoff_id)
    if found is None or not may(call.actor, SEERS, found.matter):
        raise NotFound(desk.what)
    return found


def written(call: Call, handoff_id: str, kind: str, text: str) -> tuple[ContentRef, tuple[Row, ...]]:
    """A text as a content of this matter."""
    ref, row = keep_text(call.runtime.vault, about=handoff_id, kind=kind, text=text, at=call.at)
    return ref, (row,)


def _answer(handoff_id: str, version: int, matter: Matter) -> dict[str, Any]:
    return {"handoff_id": handoff_id, "case_id": matter.case_id, "status": matter.status, "version": version}
