"""Clocks counted by a notice of days off that has come since, or was put right, are counted again: once each.

A clock's row names the notices that it was counted by (`Case.marks`); what does not stand any more is found by it,
in small batches, after any stop, and by whichever replica. A replica whose copy of the directory is not the newest
waits: it would count back.
"""

import asyncio

import structlog

from services.dispatch import deadlines
from services.dispatch.model.due import ME
from services.dispatch.tables import CASE
from services.dispatch.views import clocks_counted_by, marks_of_clocks
from shared.facts.envelope import Trail
from shared.record.aggregate import Write
from shared.record.recorder import Request
from shared.reference.days import working_days
from shared.refusals.refusals import Refused
from shared.web.runtime import Runtime

EVERY, BATCH = 2.0, 100
log = structlog.get_logger("clocks")


async def keep_counts(runtime: Runtime) -> None:
    while True:
        await recount(runtime)
        await asyncio.sleep(EVERY)


async def recount(runtime: Runtime) -> int:
    """All that does not stand: how many clocks were looked at."""
    seen, after = 0, ""
    while clocks := await _stale(runtime, after):
        await _record(runtime, clocks)
        seen, after = seen + len(clocks), max(clock_id for clock_id, _, _ in clocks)
    return seen


async def _stale(runtime: Runtime, after: str) -> list[tuple[str, str, str]]:
    """The next clocks whose count does not stand, with cases and marks; none while this copy is not the newest."""
    days = working_days(runtime.reference)
    async with runtime.database.plain() as connection, connection.transaction(isolation="repeatable_read"):
        if await connection.fetchval("SELECT revision FROM reference_changes") != runtime.reference.changes:
            return []
        marks = await marks_of_clocks(connection)
        stale = [mark for mark in marks if not days.stands(mark.split(","))]
        return await clocks_counted_by(connection, stale, after, BATCH) if stale else []


async def _record(runtime: Runtime, clocks: list[tuple[str, str, str]]) -> None:
    stamp = {"at": runtime.now(), "actor": ME}
    marks = {mark for _, _, mark in clocks}
    commands = deadlines.recounting(runtime.reference, stamp, marks)
    cases = dict.fromkeys(case_id for _, case_id, _ in clocks)
    requests = [Request((Write(CASE, case_id, commands),), Trail()) for case_id in cases]
    answers = await asyncio.gather(*(runtime.recorder.record(request) for request in requests), return_exceptions=True)
    for case_id, answer in zip(cases, answers, strict=True):
        if isinstance(answer, Refused):
            log.warning("a clock could not be counted again; it is tried again", case=case_id, why=answer.code)
        elif isinstance(answer, BaseException):
            raise answer
