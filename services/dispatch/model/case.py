"""The case: opened → routed → in_handling → resolved → followed_up → closed, and what stands aside of that."""

from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model import guards as g
from services.dispatch.model import words
from services.dispatch.model.clock import (
    CONSULTATION_CALL,
    REOFFER,
    REOPENING,
    Clocks,
    RunningClock,
    goes_on,
    moved,
    recounted,
    running_of,
    stands,
    started,
    stopped,
    told,
)
from services.dispatch.model.state import Case, Link, handlers, with_handoff
from shared.procedure.actor import Role, Where
from shared.procedure.procedure import Changes, Procedure
from shared.procedure.step import NEW, Step, by, during

ALIVE = during("opened", "queued", "routed", "in_handling", "suspended", "resolved", "followed_up", "reopened")
KNOWN = ALIVE | during("closed", "withdrawn", "refused", "merged")
MERGEABLE = during("queued", "routed", "in_handling", "reopened")
UNSOLVED = during("opened", "queued", "routed", "in_handling", "reopened", "suspended")
SERVICE = by(Role.SERVICE)
CENTRE = by(Role.DISPATCHER, Role.SUPERVISOR)
VISITORS = by(Role.DISPATCHER, Role.CLERK, Role.GRID_WORKER, Role.SERVICE)


def _routed(case: Case, command: c.RouteCase) -> dict[str, Any]:
    lead, *others = command.offers
    by = {"authority": lead.authority, "authority_from": lead.authority_from}
    return {"lead": lead.department, "co_handlers": tuple(offer.department for offer in others), **by}


def _clock(case: Case, command: Any) -> dict[str, Any]:
    clock = next(clock for clock in case.clocks if clock.clock_id == command.clock_id)
    return {
        "rule": clock.deadline.rule,
        "level": clock.colour_after(clock.warned + 1),
        "due_at": clock.deadline.due_at,
        "answerable": clock.deadline.answerable,
        "handoff_id": clock.handoff_id,
        "right": clock.deadline.right,
    }


def _climbing(case: Case, command: c.ClimbClock) -> dict[str, Any]:
    clock = next(clock for clock in case.clocks if clock.clock_id == command.clock_id)
    rung = clock.deadline.ladder[clock.climbed]
    return {**_clock(case, command), "to": rung.to, "rung": clock.climbed + 1}


def _withdrawn_lapse(case: Case, command: c.WithdrawLapse) -> dict[str, Any]:
    clock = next(clock for clock in case.clocks if clock.clock_id == command.clock_id)
    return {**_clock(case, command), "due_at": clock.missed or clock.deadline.due_at}


def _recounted_clock(case: Case, command: c.RecountClock) -> dict[str, Any]:
    return {**_clock(case, command), "was": _clock(case, command)["due_at"]}


