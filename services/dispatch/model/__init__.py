"""The case with its hand-offs is one aggregate: what no two offices may do at once is decided in one place."""

from collections.abc import Sequence
from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import asked_first
from services.dispatch.model import commands as c
from services.dispatch.model import guards as g
from services.dispatch.model.case import CASE, UNSOLVED
from services.dispatch.model.clock import RunningClock
from services.dispatch.model.consultation import CONSULTATION, calling_off, following, inviting
from services.dispatch.model.due import due_before
from services.dispatch.model.handoff import HANDOFF
from services.dispatch.model.standing import standing_of
from services.dispatch.model.state import COMPLAINED_OF, Case, Handoff
from shared.procedure.model import Follow, Model
from shared.procedure.step import Command
from shared.procedure.workflow import Follows, Workflow


def _stamp(command: Command) -> dict[str, Any]:
    return {"at": command.at, "actor": command.actor}


def _offers(case: Case, fact: f.CaseRouted, command: c.RouteCase) -> Sequence[Command]:
    return [c.OfferHandoff(**_stamp(command), offer=offer, note=command.note) for offer in command.offers]


def _handling(case: Case, fact: f.HandoffAccepted, command: Command) -> Sequence[Command]:
    return [c.BeginHandling(**_stamp(command))] if case.status in ("routed", "reopened") else []


def _resolving(case: Case, fact: Any, command: Any) -> Sequence[Command]:
    if case.status != "in_handling" or not case.all_parts_done():
        return []
    return [c.ResolveCase(**_stamp(command), deadline=command.follow_up)]


def _new_offer(case: Case, fact: f.HandoffTransferred, command: c.TransferHandoff) -> Sequence[Command]:
    return [c.OfferHandoff(**_stamp(command), offer=command.offer, replaces=fact.handoff_id)]


def _recalls(case: Case, fact: f.CaseWithdrawn | f.CaseMerged | f.CaseClosed, command: Command) -> Sequence[Command]:
    """Parts of a task go with it."""
    tasks = (h for h in case.open_handoffs() if h.parent is None)
    return [c.RecallHandoff(**_stamp(command), handoff_id=h.handoff_id) for h in tasks]


def _nobody_left(case: Case, fact: f.ReportDetached, command: c.DetachReport) -> Sequence[Command]:
    """With the last reporter's word the case ends; what was resolved already is closed with that reason."""
    if case.reported_by_somebody():
        return []
    if case.status in UNSOLVED:
        return [c.WithdrawCase(**_stamp(command))]
    if case.status not in ("resolved", "followed_up"):
        return []
    window = {"reopen_until": command.reopen_until, "reopening": command.reopening}
    return [c.CloseCase(**_stamp(command), reason="withdrawn", **window)]


def _still_reported(case: Case, fact: f.CaseUnmerged, command: Command) -> Sequence[Command]:
    """Whoever reported it may have taken that back while it was merged."""
    return [] if case.reported_by_somebody() else [c.WithdrawCase(**_stamp(command))]


def _deemed(case: Case, fact: f.ClockLapsed, command: c.LapseClock) -> Sequence[Command]:
    """Silence past the objection clock is acceptance where the clock's data say so."""
    clock = next(clock for clock in case.clocks if clock.clock_id == fact.clock_id)
    handoff = case.handoff(clock.handoff_id) if clock.handoff_id else None
    if clock.deadline.silence != "accepted" or handoff is None or handoff.status != "offered":
        return []
    accepted = {"handoff_id": handoff.handoff_id, "deadline": clock.deadline.then}
    return [c.DeemAcceptance(**_stamp(command), **accepted)]


def _answered(case: Case, fact: Any, command: Command) -> Sequence[Command]:
    """An answer of an earlier time than the lapse that was told: nobody was late."""
    return [_withdraw_lapse(command, clock, "answered_in_time") for clock in case.clocks if clock.answered_in_time]


def _extended(case: Case, fact: f.ClockExtended, command: Command) -> Sequence[Command]:
    extended = [clock for clock in case.clocks if clock.extended_in_time(fact.handoff_id, fact.at)]
    return [_withdraw_lapse(command, clock, "extended_in_time") for clock in extended]


def _recounted(case: Case, fact: f.ClockRecounted, command: Command) -> Sequence[Command]:
    """By the new count the end that was told had not come."""
    counted = next(clock for clock in case.clocks if clock.clock_id == fact.clock_id)
    told = counted.missed == fact.was and counted.none_by_recount
    return [_withdraw_lapse(command, counted, "recounted")] if told else []


def _left_out(case: Case, fact: Any, command: Command) -> Sequence[Command]:
    """Without the time that the rule leaves out the end that was told had not come."""
    found = ((k, moved) for moved in fact.clocks for k in case.clocks if k.clock_id == moved.clock_id)
    none = (k for k, moved in found if k.missed == moved.was and k.none_by_recount)
    return [_withdraw_lapse(command, clock, "excluded") for clock in none]


def _withdraw_lapse(command: Command, clock: RunningClock, reason: str) -> Command:
    """Taken back after it was told, whenever that was."""
    at = max(command.at, clock.lapsed_at or command.at)
    return c.WithdrawLapse(at=at, actor=command.actor, clock_id=clock.clock_id, reason=reason)


