"""What a hand-off's steps do to the clocks of the case, and to who leads and who helps."""

from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import exclusion
from services.dispatch.model import guards as g
from services.dispatch.model.clock import (
    CONSULTATION_CALL,
    EXCLUSION,
    REOFFER,
    RETURN_CONSENT,
    Clocks,
    RunningClock,
    moved,
    resumed,
    running_of,
    stands,
    started,
    stopped,
)
from services.dispatch.model.state import Case, handlers
from shared.procedure.procedure import Changes


def carried_by(case: Case, handoff_id: str) -> RunningClock | None:
    wanted = running_of(handoff_id)
    return next((clock for clock in case.clocks if clock.carried and wanted(clock)), None)


def _stop(case: Case, fact: Any) -> dict[str, Any]:
    clocks = stopped(case.clocks, fact.at, running_of(fact.handoff_id))
    return {"clocks": _found(case, clocks, fact), **handlers(case)}


def _recalled(case: Case, fact: f.HandoffRecalled) -> dict[str, Any]:
    clocks = stopped(case.clocks, fact.at, running_of(fact.handoff_id))
    return {"clocks": _sought(case, clocks, fact), **handlers(case)}


def _sought(case: Case, clocks: Clocks, fact: Any) -> Clocks:
    """The centre's clock to find an office, once for a case."""
    pending = any(clock.running and clock.deadline.rule == REOFFER for clock in clocks)
    return clocks if pending else started(clocks, case.case_id, fact.offer_by)


def _found(case: Case, clocks: Clocks, fact: Any) -> Clocks:
    """It ends once every task has its office."""
    waits = any(case.owed(h) for h in case.handoffs) or not case.open_handoffs()
    return clocks if waits else stopped(clocks, fact.at, lambda k: k.running and k.deadline.rule == REOFFER)


def _begin(case: Case, fact: f.HandoffOffered) -> dict[str, Any]:
    """A new offer's clocks; with a transfer the clock of handling comes along."""
    clocks = _handed_on(case, fact)
    for deadline in (fact.deadline, fact.objection):
        clocks = started(clocks, case.case_id, deadline, fact.handoff_id)
    return {"clocks": _found(case, clocks, fact), **handlers(case)}


def _handed_on(case: Case, fact: f.HandoffOffered) -> Clocks:
    """Taken over from the hand-off that was transferred, by whoever answers from now on."""
    before = case.handoff(fact.replaces) if fact.replaces else None
    if before is None or before.status != "transferred":
        return case.clocks
    theirs = running_of(before.handoff_id)

    def take_over(clock: RunningClock) -> RunningClock:
        if clock.deadline.rule == EXCLUSION:
            return clock.model_copy(update={"handoff_id": fact.handoff_id})
        deadline = clock.deadline.model_copy(update={"answerable": fact.department})
        return clock.model_copy(update={"handoff_id": fact.handoff_id, "carried": True, "deadline": deadline})

    return tuple(take_over(clock) if theirs(clock) else clock for clock in case.clocks)


def _at_work(case: Case, fact: f.HandoffAccepted) -> dict[str, Any]:
    """The clock of handling starts, or the carried one runs on; all others of the hand-off stop."""
    carried = carried_by(case, fact.handoff_id)
    goes_on = carried is not None and carried.deadline == fact.deadline
    mine, kept = running_of(fact.handoff_id), {carried.clock_id} if carried and goes_on else set()
    watched = {clock.clock_id for clock in case.clocks if goes_on and clock.deadline.rule == EXCLUSION}
    clocks = stopped(case.clocks, fact.at, lambda clock: mine(clock) and clock.clock_id not in kept | watched)
    deadline = None if goes_on else fact.deadline
    clocks = started(clocks, case.case_id, deadline, fact.handoff_id)
    if deadline is not None and case.status == "suspended":
        clocks = (*clocks[:-1], stands(clocks[-1], fact.at))
    return {"clocks": clocks, **exclusion.shown_with(case, clocks, fact.handoff_id)}


def _consent_owed(case: Case, fact: f.ReturnAsked) -> dict[str, Any]:
    """The office's own clocks run on: an objection moves none of them."""
    return {"clocks": started(case.clocks, case.case_id, fact.deadline, fact.handoff_id)}


def _consent_settled(case: Case, fact: Any) -> dict[str, Any]:
    return {"clocks": _without_consent(case, fact)}


def _without_consent(case: Case, fact: Any) -> Clocks:
    mine = running_of(fact.handoff_id)
    return stopped(case.clocks, fact.at, lambda clock: mine(clock) and clock.deadline.rule == RETURN_CONSENT)


