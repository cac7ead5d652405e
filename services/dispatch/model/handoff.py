"""The hand-off: one department answers for one task of one case by a time. Several run in a case at once."""

from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model import guards as g
from services.dispatch.model import words
from services.dispatch.model.clock import (
    RETURN_CONSENT,
    Clocks,
    RunningClock,
    moved,
    resumed,
    running_of,
    started,
    stopped,
)
from services.dispatch.model.state import ENDED, LEAD, Case, Handoff, handlers, with_handoff
from shared.procedure.actor import Role, Where
from shared.procedure.procedure import Changes, Part, Procedure
from shared.procedure.step import NEW, Step, by, during

OFFICE = by(Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM, Role.SERVICE)
CENTRE = by(Role.DISPATCHER, Role.SUPERVISOR)
OPEN = during("offered", "accepted", "in_progress", "completed")
AT_WORK = during("accepted", "in_progress")


def _office(case: Case, command: Any) -> Where:
    handoff = case.handoff(command.handoff_id)
    departments = frozenset({handoff.department}) if handoff else frozenset[str]()
    return Where(area=case.area, departments=None if Role.SERVICE in command.actor.roles else departments)


def _centre(case: Case, command: Any) -> Where:
    return Where(area=case.area)


def _offer(case: Case, command: c.OfferHandoff) -> dict[str, Any]:
    offer = command.offer
    return {
        "handoff_id": f"{case.case_id}.{len(case.handoffs) + 1}",
        "case_id": case.case_id,
        "department": offer.department,
        "part": offer.part,
        "via": offer.via,
        "replaces": command.replaces or _follows_on(case, offer.part),
        "objection_until": offer.objection_until,
        "objection": offer.objection,
        "consent": offer.consent,
        "deadline": offer.deadline,
    }


def _follows_on(case: Case, part: str) -> str | None:
    """A new lead takes the place of the one before, said or not; a co-handler that of the first one missing."""
    open_places = case.replaceable(part)
    if part == LEAD:
        return open_places[-1].handoff_id if open_places else None
    missing = [h for status in ("returned", "recalled") for h in open_places if h.status == status]
    return missing[0].handoff_id if missing else None


def _of_handoff(case: Case, command: Any) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {"department": handoff.department if handoff else ""}


def _transferred(case: Case, command: c.TransferHandoff) -> dict[str, Any]:
    return {**_of_handoff(case, command), "to": command.offer.department}


def _accepted_until(case: Case, command: c.AcceptHandoff) -> dict[str, Any]:
    """After a transfer the clock of handling runs on; only a statute gives the next office a period of its own."""
    carried = _carried(case, command.handoff_id)
    own = carried is None or (command.deadline is not None and command.deadline.statutory)
    deadline = command.deadline if own else carried.deadline if carried else None
    return {**_of_handoff(case, command), "deadline": deadline, "deemed": isinstance(command, c.DeemAcceptance)}


def _carried(case: Case, handoff_id: str) -> RunningClock | None:
    wanted = running_of(handoff_id)
    return next((clock for clock in case.clocks if clock.carried and wanted(clock)), None)


def _approved(case: Case, command: c.ApproveReturn) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {**_of_handoff(case, command), "reason": handoff.return_reason if handoff else None}


def _answered(case: Case, command: c.RefuseAnswer | c.RefuseReturn) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {**_of_handoff(case, command), "status": handoff.status if handoff else "unknown"}


def _sent_by_the_centre(case: Case, command: c.TransferHandoff) -> bool:
    return command.actor.may(by(Role.DISPATCHER), _centre(case, command))


def _step(command: Any, states: Any, fact: Any, then: str | None, roles: Any, *guards: Any, **more: Any) -> Step:
    where = _centre if Role.DISPATCHER in roles else _office
    more.setdefault("build", _of_handoff)
    return Step(command, states, fact, then, roles, guards, where=where, **more)


