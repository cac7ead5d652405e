"""What time itself does to a case: its clocks' warnings and ends, each at its moment, whoever comes next."""

from datetime import UTC, datetime

from services.dispatch.model import commands as c
from services.dispatch.model.guards import EVENTS
from services.dispatch.model.state import Case
from shared.procedure.actor import service_actor
from shared.procedure.step import Command

ME = service_actor("dispatch")
OF_CLOCKS = (*EVENTS.values(), c.RecountClock, c.WithdrawLapse)


def next_due(case: Case, upto: datetime) -> Command | None:
    """The first event of a clock that has come by then and is not told yet, as of its own moment."""
    found = [(clock.next_at, place) for place, clock in enumerate(case.clocks) if clock.next_at is not None]
    if not found or min(found)[0] > upto:
        return None
    moment, place = min(found)
    clock = case.clocks[place]
    return EVENTS[clock.next_event](at=moment.astimezone(UTC), actor=ME, clock_id=clock.clock_id)


def due_before(case: Case, command: Command) -> Command | None:
    """A command is decided on the case as time has left it: what was due by then is told first."""
    return None if isinstance(command, OF_CLOCKS) else next_due(case, command.at)
