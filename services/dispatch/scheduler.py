"""Clocks that are due, told once each: also after a stop, and however many replicas look."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from services.dispatch.model import Case
from services.dispatch.model import commands as c
from services.dispatch.tables import CASE
from services.dispatch.views import due_clocks
from shared.facts.envelope import Trail
from shared.procedure.actor import service_actor
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.recorder import Request
from shared.refusals.refusals import Refused
from shared.web.runtime import Runtime

ME = service_actor("dispatch")
EVERY = 0.5
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
    requests = [Request((Write(CASE, case_id, _telling(now)),), Trail()) for case_id in cases]
    answers = await asyncio.gather(*(runtime.recorder.record(request) for request in requests), return_exceptions=True)
    for case_id, answer in zip(cases, answers, strict=True):
        if isinstance(answer, Refused):
            log.warning("a clock could not be told; it is tried again", case=case_id, why=answer.code)
        elif isinstance(answer, BaseException):
            raise answer
    return len(cases)


def _telling(now: datetime) -> Callable[[Case], Sequence[Command]]:
    """Every event of every clock of the case that is due by now, in order."""

    def commands(case: Case) -> Sequence[Command]:
        due: list[tuple[datetime, Command]] = []
        for clock in case.clocks:
            if clock.next_at is None or clock.next_at > now:
                continue
            moments = [*clock.deadline.warnings[clock.warned :], clock.deadline.due_at]
            kinds = [c.WarnClock] * (len(moments) - 1) + [c.LapseClock]
            for moment, kind in zip(moments, kinds, strict=True):
                if moment <= now:
                    due.append((moment, kind(at=now, actor=ME, clock_id=clock.clock_id)))
        return [command for _, command in sorted(due, key=lambda pair: pair[0])]

    return commands