SOLVED = Step(
    c.RecordFollowUp,
    during("resolved"),
    f.FollowedUp,
    "followed_up",
    VISITORS,
    when=lambda case, command: command.solved is True,
)
NOT_REACHED = Step(
    c.RecordFollowUp,
    during("resolved"),
    f.ReporterNotReached,
    "followed_up",
    VISITORS,
    when=lambda case, command: command.solved is None,
)
CLOSING = Step(
    c.CloseCase, during("followed_up", "queued"), f.CaseClosed, "closed", CENTRE, (g.reason_fits, g.children_ended)
)
STEPS = [
    Step(c.OpenCase, during(NEW), f.CaseOpened, "opened", SERVICE),
    Step(c.QueueCase, during("opened"), f.CaseQueued, "queued", SERVICE),
    Step(
        c.RouteCase,
        during("opened", "queued"),
        f.CaseRouted,
        "routed",
        by(Role.DISPATCHER, Role.SERVICE),
        (g.offers_fit, g.one_lead_first),
        build=_routed,
        law="国办函〔2025〕66号：按目录派单",
    ),
    Step(c.AttachReport, KNOWN, f.ReportAttached, None, SERVICE),
    Step(
        c.MergeCase,
        MERGEABLE,
        f.CaseMerged,
        "merged",
        by(Role.DISPATCHER),
        (g.another_case, g.one_circle, g.no_petition, g.nothing_done_yet),
        law="国办函〔2025〕66号：重复诉求合并办理",
    ),
    Step(
        c.UnmergeCase,
        during("merged"),
        f.CaseUnmerged,
        "queued",
        by(Role.DISPATCHER),
        build=lambda case, command: {"out_of": case.merged_into},
    ),
    Step(c.AbsorbCase, UNSOLVED, f.CaseAbsorbed, None, by(Role.DISPATCHER), (g.no_petition,), shown=g.the_others_half),
    Step(c.ReleaseCase, KNOWN, f.CaseReleased, None, by(Role.DISPATCHER), shown=g.the_others_half),
    Step(
        c.LinkCase,
        KNOWN,
        f.CaseLinked,
        None,
        CENTRE,
        (g.another_case, g.one_circle, g.not_linked_yet, g.not_in_a_circle),
    ),
    Step(c.UnlinkCase, KNOWN, f.CaseUnlinked, None, CENTRE, (g.linked,), shown=g.has_links),
    Step(c.DetachReport, KNOWN, f.ReportDetached, None, SERVICE, (g.reported_by,)),
    Step(c.BeginHandling, during("routed", "reopened"), f.HandlingBegun, "in_handling", SERVICE),
    Step(c.ResolveCase, during("in_handling"), f.CaseResolved, "resolved", SERVICE, (g.parts_done,)),
    SOLVED,
    NOT_REACHED,
    Step(
        c.RecordFollowUp,
        during("resolved", "followed_up"),
        f.CaseReopened,
        "reopened",
        VISITORS,
        when=lambda case, command: command.solved is False,
        build=lambda case, command: {"reason": "not_solved", "offer_by": command.offer_by},
    ),
    Step(
        c.ReopenCase,
        during("resolved", "followed_up", "closed", "refused"),
        f.CaseReopened,
        "reopened",
        CENTRE | SERVICE,
        (g.within_window,),
    ),
    CLOSING,
    Step(c.CloseCase, during("resolved"), f.CaseClosed, "closed", SERVICE, (g.reason_fits,)),
    Step(
        c.RefuseCase,
        during("queued", "routed"),
        f.CaseRefused,
        "refused",
        CENTRE,
        (g.with_nobody,),
        law="信访工作条例 Art 31",
    ),
    Step(c.SuspendCase, during("in_handling"), f.CaseSuspended, "suspended", CENTRE, (g.looked_at_again,)),
    Step(c.ResumeCase, during("suspended"), f.CaseResumed, "in_handling", CENTRE),
    Step(
        c.WithdrawCase,
        UNSOLVED,
        f.CaseWithdrawn,
        "withdrawn",
        SERVICE,
    ),
    Step(
        c.RecuseOfficer,
        KNOWN,
        f.OfficerRecused,
        None,
        CENTRE | by(Role.CLERK, Role.HANDLER, Role.GRID_WORKER),
        (g.officer_known, g.names_oneself, g.not_recused_yet),
        law="信访工作条例 28(3)",
    ),
    Step(
        c.LiftRecusal,
        KNOWN,
        f.RecusalLifted,
        None,
        CENTRE,
        (g.of_another, g.is_recused),
        shown=g.bars_somebody,
        law="信访工作条例 28(3)",
    ),
    Step(c.TellReporter, KNOWN, f.ReporterTold, None, by(Role.MESSENGER), (g.reply_stands,)),
    Step(
        c.EraseContent,
        KNOWN,
        f.ContentErased,
        None,
        by(Role.ADMINISTRATOR),
        (g.not_of_the_accused,),
        law="个人信息保护法 Art 47",
    ),
    Step(c.WarnClock, KNOWN, f.ClockWarned, None, SERVICE, (g.clock_due,), build=_clock),
    Step(c.LapseClock, KNOWN, f.ClockLapsed, None, SERVICE, (g.clock_due,), build=_clock),
    Step(c.ClimbClock, KNOWN, f.LapseClimbed, None, SERVICE, (g.clock_due,), build=_climbing),
    Step(
        c.RecountClock,
        KNOWN,
        f.ClockRecounted,
        None,
        SERVICE,
        (g.counts_otherwise,),
        build=_recounted_clock,
        law="国务院办公厅：节假日安排",
    ),
    Step(c.WithdrawLapse, KNOWN, f.LapseWithdrawn, None, SERVICE, (g.lapsed,), build=_withdrawn_lapse),
]