STEPS = [
    Step(
        c.OfferHandoff,
        during(NEW),
        f.HandoffOffered,
        "offered",
        by(Role.DISPATCHER, Role.SERVICE),
        (g.case_is_open, g.department_known, g.not_complained_of, g.authorised, g.not_held, g.replaces_fits),
        build=_offer,
        where=_centre,
        law="综治中心：分流交办",
    ),
    _step(
        c.AcceptHandoff,
        during("offered"),
        f.HandoffAccepted,
        "accepted",
        OFFICE,
        g.answers_here,
        build=_accepted_until,
    ),
    _step(
        c.ConfirmAcceptance,
        during("accepted"),
        f.HandoffAccepted,
        "accepted",
        by(Role.SERVICE),
        g.answers_here,
        g.only_deemed,
        build=_accepted_until,
    ),
    _step(
        c.DeemAcceptance,
        during("offered"),
        f.HandoffAccepted,
        "accepted",
        by(Role.SERVICE),
        build=_accepted_until,
        law="信访工作条例 23(3)",
    ),
    _step(c.StartHandoff, during("accepted"), f.HandoffStarted, "in_progress", OFFICE, g.answers_here),
    _step(c.NoteProgress, AT_WORK, f.HandoffProgressed, None, OFFICE, g.answers_here),
    _step(c.CompleteHandoff, AT_WORK, f.HandoffCompleted, "completed", OFFICE, g.answers_here),
    _step(
        c.ReturnHandoff,
        during("offered", "accepted"),
        f.ReturnAsked,
        None,
        OFFICE,
        g.answers_here,
        g.within_objection,
        g.returns_left,
        g.no_return_pending,
        g.not_refused_before,
        when=g.needs_consent,
        law="信访工作条例 23(3)",
    ),
    _step(
        c.ApproveReturn,
        during("offered", "accepted"),
        f.HandoffReturned,
        "returned",
        CENTRE,
        g.return_asked,
        build=_approved,
        law="信访工作条例 23(3)",
    ),
    _step(
        c.RefuseReturn,
        during("offered", "accepted"),
        f.ReturnRefused,
        None,
        CENTRE,
        g.return_asked,
        build=_answered,
        law="信访工作条例 23(3)",
    ),
    _step(
        c.ReturnHandoff,
        during("offered", "accepted"),
        f.HandoffReturned,
        "returned",
        OFFICE,
        g.answers_here,
        g.within_objection,
        g.returns_left,
        law="信访工作条例 23(3)",
    ),
    _step(
        c.TransferHandoff,
        AT_WORK,
        f.HandoffTransferred,
        "transferred",
        by(Role.DISPATCHER),
        g.department_known,
        g.not_complained_of,
        g.authorised,
        g.not_held,
        g.to_another,
        when=_sent_by_the_centre,
        build=_transferred,
    ),
    _step(
        c.TransferHandoff,
        AT_WORK,
        f.HandoffTransferred,
        "transferred",
        by(Role.HANDLER),
        g.answers_here,
        g.department_known,
        g.not_complained_of,
        g.authorised,
        g.not_held,
        g.to_another,
        g.transfers_left,
        g.not_given_back,
        build=_transferred,
    ),
    _step(c.AskExtension, AT_WORK, f.ExtensionRequested, None, OFFICE, g.answers_here, g.none_pending),
    _step(c.GrantExtension, AT_WORK, f.ExtensionGranted, None, CENTRE, g.extension_asked, g.within_longest),
    _step(c.RefuseExtension, AT_WORK, f.ExtensionRefused, None, CENTRE, g.extension_asked),
    _step(c.ExtendClock, AT_WORK, f.ClockExtended, None, by(Role.SERVICE), g.answers_here, law="信访工作条例 34"),
    _step(c.StopClock, AT_WORK, f.ClockStopped, None, by(Role.SERVICE), g.answers_here, law="信访工作条例 32"),
    _step(c.VerifyHandoff, during("completed"), f.HandoffVerified, "verified", CENTRE, g.another_person),
    _step(c.OrderRework, during("completed"), f.ReworkOrdered, "in_progress", CENTRE),
    _step(c.RecallHandoff, OPEN, f.HandoffRecalled, "recalled", CENTRE),
    _step(
        c.WaiveHandoff,
        OPEN | during("returned", "recalled"),
        f.HandoffWaived,
        "waived",
        CENTRE,
        g.is_co,
        g.open_or_owed,
    ),
    _step(c.UrgeHandoff, OPEN, f.HandoffUrged, None, CENTRE),
    _step(c.BarDepartments, OPEN | during(*ENDED), f.HandoffBarred, None, by(Role.SERVICE)),
    _step(
        c.RefuseAnswer,
        OPEN | during(*ENDED),
        f.AnswerRefused,
        None,
        by(Role.SERVICE),
        build=_answered,
    ),
]


def _offered(handoff: Handoff, fact: f.HandoffOffered) -> dict[str, Any]:
    names = ("handoff_id", "department", "part", "via", "replaces", "objection_until", "consent")
    return {**{name: getattr(fact, name) for name in names}, "offered_at": fact.at, "since": fact.at}


def _settled(handoff: Handoff, fact: Any) -> dict[str, Any]:
    """What was asked for needs no answer any more."""
    return {"since": fact.at, "extension_days": None, "return_reason": None}


def _since(handoff: Handoff, fact: Any) -> dict[str, Any]:
    return {"since": fact.at}


