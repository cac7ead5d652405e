"""How a case stands: its colour, what is owed of it and of its hand-offs, and by whom."""

from collections.abc import Iterator, Sequence

from services.dispatch.model.clock import RunningClock, running_of
from services.dispatch.model.state import Case, Handoff
from shared.procedure.standing import LAPSED, Due, Part, Standing

OPEN = ("opened", "queued", "routed", "in_handling", "suspended", "resolved", "followed_up", "reopened")


def owed_of_all(case: Case) -> list[RunningClock]:
    return [clock for clock in case.clocks if clock.running and not clock.deadline.right]


def colour_of(case: Case) -> int | None:
    """The worst of what anybody owes."""
    return max((LAPSED if clock.overdue else clock.colour for clock in owed_of_all(case)), default=None)


def owed(case: Case, handoff: Handoff) -> Sequence[RunningClock]:
    """What is owed of a hand-off now, by the office itself first; a right is owed by nobody."""
    mine = running_of(handoff.handoff_id)
    found = [clock for clock in case.clocks if mine(clock) and not clock.deadline.right]
    return sorted(found, key=lambda clock: (clock.deadline.answerable != handoff.department, clock.deadline.due_at))


def is_late(handoff: Handoff, clocks: Sequence[RunningClock]) -> bool:
    """The office itself is; what the centre owes of it is among the clocks."""
    return any(clock.overdue and clock.deadline.answerable == handoff.department for clock in clocks)


def standing_of(case: Case) -> Standing | None:
    """None of what was never opened."""
    if case.opened_at is None:
        return None
    return Standing(
        code=case.code,
        kind=case.kind,
        category=case.category,
        area=case.area,
        status=case.status,
        open=case.status in OPEN,
        lead=case.lead,
        colour=colour_of(case),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        closing_reason=case.closing_reason,
        next_at=min((clock.next_at for clock in case.clocks if clock.next_at is not None), default=None),
        parts=tuple(_parts(case)),
        dues=tuple(_due(clock) for clock in case.clocks if clock.running),
    )


def _parts(case: Case) -> Iterator[Part]:
    for handoff in case.handoffs:
        if handoff.offered_at is None:
            continue  # planned: nobody's work yet
        clocks = owed(case, handoff)
        due_at = clocks[0].deadline.due_at if clocks else None
        late = is_late(handoff, clocks)
        yield Part(handoff.handoff_id, handoff.department, handoff.status, handoff.ended, due_at, late)


def _due(clock: RunningClock) -> Due:
    about = clock.deadline
    return Due(
        clock.clock_id, about.rule, about.answerable, clock.handoff_id, about.due_at, clock.colour, clock.overdue
    )
