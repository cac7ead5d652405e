"""The hand-off: one department answers for one task of one case by a time. Several run in a case at once."""

from datetime import datetime
from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model import guards as g
from services.dispatch.model.state import LEAD, Case, Handoff, RunningClock, resumed, started, stopped, with_handoff
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
        "deadline": offer.deadline,
    }


def _follows_on(case: Case, part: str) -> str | None:
    """A new lead takes the place of the one before, said or not; a co-handler that of the only one missing."""
    open_places = case.replaceable(part)
    if part != LEAD:
        open_places = [h for h in open_places if h.status in ("returned", "recalled")]
        open_places = open_places if len(open_places) == 1 else []
    return open_places[-1].handoff_id if open_places else None


def _of_handoff(case: Case, command: Any) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {"department": handoff.department if handoff else ""}


def _transferred(case: Case, command: c.TransferHandoff) -> dict[str, Any]:
    return {**_of_handoff(case, command), "to": command.offer.department}


def _answered(case: Case, command: c.RefuseAnswer) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {**_of_handoff(case, command), "status": handoff.status if handoff else "unknown"}


def _step(command: Any, states: Any, fact: Any, then: str | None, roles: Any, *guards: Any, **more: Any) -> Step:
    where = _centre if roles is CENTRE else _office
    more.setdefault("build", _of_handoff)
    return Step(command, states, fact, then, roles, guards, where=where, **more)


STEPS = [
    Step(
        c.OfferHandoff,
        during(NEW),
        f.HandoffOffered,
        "offered",
        by(Role.DISPATCHER, Role.SERVICE),
        (g.case_is_open, g.department_known, g.not_complained_of, g.not_held, g.replaces_fits),
        build=_offer,
        where=_centre,
        law="综治中心: 分流交办",
    ),
    _step(c.AcceptHandoff, during("offered"), f.HandoffAccepted, "accepted", OFFICE, g.answers_here),
    _step(c.StartHandoff, during("accepted"), f.HandoffStarted, "in_progress", OFFICE, g.answers_here),
    _step(c.NoteProgress, AT_WORK, f.HandoffProgressed, None, OFFICE, g.answers_here),
    _step(c.CompleteHandoff, AT_WORK, f.HandoffCompleted, "completed", OFFICE, g.answers_here),
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
        by(Role.DISPATCHER, Role.HANDLER),
        g.department_known,
        g.not_complained_of,
        g.not_held,
        build=_transferred,
    ),
    _step(c.AskExtension, AT_WORK, f.ExtensionRequested, None, OFFICE, g.answers_here, g.none_pending),
    _step(c.GrantExtension, AT_WORK, f.ExtensionGranted, None, CENTRE, g.extension_asked, g.within_longest),
    _step(c.RefuseExtension, AT_WORK, f.ExtensionRefused, None, CENTRE, g.extension_asked),
    _step(c.VerifyHandoff, during("completed"), f.HandoffVerified, "verified", CENTRE, g.another_person),
    _step(c.OrderRework, during("completed"), f.ReworkOrdered, "in_progress", CENTRE),
    _step(c.RecallHandoff, OPEN, f.HandoffRecalled, "recalled", CENTRE),
    _step(c.WaiveHandoff, OPEN | during("returned"), f.HandoffWaived, "waived", CENTRE, g.is_co),
    _step(c.UrgeHandoff, OPEN, f.HandoffUrged, None, CENTRE),
    _step(
        c.RefuseAnswer,
        OPEN | during("verified", "returned", "recalled", "transferred", "waived"),
        f.AnswerRefused,
        None,
        by(Role.SERVICE),
        build=_answered,
    ),
]


def _offered(handoff: Handoff, fact: f.HandoffOffered) -> dict[str, Any]:
    names = ("handoff_id", "department", "part", "via", "replaces", "objection_until")
    return {**{name: getattr(fact, name) for name in names}, "offered_at": fact.at, "since": fact.at}


def _since(handoff: Handoff, fact: Any) -> dict[str, Any]:
    return {"since": fact.at}


CHANGES: Changes = {
    f.HandoffOffered: _offered,
    f.HandoffAccepted: lambda h, fact: {"accepted_at": fact.at, "since": fact.at},
    f.HandoffStarted: _since,
    f.HandoffProgressed: lambda h, fact: {},
    f.HandoffCompleted: lambda h, fact: {"result": fact.result, "completed_by": fact.by, "since": fact.at},
    f.HandoffReturned: _since,
    f.HandoffTransferred: _since,
    f.HandoffRecalled: _since,
    f.HandoffVerified: _since,
    f.HandoffWaived: _since,
    f.ReworkOrdered: lambda h, fact: {"reworks": h.reworks + 1, "since": fact.at},
    f.ExtensionRequested: lambda h, fact: {"extension_days": fact.days},
    f.ExtensionGranted: lambda h, fact: {
        "extended_by": h.extended_by + (h.extension_days or 0),
        "extension_days": None,
    },
    f.ExtensionRefused: lambda h, fact: {"extension_days": None},
    f.HandoffUrged: lambda h, fact: {"urged": h.urged + 1},
    f.AnswerRefused: lambda h, fact: {},
}


def _stop(case: Case, fact: Any) -> dict[str, Any]:
    return {"clocks": stopped(case.clocks, fact.at, fact.handoff_id)}


def _stop_and_start(case: Case, fact: Any) -> dict[str, Any]:
    case = case.model_copy(update=_stop(case, fact))
    return {"clocks": started(case, fact.deadline, fact.handoff_id)}


def _verified(case: Case, fact: f.HandoffVerified) -> dict[str, Any]:
    return {**_stop(case, fact), "verified_by": (*case.verified_by, fact.by)}


def _completed(case: Case, fact: f.HandoffCompleted) -> dict[str, Any]:
    clocks = stopped(case.clocks, fact.at, fact.handoff_id, by_completion=True)
    return {"clocks": started(case.model_copy(update={"clocks": clocks}), fact.deadline, fact.handoff_id)}


def _work_again(case: Case, fact: f.ReworkOrdered) -> dict[str, Any]:
    """The verification clock stops; the handling clock goes on as if it had never stopped."""
    return {"clocks": resumed(stopped(case.clocks, fact.at, fact.handoff_id), fact.handoff_id)}


def _extended(case: Case, fact: f.ExtensionGranted) -> dict[str, Any]:
    """The running clock of the hand-off, due later; what it has warned of stays warned."""

    def extend(clock: RunningClock) -> RunningClock:
        if clock.handoff_id != fact.handoff_id or clock.stopped_at is not None:
            return clock
        return clock.model_copy(
            update={"deadline": fact.deadline, "warned": _told(fact.deadline, fact.at), "lapsed": False}
        )

    return {"clocks": tuple(extend(clock) for clock in case.clocks)}


def _told(deadline: f.Deadline, at: datetime) -> int:
    return sum(warning <= at for warning in deadline.warnings)


ALSO: Changes = {
    f.HandoffOffered: _stop_and_start,
    f.HandoffAccepted: _stop_and_start,
    f.HandoffCompleted: _completed,
    f.HandoffReturned: _stop,
    f.HandoffTransferred: _stop,
    f.HandoffRecalled: _stop,
    f.HandoffVerified: _verified,
    f.HandoffWaived: _stop,
    f.ReworkOrdered: _work_again,
    f.ExtensionGranted: _extended,
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
)
