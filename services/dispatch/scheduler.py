"""Clocks that are due, told once each: also after a stop, and however many replicas look.

Nothing is told before all is heard that lay in Kafka at that moment: an answer given in time, heard late, is no lapse.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from services.dispatch import deadlines
from services.dispatch.facts import Deadline
from services.dispatch.model import MODEL, Case
from services.dispatch.model import commands as c
from services.dispatch.model.clock import RunningClock
from services.dispatch.model.guards import clock_due
from services.dispatch.tables import CASE
from services.dispatch.views import due_clocks
from shared.facts.envelope import Trail
from shared.procedure.actor import service_actor
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.recorder import Request
from shared.reference.reference import Reference
from shared.refusals.refusals import Refused
from shared.web.runtime import Runtime

ME = service_actor("dispatch")
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
    telling = _telling(now, runtime.reference)
    requests = [Request((Write(CASE, case_id, telling),), Trail()) for case_id in cases]
    answers = await asyncio.gather(*(runtime.recorder.record(request) for request in requests), return_exceptions=True)
    for case_id, answer in zip(cases, answers, strict=True):
        if isinstance(answer, Refused):
            log.warning("a clock could not be told; it is tried again", case=case_id, why=answer.code)
        elif isinstance(answer, BaseException):
            raise answer
    return len(cases)


def _telling(now: datetime, reference: Reference) -> Callable[[Case], Sequence[Command]]:
    """Every event of every clock of the case that is due by now, in order."""

    def commands(case: Case) -> Sequence[Command]:
        due: list[tuple[datetime, Command]] = []
        for clock in case.clocks:
            if clock.next_at is None or clock.next_at > now:
                continue
            warn = c.WarnClock(at=now, actor=ME, clock_id=clock.clock_id)
            due += [(moment, warn) for moment in clock.deadline.warnings[clock.warned :] if moment <= now]
            if clock.deadline.due_at <= now:
                silent = _silent(reference, case, clock)
                lapse = c.LapseClock(at=now, actor=ME, clock_id=clock.clock_id, handling=silent)
                due.append((clock.deadline.due_at, lapse))
        return _still_due(case, [command for _, command in sorted(due, key=lambda pair: pair[0])])

    return commands


def _still_due(case: Case, commands: Sequence[Command]) -> Sequence[Command]:
    """Without those of a clock that one before them has stopped."""
    taken = []
    for command in commands:
        if clock_due(case, command) is None:
            case, _ = MODEL.carry_out(case, command)
            taken.append(command)
    return taken


def _silent(reference: Reference, case: Case, clock: RunningClock) -> Deadline | None:
    """The clock of handling, should the silence count as acceptance: it runs from the end of the time to object."""
    handoff = case.handoff(clock.handoff_id) if clock.deadline.silence and clock.handoff_id else None
    if handoff is None:
        return None
    return deadlines.handling(reference, case.category, clock.deadline.due_at, handoff.department)
