"""Clocks that are due and that nobody touches, told once each: also after a stop, and however many replicas look.

Whoever touches a case tells first what was due of it (`model/due.py`): when these looks come decides nothing.
Nothing is told before all is heard that lay in Kafka at that moment: an answer given in time, heard late, is no lapse.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from services.dispatch.model import MODEL, Case
from services.dispatch.model.due import next_due
from services.dispatch.tables import CASE
from services.dispatch.views import due_clocks
from shared.facts.envelope import Trail
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.recorder import Request
from shared.refusals.refusals import Refused
from shared.web.runtime import Runtime

EVERY, HEARD_WITHIN = 0.5, 5.0
log = structlog.get_logger("clocks")


async def keep_clocks(runtime: Runtime) -> None:
    while True:
        told = await tell_due(runtime)
        if not told:
            await asyncio.sleep(EVERY)


async def tell_due(runtime: Runtime) -> int:
    """One round: how many clocks were found due."""
    now = runtime.now()
    async with runtime.database.plain() as connection:
        cases = await due_clocks(connection, now)
    if cases and not await runtime.listener.caught_up(HEARD_WITHIN):
        log.warning("offices' answers are still unheard; clocks that are due wait for them", cases=len(cases))
        return 0
    requests = [Request((Write(CASE, case_id, due_by(now)),), Trail()) for case_id in cases]
    answers = await asyncio.gather(*(runtime.recorder.record(request) for request in requests), return_exceptions=True)
    for case_id, answer in zip(cases, answers, strict=True):
        if isinstance(answer, Refused):
            log.warning("a clock could not be told; it is tried again", case=case_id, why=answer.code)
        elif isinstance(answer, BaseException):
            raise answer
    return len(cases)


def due_by(now: datetime) -> Callable[[Case], Sequence[Command]]:
    """Every event of every clock of the case that has come by now, in the order of their times."""

    def commands(case: Case) -> Sequence[Command]:
        due: list[Command] = []
        while (event := next_due(case, now)) is not None:
            case, _ = MODEL.carry_out(case, event)
            due.append(event)
        return due

    return commands