def _opened(case: Case, fact: f.CaseOpened) -> dict[str, Any]:
    names = ("case_id", "code", "category", "kind", "area", "channel", "contents", "governance", "net")
    by = ("complained_of", "barred", "meeting", "workflow", "workflow_by", "workflow_from")
    named = {name: getattr(fact, name) for name in (*names, *by)}
    return {**named, "reports": (fact.report_id,), "opened_at": fact.at}


def _stopped(case: Case, fact: Any) -> Clocks:
    return stopped(case.clocks, fact.at, running_of(None))


def _looked_again(case: Case, fact: f.CaseResumed) -> Clocks:
    mine = running_of(None)
    return stopped(
        case.clocks, fact.at, lambda clock: mine(clock) and clock.deadline.rule not in (CONSULTATION_CALL, REOFFER)
    )


def _queued(case: Case, fact: f.CaseQueued) -> dict[str, Any]:
    return {"queued_for": fact.reason, "clocks": started(case.clocks, case.case_id, fact.deadline)}


def _as_routed(case: Case, fact: f.CaseRouted) -> dict[str, Any]:
    names = ("rule", "lead", "co_handlers", "rule_from", "authority", "authority_from", "without_authority")
    named = {name: getattr(fact, name) for name in names}
    return {**named, "queued_for": None, "clocks": _stopped(case, fact)}


def _attached(case: Case, fact: f.ReportAttached) -> dict[str, Any]:
    reports = case.reports if fact.report_id in case.reports else (*case.reports, fact.report_id)
    barred = tuple(dict.fromkeys((*case.barred, *fact.barred)))
    return {"reports": reports, "contents": (*case.contents, *fact.contents), "barred": barred}


def _merged(case: Case, fact: f.CaseMerged) -> dict[str, Any]:
    return {"merged_into": fact.into, "queued_for": None, "clocks": _stopped(case, fact)}


def _unmerged(case: Case, fact: f.CaseUnmerged) -> dict[str, Any]:
    clocks = started(case.clocks, case.case_id, fact.deadline)
    return {"merged_into": None, "queued_for": "unmerged", "clocks": clocks}


def _released(case: Case, fact: f.CaseReleased) -> dict[str, Any]:
    """Its contents stay: who handles the case has read them."""
    return {"reports": tuple(report for report in case.reports if report not in fact.reports)}


def _absorbed(case: Case, fact: f.CaseAbsorbed) -> dict[str, Any]:
    return {
        "reports": tuple(dict.fromkeys((*case.reports, *fact.reports))),
        "contents": (*case.contents, *fact.contents),
        "barred": tuple(dict.fromkeys((*case.barred, *fact.barred))),
    }


def _linked(case: Case, fact: f.CaseLinked) -> dict[str, Any]:
    return {"links": (*case.links, Link(kind=fact.kind, other=fact.other))}


def _unlinked(case: Case, fact: f.CaseUnlinked) -> dict[str, Any]:
    gone = Link(kind=fact.kind, other=fact.other)
    return {"links": tuple(link for link in case.links if link != gone)}


def _detached(case: Case, fact: f.ReportDetached) -> dict[str, Any]:
    return {"withdrawn_reports": (*case.withdrawn_reports, fact.report_id)}


def _warned(case: Case, fact: f.ClockWarned) -> dict[str, Any]:
    before = next(clock.warned for clock in case.clocks if clock.clock_id == fact.clock_id)
    return {"clocks": told(case.clocks, fact.clock_id, warned=before + 1)}


def _lapsed(case: Case, fact: f.ClockLapsed) -> dict[str, Any]:
    return {"clocks": told(case.clocks, fact.clock_id, lapsed=True, lapsed_at=fact.at, missed=None)}


def _recounted(case: Case, fact: f.ClockRecounted) -> dict[str, Any]:
    """The time in which a task can be given back, or the case be taken up again, ends with its clock."""
    new, at = fact.deadline, fact.at
    clocks = tuple(recounted(k, new, at) if k.clock_id == fact.clock_id else k for k in case.clocks)
    handoff = case.handoff(fact.handoff_id) if fact.handoff_id else None
    if handoff is None or not fact.deadline.right or handoff.objection_until != fact.was:
        return {"clocks": clocks, **_window(case, fact)}
    later = handoff.model_copy(update={"objection_until": fact.deadline.due_at})
    return {"clocks": clocks, **with_handoff(case, later)}


def _window(case: Case, fact: f.ClockRecounted) -> dict[str, Any]:
    mine = fact.rule == REOPENING and case.reopen_until == fact.was
    return {"reopen_until": fact.deadline.due_at} if mine else {}