def _each(*follows: Follow) -> Follow:
    """One after the other, by the state after the fact."""
    return lambda case, fact, command: [next_one for follow in follows for next_one in follow(case, fact, command)]


def _steps_back(case: Case, fact: f.OfficerRecused, command: Command) -> Sequence[Command]:
    desks = [h for h in case.handoffs if h.via is not None]
    return [c.BarDepartments(**_stamp(command), handoff_id=h.handoff_id, barred=(fact.officer,)) for h in desks]


def _sees_again(case: Case, fact: f.RecusalLifted, command: Command) -> Sequence[Command]:
    desks = [h for h in case.handoffs if h.via is not None]
    return [c.UnbarOfficers(**_stamp(command), handoff_id=h.handoff_id, unbarred=(fact.officer,)) for h in desks]


def _next_in_turn(case: Case, fact: Any, command: Any) -> Sequence[Command]:
    """Planned tasks whose turn has come; one that cannot be offered any more waits for the dispatcher."""
    fits = (turn for turn in command.turns if g.offer_refused(case, turn.offer) is None)
    due = [(turn, case.handoff(turn.handoff_id)) for turn in fits]
    return [
        c.OfferPlanned(**_stamp(command), handoff_id=turn.handoff_id, offer=turn.offer)
        for turn, planned in due
        if planned is not None and planned.status == "planned" and case.turn_has_come(planned)
    ]


def _parts_end(case: Case, fact: f.HandoffFact, command: Command) -> Sequence[Command]:
    """What an office has passed on to its own ends with its task."""
    return [c.RecallHandoff(**_stamp(command), handoff_id=h.handoff_id) for h in case.children(fact.handoff_id)]


def _bars(case: Case, fact: f.ReportAttached | f.CaseAbsorbed, command: Any) -> Sequence[Command]:
    """Every desk that has or had a hand-off of the case hides it from those complained of, and they hold none of it
    any longer (信访工作条例 30(3)): the dispatcher offers it to another."""
    if not fact.barred:
        return []
    desks = [h for h in case.handoffs if h.via is not None]
    hit = [h for h in case.open_handoffs() if h.department in fact.barred]
    accused = [h for h in hit if h.parent not in {other.handoff_id for other in hit}]
    about, by = _stamp(command), command.offer_by
    return [
        *(c.BarDepartments(**about, handoff_id=h.handoff_id, barred=fact.barred) for h in desks),
        *(c.RecallHandoff(**about, handoff_id=h.handoff_id, reason=COMPLAINED_OF, offer_by=by) for h in accused),
    ]


FOLLOWS: Follows = {
    f.CaseRouted: _offers,
    f.ReportAttached: _bars,
    f.OfficerRecused: _steps_back,
    f.RecusalLifted: _sees_again,
    f.HandoffAccepted: _each(_answered, _handling),
    f.HandoffCompleted: _answered,
    f.HandoffReturned: _each(_answered, _parts_end),
    f.HandoffVerified: _each(_next_in_turn, _resolving),
    f.HandoffWaived: _each(_parts_end, _next_in_turn, _resolving),
    f.HandoffRecalled: _each(_parts_end, _resolving),
    f.ClockExtended: _extended,
    f.ClockStopped: _answered,
    f.CaseResumed: _resolving,
    f.HandoffTransferred: _each(_parts_end, _new_offer),
    f.FollowedUp: _answered,
    f.CaseReopened: _answered,
    f.ReportDetached: _nobody_left,
    f.CaseWithdrawn: _each(_answered, calling_off, _recalls),
    f.CaseMerged: _each(calling_off, _recalls),
    f.CaseUnmerged: _still_reported,
    f.CaseAbsorbed: _bars,
    f.CaseClosed: calling_off,
    f.CaseRefused: calling_off,
    f.ConsultationCalled: inviting,
    f.ConsultationConcluded: _each(following, _resolving),
    f.ConsultationCalledOff: _resolving,
    f.ClockLapsed: _deemed,
    f.ClockRecounted: _recounted,
    **dict.fromkeys((f.ExclusionEnded, f.ExclusionCorrected, f.ExclusionStruck), _left_out),
}
ASKED_FIRST: Follows = {
    **{fact: follow for fact, follow in FOLLOWS.items() if fact is not f.HandoffVerified},
    f.HandoffCompleted: _each(_answered, _next_in_turn, _resolving),
    f.FollowedUp: _each(_answered, asked_first.confirming),
    f.CaseReopened: _each(_answered, asked_first.going_on),
    f.CaseClosed: _each(calling_off, _recalls),
}
MODEL = Model(
    "case",
    Case,
    precedes=due_before,
    standing=standing_of,
    versions=(
        Workflow(CASE, HANDOFF, CONSULTATION, follows=FOLLOWS, name=f.WORKFLOWS[1]),
        Workflow(asked_first.CASE, asked_first.HANDOFF, CONSULTATION, follows=ASKED_FIRST, name=f.WORKFLOWS[2]),
    ),
)

__all__ = ["CASE", "CONSULTATION", "HANDOFF", "MODEL", "Case", "Handoff"]