def _returned(case: Case, fact: f.HandoffReturned) -> dict[str, Any]:
    """What the centre took to consent is not charged to the office: its own clocks end with its objection."""
    handoff = case.handoff(fact.handoff_id)
    objected = handoff.return_asked_at if handoff and handoff.return_asked_at else fact.at
    clocks = stopped(_without_consent(case, fact), objected, running_of(fact.handoff_id))
    return {"clocks": _sought(case, _consulted_by(case, clocks, fact), fact), **handlers(case)}


def _consulted_by(case: Case, clocks: Clocks, fact: f.HandoffReturned | f.CompetenceDisputed) -> Clocks:
    """The centre's clock to call a consultation, once for a case."""
    pending = any(clock.running and clock.deadline.rule == CONSULTATION_CALL for clock in clocks)
    return clocks if pending or case.open_consultation() else started(clocks, case.case_id, fact.consult_by)


def _dispute_settled(case: Case, fact: f.DisputeWithdrawn) -> dict[str, Any]:
    return {"clocks": _consulted_no_more(case, case.clocks, fact)}


def _consulted_no_more(case: Case, clocks: Clocks, fact: Any) -> Clocks:
    """With the last dispute the centre need not call a consultation, unless returns ask for it."""
    if any(h.disputed or (case.owed(h) and case.unsettled(h)[0] >= g.RETURNS_ALLOWED) for h in case.handoffs):
        return clocks
    return stopped(clocks, fact.at, lambda k: k.running and k.deadline.rule == CONSULTATION_CALL)


def _verified(case: Case, fact: f.HandoffVerified) -> dict[str, Any]:
    by = () if fact.confirmed else (fact.by,)
    return {**_stop(case, fact), "verified_by": (*case.verified_by, *by)}


def _completed(case: Case, fact: f.HandoffCompleted) -> dict[str, Any]:
    """Who has done it does not dispute it any more."""
    clocks = exclusion.seen_to(_without_consent(case, fact), fact.handoff_id, fact.at)
    clocks = stopped(clocks, fact.at, running_of(fact.handoff_id), by_completion=True)
    clocks = _consulted_no_more(case, clocks, fact)
    return {"clocks": started(clocks, case.case_id, fact.deadline, fact.handoff_id)}


def _done_elsewhere(case: Case, fact: f.ClockStopped) -> dict[str, Any]:
    mine = running_of(fact.handoff_id)
    stops = stopped(case.clocks, fact.at, lambda clock: mine(clock) and clock.deadline.rule == fact.rule, True)
    return {"clocks": stops}


def _work_again(case: Case, fact: f.ReworkOrdered | f.HandoffReopened) -> dict[str, Any]:
    """The verification clock stops; the handling clock goes on with the time that was left."""
    clocks = stopped(case.clocks, fact.at, running_of(fact.handoff_id))
    return {"clocks": resumed(clocks, fact.handoff_id, fact.at, fact.deadline)}


def goes_on_again(case: Case, fact: f.HandoffReopened) -> dict[str, Any]:
    """Nobody else has to be found for it."""
    clocks = _work_again(case, fact)["clocks"]
    return {"clocks": _found(case, clocks, fact), **handlers(case)}


def _extended(case: Case, fact: f.ExtensionGranted | f.ClockExtended) -> dict[str, Any]:
    """The running clock of the hand-off, due later; a lapse that was stays one."""
    mine = running_of(fact.handoff_id)
    warned = sum(warning <= fact.at for warning in fact.deadline.warnings)
    return {
        "clocks": tuple(
            moved(clock, fact.deadline, warned) if mine(clock) and clock.deadline.rule == fact.deadline.rule else clock
            for clock in case.clocks
        )
    }


ALSO: Changes = {
    **exclusion.ALSO,
    f.HandoffOffered: _begin,
    f.HandoffAccepted: _at_work,
    f.HandoffCompleted: _completed,
    f.ReturnAsked: _consent_owed,
    f.ReturnRefused: _consent_settled,
    f.HandoffReturned: _returned,
    f.CompetenceDisputed: lambda case, fact: {"clocks": _consulted_by(case, case.clocks, fact)},
    f.DisputeWithdrawn: _dispute_settled,
    f.HandoffTransferred: lambda case, fact: handlers(case),
    f.HandoffRecalled: _recalled,
    f.HandoffVerified: _verified,
    f.HandoffWaived: _stop,
    f.ReworkOrdered: _work_again,
    f.ExtensionGranted: _extended,
    f.ClockExtended: _extended,
    f.ClockStopped: _done_elsewhere,
}