def _not_lapsed(case: Case, fact: f.LapseWithdrawn) -> dict[str, Any]:
    return {"clocks": told(case.clocks, fact.clock_id, lapsed=False, lapsed_at=None, missed=None, climbed=0)}


def _reopened(case: Case, fact: f.CaseReopened) -> dict[str, Any]:
    nothing = dict.fromkeys(("resolved_at", "closed_at", "closing_reason", "route", "reopen_until"))
    clocks = started(_stopped(case, fact), case.case_id, fact.offer_by)
    answer = {"asked": "not_solved", "satisfied": None} if fact.reason == "not_solved" else {}
    again = {**nothing, **answer, "reopened_at": fact.at, "reopenings": case.reopenings + 1, "clocks": clocks}
    return {**again, **handlers(case.model_copy(update=again))}


def _suspended(case: Case, fact: f.CaseSuspended) -> dict[str, Any]:
    still = tuple(stands(clock, fact.at) for clock in case.clocks)
    return {"look_again_at": fact.look_again_at, "clocks": started(still, case.case_id, fact.deadline)}


def _resumed(case: Case, fact: f.CaseResumed) -> dict[str, Any]:
    """What is not told of as moved has lost no day."""
    later = {on.clock_id: on.deadline for on in fact.clocks}

    def resume(clock: RunningClock) -> RunningClock:
        if clock.clock_id not in later:
            return clock.model_copy(update={"stands": None})
        return moved(goes_on(clock, fact.at), later[clock.clock_id], clock.warned)

    return {"look_again_at": None, "clocks": tuple(map(resume, _looked_again(case, fact)))}


def _closed(case: Case, fact: f.CaseClosed | f.CaseRefused) -> dict[str, Any]:
    """The clock of the right to reopen is told by nobody: it is there to be counted again."""
    clocks = started(_stopped(case, fact), case.case_id, fact.reopening)
    ends = {"reopen_until": fact.reopen_until, "clocks": stopped(clocks, fact.at, running_of(None))}
    return {"closed_at": fact.at, **ends}


CHANGES: Changes = {
    f.CaseOpened: _opened,
    f.CaseQueued: _queued,
    f.CaseRouted: _as_routed,
    f.ReportAttached: _attached,
    f.CaseMerged: _merged,
    f.CaseUnmerged: _unmerged,
    f.CaseAbsorbed: _absorbed,
    f.CaseReleased: _released,
    f.CaseLinked: _linked,
    f.CaseUnlinked: _unlinked,
    f.OfficerRecused: lambda case, fact: {"barred": (*case.barred, fact.officer)},
    f.RecusalLifted: lambda case, fact: {"barred": tuple(each for each in case.barred if each != fact.officer)},
    f.HandlingBegun: lambda case, fact: {},
    f.ReportDetached: _detached,
    f.CaseResolved: lambda case, fact: {
        "resolved_at": fact.at,
        "clocks": started(case.clocks, case.case_id, fact.deadline),
    },
    f.FollowedUp: lambda case, fact: {
        "asked": "solved",
        "satisfied": fact.satisfied,
        "clocks": _stopped(case, fact),
    },
    f.ReporterNotReached: lambda case, fact: {"asked": fact.reason, "clocks": _stopped(case, fact)},
    f.CaseReopened: _reopened,
    f.CaseClosed: lambda case, fact: {**_closed(case, fact), "closing_reason": fact.reason},
    f.CaseRefused: lambda case, fact: {**_closed(case, fact), "queued_for": None, "route": fact.route},
    f.CaseSuspended: _suspended,
    f.CaseResumed: _resumed,
    f.CaseWithdrawn: lambda case, fact: {"closed_at": fact.at, "clocks": _stopped(case, fact)},
    f.ReporterTold: lambda case, fact: {"reporter_told": (*case.reporter_told, fact.content_id)},
    f.ContentErased: lambda case, fact: {},
    f.ClockWarned: _warned,
    f.ClockLapsed: _lapsed,
    f.LapseClimbed: lambda case, fact: {"clocks": told(case.clocks, fact.clock_id, climbed=fact.rung)},
    f.ClockRecounted: _recounted,
    f.LapseWithdrawn: _not_lapsed,
}

CASE = Procedure("case", STEPS, CHANGES, where=lambda case, command: Where(area=case.area or None), words=words.CASE)
