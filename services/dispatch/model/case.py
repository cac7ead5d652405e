"""The case: opened → routed → in_handling → resolved → followed_up → closed, and what stands aside of that."""

from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model import guards as g
from services.dispatch.model.state import Case, RunningClock, started, stopped
from shared.procedure.actor import Role, Where
from shared.procedure.procedure import Changes, Procedure
from shared.procedure.step import NEW, Step, by, during

ALIVE = during("opened", "queued", "routed", "in_handling", "suspended", "resolved", "followed_up", "reopened")
KNOWN = ALIVE | during("closed", "withdrawn")
SERVICE = by(Role.SERVICE)
CENTRE = by(Role.DISPATCHER, Role.SUPERVISOR)
VISITORS = by(Role.DISPATCHER, Role.CLERK, Role.GRID_WORKER, Role.SERVICE)


def _routed(case: Case, command: c.RouteCase) -> dict[str, Any]:
    lead, *others = command.offers
    return {"lead": lead.department, "co_handlers": tuple(offer.department for offer in others)}


def _clock(case: Case, command: Any) -> dict[str, Any]:
    clock = next(clock for clock in case.clocks if clock.clock_id == command.clock_id)
    return {
        "rule": clock.deadline.rule,
        "level": clock.warned + 1,
        "due_at": clock.deadline.due_at,
        "answerable": clock.deadline.answerable,
        "handoff_id": clock.handoff_id,
    }


STEPS = [
    Step(c.OpenCase, during(NEW), f.CaseOpened, "opened", SERVICE),
    Step(c.QueueCase, during("opened"), f.CaseQueued, "queued", SERVICE),
    Step(
        c.RouteCase,
        during("opened", "queued"),
        f.CaseRouted,
        "routed",
        by(Role.DISPATCHER, Role.SERVICE),
        (g.all_known, g.one_lead_first, g.nobody_complained_of),
        build=_routed,
        law="国办函〔2025〕66号: 按目录派单",
    ),
    Step(c.AttachReport, KNOWN, f.ReportAttached, None, SERVICE),
    Step(c.BeginHandling, during("routed", "reopened"), f.HandlingBegun, "in_handling", SERVICE),
    Step(c.ResolveCase, during("in_handling"), f.CaseResolved, "resolved", SERVICE, (g.parts_done,)),
    Step(
        c.RecordFollowUp,
        during("resolved"),
        f.FollowedUp,
        "followed_up",
        VISITORS,
        when=lambda case, command: command.solved,
    ),
    Step(
        c.RecordFollowUp,
        during("resolved", "followed_up"),
        f.CaseReopened,
        "reopened",
        VISITORS,
        when=lambda case, command: not command.solved,
        build=lambda case, command: {"reason": "not_solved"},
    ),
    Step(
        c.ReopenCase,
        during("resolved", "followed_up", "closed"),
        f.CaseReopened,
        "reopened",
        CENTRE | SERVICE,
        (g.within_window,),
    ),
    Step(c.CloseCase, during("followed_up", "queued"), f.CaseClosed, "closed", CENTRE, (g.reason_fits,)),
    Step(c.SuspendCase, during("in_handling"), f.CaseSuspended, "suspended", CENTRE),
    Step(c.ResumeCase, during("suspended"), f.CaseResumed, "in_handling", CENTRE),
    Step(
        c.WithdrawCase,
        during("opened", "queued", "routed", "in_handling", "reopened", "suspended"),
        f.CaseWithdrawn,
        "withdrawn",
        SERVICE,
    ),
    Step(c.WarnClock, KNOWN, f.ClockWarned, None, SERVICE, (g.clock_due,), build=_clock),
    Step(c.LapseClock, KNOWN, f.ClockLapsed, None, SERVICE, (g.clock_due,), build=_clock),
]


def _opened(case: Case, fact: f.CaseOpened) -> dict[str, Any]:
    names = ("case_id", "code", "category", "kind", "area", "channel", "contents", "governance", "net")
    named = {name: getattr(fact, name) for name in (*names, "complained_of", "barred", "meeting")}
    return {**named, "reports": (fact.report_id,), "opened_at": fact.at}


def _stopped(case: Case, fact: Any) -> tuple[RunningClock, ...]:
    return stopped(case.clocks, fact.at, None)


def _queued(case: Case, fact: f.CaseQueued) -> dict[str, Any]:
    return {"queued_for": fact.reason, "clocks": started(case, fact.deadline)}


def _attached(case: Case, fact: f.ReportAttached) -> dict[str, Any]:
    reports = case.reports if fact.report_id in case.reports else (*case.reports, fact.report_id)
    barred = tuple(dict.fromkeys((*case.barred, *fact.barred)))
    return {"reports": reports, "contents": (*case.contents, *fact.contents), "barred": barred}


def _told(case: Case, fact: f.ClockWarned | f.ClockLapsed) -> dict[str, Any]:
    update = {"warned": fact.level} if isinstance(fact, f.ClockWarned) else {"lapsed": True}
    clocks = tuple(
        clock.model_copy(update=update) if clock.clock_id == fact.clock_id else clock for clock in case.clocks
    )
    return {"clocks": clocks}


CHANGES: Changes = {
    f.CaseOpened: _opened,
    f.CaseQueued: _queued,
    f.CaseRouted: lambda case, fact: {
        "rule": fact.rule,
        "lead": fact.lead,
        "co_handlers": fact.co_handlers,
        "queued_for": None,
        "clocks": _stopped(case, fact),
    },
    f.ReportAttached: _attached,
    f.HandlingBegun: lambda case, fact: {},
    f.CaseResolved: lambda case, fact: {"resolved_at": fact.at, "clocks": started(case, fact.deadline)},
    f.FollowedUp: lambda case, fact: {"satisfied": fact.satisfied, "clocks": _stopped(case, fact)},
    f.CaseReopened: lambda case, fact: {
        "reopened_at": fact.at,
        "reopenings": case.reopenings + 1,
        "resolved_at": None,
        "closed_at": None,
        "closing_reason": None,
        "clocks": _stopped(case, fact),
    },
    f.CaseClosed: lambda case, fact: {
        "closed_at": fact.at,
        "closing_reason": fact.reason,
        "clocks": _stopped(case, fact),
    },
    f.CaseSuspended: lambda case, fact: {"look_again_at": fact.look_again_at},
    f.CaseResumed: lambda case, fact: {"look_again_at": None},
    f.CaseWithdrawn: lambda case, fact: {"closed_at": fact.at, "clocks": _stopped(case, fact)},
    f.ClockWarned: _told,
    f.ClockLapsed: _told,
}

CASE = Procedure("case", STEPS, CHANGES, where=lambda case, command: Where(area=case.area or None))