CHANGES: Changes = {
    f.HandoffOffered: _offered,
    f.HandoffAccepted: lambda h, fact: {
        "accepted_at": fact.at,
        "since": fact.at,
        "deemed": fact.deemed,
        "return_reason": None,
    },
    f.HandoffStarted: _since,
    f.HandoffProgressed: lambda h, fact: {},
    f.HandoffCompleted: lambda h, fact: {**_settled(h, fact), "result": fact.result, "completed_by": fact.by},
    f.ReturnAsked: lambda h, fact: {"return_reason": fact.reason, "return_asked_at": fact.at},
    f.ReturnRefused: lambda h, fact: {"return_reason": None, "return_asked_at": None, "return_refused": True},
    f.HandoffReturned: _settled,
    f.HandoffTransferred: _settled,
    f.HandoffRecalled: lambda h, fact: {**_settled(h, fact), "recalled_for": fact.reason},
    f.HandoffVerified: _settled,
    f.HandoffWaived: _settled,
    f.ReworkOrdered: lambda h, fact: {"reworks": h.reworks + 1, "since": fact.at},
    f.ExtensionRequested: lambda h, fact: {"extension_days": fact.days},
    f.ExtensionGranted: lambda h, fact: {
        "extended_by": h.extended_by + (h.extension_days or 0),
        "extension_days": None,
    },
    f.ExtensionRefused: lambda h, fact: {"extension_days": None},
    f.ClockExtended: lambda h, fact: {},
    f.ClockStopped: lambda h, fact: {},
    f.HandoffUrged: lambda h, fact: {"urged": h.urged + 1},
    f.HandoffBarred: lambda h, fact: {},
    f.AnswerRefused: lambda h, fact: {},
}


def _stop(case: Case, fact: Any) -> dict[str, Any]:
    return {"clocks": stopped(case.clocks, fact.at, running_of(fact.handoff_id)), **handlers(case)}


def _begin(case: Case, fact: f.HandoffOffered) -> dict[str, Any]:
    """A new offer's clocks; with a transfer the clock of handling comes along."""
    clocks = _handed_on(case, fact)
    for deadline in (fact.deadline, fact.objection):
        clocks = started(clocks, case.case_id, deadline, fact.handoff_id)
    return {"clocks": clocks, **handlers(case)}


def _handed_on(case: Case, fact: f.HandoffOffered) -> Clocks:
    """Taken over from the hand-off that was transferred, by whoever answers from now on."""
    before = case.handoff(fact.replaces) if fact.replaces else None
    if before is None or before.status != "transferred":
        return case.clocks
    theirs = running_of(before.handoff_id)

    def take_over(clock: RunningClock) -> RunningClock:
        deadline = clock.deadline.model_copy(update={"answerable": fact.department})
        return clock.model_copy(update={"handoff_id": fact.handoff_id, "carried": True, "deadline": deadline})

    return tuple(take_over(clock) if theirs(clock) else clock for clock in case.clocks)


def _at_work(case: Case, fact: f.HandoffAccepted) -> dict[str, Any]:
    """The clock of handling starts, or the carried one runs on; all others of the hand-off stop."""
    carried = _carried(case, fact.handoff_id)
    goes_on = carried is not None and carried.deadline == fact.deadline
    mine = running_of(fact.handoff_id)
    clocks = stopped(case.clocks, fact.at, lambda clock: mine(clock) and not (goes_on and clock is carried))
    deadline = None if goes_on else fact.deadline
    return {"clocks": started(clocks, case.case_id, deadline, fact.handoff_id)}


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
    return {"clocks": clocks, **handlers(case)}


def _verified(case: Case, fact: f.HandoffVerified) -> dict[str, Any]:
    return {**_stop(case, fact), "verified_by": (*case.verified_by, fact.by)}


def _completed(case: Case, fact: f.HandoffCompleted) -> dict[str, Any]:
    clocks = stopped(_without_consent(case, fact), fact.at, running_of(fact.handoff_id), by_completion=True)
    return {"clocks": started(clocks, case.case_id, fact.deadline, fact.handoff_id)}


def _done_elsewhere(case: Case, fact: f.ClockStopped) -> dict[str, Any]:
    mine = running_of(fact.handoff_id)
    stops = stopped(case.clocks, fact.at, lambda clock: mine(clock) and clock.deadline.rule == fact.rule, True)
    return {"clocks": stops}


def _work_again(case: Case, fact: f.ReworkOrdered) -> dict[str, Any]:
    """The verification clock stops; the handling clock goes on with the time that was left."""
    clocks = stopped(case.clocks, fact.at, running_of(fact.handoff_id))
    return {"clocks": resumed(clocks, fact.handoff_id, fact.deadline)}


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
    f.HandoffOffered: _begin,
    f.HandoffAccepted: _at_work,
    f.HandoffCompleted: _completed,
    f.ReturnAsked: _consent_owed,
    f.ReturnRefused: _consent_settled,
    f.HandoffReturned: _returned,
    f.HandoffTransferred: lambda case, fact: handlers(case),
    f.HandoffRecalled: _stop,
    f.HandoffVerified: _verified,
    f.HandoffWaived: _stop,
    f.ReworkOrdered: _work_again,
    f.ExtensionGranted: _extended,
    f.ClockExtended: _extended,
    f.ClockStopped: _done_elsewhere,
}

HANDOFF = Procedure(
    "handoff",
    STEPS,
    CHANGES,
    part=Part(
        "handoff",
        find=g.part_of,
        put=with_handoff,
        begin=lambda case, fact: Handoff(),
    ),
    also=ALSO,
    closed=g.stale,
    words=words.HANDOFF,
)
