"""The hand-off: one department answers for one task of one case by a time. Several run in a case at once."""

from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model import exclusion as x
from services.dispatch.model import guards as g
from services.dispatch.model import words
from services.dispatch.model.handoff_clocks import ALSO, carried_by
from services.dispatch.model.state import CHILD, COMPLAINED_OF, ENDED, LEAD, Case, Handoff, with_handoff
from shared.procedure.actor import Role, Where
from shared.procedure.procedure import Changes, Part, Procedure
from shared.procedure.step import NEW, Step, by, during

OFFICE = by(Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM, Role.SERVICE)
CENTRE = by(Role.DISPATCHER, Role.SUPERVISOR)
PARENT = by(Role.HANDLER)
OPEN = during("offered", "accepted", "in_progress", "completed")
NOT_ENDED = OPEN | during("planned")
AT_WORK = during("accepted", "in_progress")
EXCLUDED_BY = "治安管理处罚法 118；行政强制法 25"


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
        "replaces": command.replaces or g.follows_on(case, offer.part),
        "objection_until": offer.objection_until,
        "objection": offer.objection,
        "consent": offer.consent,
        "deadline": offer.deadline,
        "binding": offer.binding,
        "note": command.note,
    }


def _plan(case: Case, command: c.PlanHandoff) -> dict[str, Any]:
    number = len(case.handoffs) + 1
    offer = {"department": command.offer.department, "part": command.offer.part}
    about = {"after": command.after, "note": command.note}
    return {"handoff_id": f"{case.case_id}.{number}", "case_id": case.case_id, **about, **offer}


def _in_turn(case: Case, command: c.OfferPlanned) -> dict[str, Any]:
    planned = case.handoff(command.handoff_id)
    note = planned.note if planned else None
    offer = c.OfferHandoff(at=command.at, actor=command.actor, offer=command.offer, note=note)
    return {**_offer(case, offer), "handoff_id": command.handoff_id, "replaces": None}


def _assigned(case: Case, command: c.AssignPart) -> dict[str, Any]:
    """Due when the whole task is."""
    offer = c.OfferHandoff(at=command.at, actor=command.actor, offer=command.offer)
    return {**_offer(case, offer), "replaces": None, "parent": command.handoff_id, "note": command.note}


def parents_office(case: Case, command: Any) -> Where:
    """A part is answered for to the office that passed it on."""
    handoff = case.handoff(command.handoff_id)
    parent = case.handoff(handoff.parent) if handoff and handoff.parent else None
    return Where(area=case.area, departments=frozenset({parent.department}) if parent else frozenset())


def _of_handoff(case: Case, command: Any) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {"department": handoff.department if handoff else ""}


def _transferred(case: Case, command: c.TransferHandoff) -> dict[str, Any]:
    return {**_of_handoff(case, command), "to": command.offer.department}


def _accepted_until(case: Case, command: c.AcceptHandoff) -> dict[str, Any]:
    """After a transfer the clock of handling runs on; only a statute gives the next office a period of its own."""
    carried = carried_by(case, command.handoff_id)
    own = carried is None or (command.deadline is not None and command.deadline.statutory)
    deadline = command.deadline if own else carried.deadline if carried else None
    return {**_of_handoff(case, command), "deadline": deadline, "deemed": isinstance(command, c.DeemAcceptance)}


def _approved(case: Case, command: c.ApproveReturn) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {**_returning(case, command), "reason": handoff.return_reason if handoff else None}


def _returning(case: Case, command: Any) -> dict[str, Any]:
    """With the second return of a task the centre has to call a consultation."""
    handoff = case.handoff(command.handoff_id)
    before = case.ways_before(handoff, "returned") if handoff else 0
    owed = handoff is not None and handoff.part != CHILD and before + 1 >= g.RETURNS_ALLOWED
    part = handoff is not None and handoff.part == CHILD
    clocks = {
        "consult_by": command.consult_by if owed else None,
        "offer_by": None if owed or part else command.offer_by,
    }
    return {**_of_handoff(case, command), **clocks}


def _recalling(case: Case, command: c.RecallHandoff) -> dict[str, Any]:
    """Without its lead a case waits for another, and so does a task taken from an office complained of."""
    handoff = case.handoff(command.handoff_id)
    waits = handoff is not None and (handoff.part == LEAD or command.reason == COMPLAINED_OF)
    return {**_of_handoff(case, command), "offer_by": command.offer_by if waits else None}


def _answered(case: Case, command: c.RefuseAnswer | c.RefuseReturn) -> dict[str, Any]:
    handoff = case.handoff(command.handoff_id)
    return {**_of_handoff(case, command), "status": handoff.status if handoff else "unknown"}


def _sent_by_the_centre(case: Case, command: c.TransferHandoff) -> bool:
    return command.actor.may(by(Role.DISPATCHER), _centre(case, command))


def _recorded_by_the_centre(case: Case, command: c.HandoffCommand) -> bool:
    return command.actor.may(CENTRE, _centre(case, command))


def _step(command: Any, states: Any, fact: Any, then: str | None, roles: Any, *guards: Any, **more: Any) -> Step:
    more.setdefault("where", _centre if Role.DISPATCHER in roles else _office)
    more.setdefault("build", _of_handoff)
    return Step(command, states, fact, then, roles, guards, **more)


def _left_out(case: Case, command: Any) -> dict[str, Any]:
    return {**_of_handoff(case, command), **x.told(case, command)}


def _exclusions() -> list[Step]:
    """Time that the clock's rule leaves out: the office records it, before its clock lapses; the centre also after,
    and corrects it."""
    begin, end = (c.BeginExclusion, AT_WORK, f.ExclusionBegun, None), (c.EndExclusion, AT_WORK, f.ExclusionEnded, None)
    may_begin = (x.rule_excludes, x.not_ahead, x.within_the_clock, x.no_overlap)
    may_end = (x.known, x.still_open, x.ends_later, x.not_ahead)
    right = (x.known, x.end_was_recorded, x.not_ahead, x.ends_later, x.within_the_clock, x.no_overlap)
    here = _recorded_by_the_centre
    task: dict[str, Any] = {"build": _left_out, "of": g.is_no_child, "law": EXCLUDED_BY}
    return [
        _step(*begin, CENTRE, *may_begin, when=here, shown=x.can_begin, **task),
        _step(*begin, OFFICE, g.recorded_here, *may_begin, x.not_lapsed, shown=x.can_begin, **task),
        _step(*end, CENTRE, *may_end, when=here, shown=x.has_open, **task),
        _step(*end, OFFICE, g.recorded_here, *may_end, shown=x.has_open, **task),
        _step(c.CorrectExclusion, AT_WORK, f.ExclusionCorrected, None, CENTRE, *right, shown=x.has_any, **task),
        _step(c.StrikeExclusion, AT_WORK, f.ExclusionStruck, None, CENTRE, x.known, shown=x.has_any, **task),
    ]


def _parents_steps() -> list[Step]:
    """What the centre decides of a task, the office that passed a part on decides of that part."""
    about: dict[str, Any] = {"of": g.is_child, "where": parents_office}
    return [
        _step(c.VerifyHandoff, during("completed"), f.HandoffVerified, "verified", PARENT, g.another_person, **about),
        _step(c.OrderRework, during("completed"), f.ReworkOrdered, "in_progress", PARENT, **about),
        _step(c.RecallHandoff, OPEN, f.HandoffRecalled, "recalled", PARENT, **about),
        _step(c.UrgeHandoff, OPEN, f.HandoffUrged, None, PARENT, **about),
    ]


COMPLETING = _step(c.CompleteHandoff, AT_WORK, f.HandoffCompleted, "completed", OFFICE, g.answers_here, g.children_done)
VERIFYING = _step(
    c.VerifyHandoff, during("completed"), f.HandoffVerified, "verified", CENTRE, g.another_person, of=g.is_no_child
)
REWORKING = _step(c.OrderRework, during("completed"), f.ReworkOrdered, "in_progress", CENTRE, of=g.is_no_child)
RECALLING = _step(c.RecallHandoff, NOT_ENDED, f.HandoffRecalled, "recalled", CENTRE, of=g.is_no_child, build=_recalling)
WAIVING = _step(
    c.WaiveHandoff,
    OPEN | during("returned", "recalled"),
    f.HandoffWaived,
    "waived",
    CENTRE,
    g.is_co,
    g.open_or_owed,
    shown=g.is_helping,
)
STEPS = [
    Step(
        c.OfferHandoff,
        during(NEW),
        f.HandoffOffered,
        "offered",
        by(Role.DISPATCHER, Role.SERVICE),
        (g.case_is_open, g.offer_fits, g.not_held, g.replaces_fits, g.consulted),
        build=_offer,
        where=_centre,
        shown_while=g.is_open,
        law="综治中心：分流交办",
    ),
    Step(
        c.PlanHandoff,
        during(NEW),
        f.HandoffPlanned,
        "planned",
        by(Role.DISPATCHER),
        (g.case_is_open, g.only_co, g.offer_fits, g.not_held, g.comes_after_one),
        build=_plan,
        where=_centre,
        shown_while=g.is_open,
    ),
    _step(c.OfferPlanned, during("planned"), f.HandoffOffered, "offered", by(Role.SERVICE), build=_in_turn),
    _step(
        c.AssignPart,
        AT_WORK,
        f.HandoffOffered,
        "offered",
        by(Role.HANDLER),
        g.answers_here,
        g.inside_own_tree,
        g.offer_fits,
        g.not_held,
        build=_assigned,
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
    COMPLETING,
    _step(
        c.ReturnHandoff,
        during("offered", "accepted"),
        f.ReturnAsked,
        None,
        OFFICE,
        g.answers_here,
        g.not_bound,
        g.within_objection,
        g.returns_left,
        g.no_return_pending,
        g.not_refused_before,
        when=g.needs_consent,
        law="信访工作条例 23(3)",
        shown=g.is_free,
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
        shown=g.waits_for_consent,
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
        shown=g.waits_for_consent,
    ),
    _step(
        c.ReturnHandoff,
        during("offered", "accepted"),
        f.HandoffReturned,
        "returned",
        OFFICE,
        g.answers_here,
        g.not_bound,
        g.within_objection,
        g.returns_left,
        build=_returning,
        law="信访工作条例 23(3)",
        shown=g.is_free,
    ),
    _step(
        c.DisputeCompetence,
        during("offered", "accepted"),
        f.CompetenceDisputed,
        None,
        OFFICE,
        g.disputed_here,
        g.not_bound,
        g.not_disputed,
        law="信访工作条例 Art 24",
        of=g.is_no_child,
        shown=g.may_be_disputed,
    ),
    _step(
        c.WithdrawDispute,
        during("offered", "accepted", "in_progress"),
        f.DisputeWithdrawn,
        None,
        OFFICE,
        g.disputed_here,
        g.dispute_open,
        of=g.is_no_child,
        shown=g.is_disputed,
    ),
    _step(
        c.TransferHandoff,
        AT_WORK,
        f.HandoffTransferred,
        "transferred",
        by(Role.DISPATCHER),
        g.offer_fits,
        g.not_held,
        g.to_another,
        g.not_disputed,
        when=_sent_by_the_centre,
        build=_transferred,
        of=g.is_no_child,
    ),
    _step(
        c.TransferHandoff,
        AT_WORK,
        f.HandoffTransferred,
        "transferred",
        by(Role.HANDLER),
        g.answers_here,
        g.offer_fits,
        g.not_held,
        g.to_another,
        g.not_bound,
        g.not_disputed,
        g.transfers_left,
        g.not_given_back,
        build=_transferred,
        of=g.is_no_child,
    ),
    _step(
        c.AskExtension, AT_WORK, f.ExtensionRequested, None, OFFICE, g.answers_here, g.none_pending, of=g.is_no_child
    ),
    _step(
        c.GrantExtension,
        AT_WORK,
        f.ExtensionGranted,
        None,
        CENTRE,
        g.extension_asked,
        g.within_longest,
        shown=g.waits_for_time,
    ),
    _step(c.RefuseExtension, AT_WORK, f.ExtensionRefused, None, CENTRE, g.extension_asked, shown=g.waits_for_time),
    _step(c.ExtendClock, AT_WORK, f.ClockExtended, None, by(Role.SERVICE), g.answers_here, law="信访工作条例 34"),
    _step(c.StopClock, AT_WORK, f.ClockStopped, None, by(Role.SERVICE), g.answers_here, law="信访工作条例 32"),
    VERIFYING,
    REWORKING,
    RECALLING,
    WAIVING,
    _step(c.UrgeHandoff, OPEN, f.HandoffUrged, None, CENTRE, of=g.is_no_child),
    *_exclusions(),
    *_parents_steps(),
    _step(c.BarDepartments, OPEN | during(*ENDED), f.HandoffBarred, None, by(Role.SERVICE)),
    _step(c.UnbarOfficers, OPEN | during(*ENDED), f.HandoffUnbarred, None, by(Role.SERVICE)),
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
    names = ("handoff_id", "department", "part", "via", "replaces", "objection_until", "consent", "binding", "parent")
    told = {name: getattr(fact, name) for name in (*names, "note")}
    return {**told, "offered_at": fact.at, "since": fact.at}


def _settled(handoff: Handoff, fact: Any) -> dict[str, Any]:
    """What was asked for needs no answer any more."""
    return {"since": fact.at, "extension_days": None, "return_reason": None}


def _since(handoff: Handoff, fact: Any) -> dict[str, Any]:
    return {"since": fact.at}


CHANGES: Changes = {
    f.HandoffOffered: _offered,
    f.HandoffPlanned: lambda h, fact: {
        **{name: getattr(fact, name) for name in ("handoff_id", "department", "part", "after", "note")},
        "since": fact.at,
    },
    f.HandoffAccepted: lambda h, fact: {
        "accepted_at": fact.at,
        "since": fact.at,
        "deemed": fact.deemed,
        "return_reason": None,
    },
    f.CompetenceDisputed: lambda h, fact: {"disputed": True},
    f.DisputeWithdrawn: lambda h, fact: {"disputed": False},
    f.HandoffStarted: _since,
    f.HandoffProgressed: lambda h, fact: {},
    f.HandoffCompleted: lambda h, fact: {
        **_settled(h, fact),
        "result": fact.result,
        "completed_by": fact.by,
        "disputed": False,
    },
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
    **x.CHANGES,
    f.ClockExtended: lambda h, fact: {},
    f.ClockStopped: lambda h, fact: {},
    f.HandoffUrged: lambda h, fact: {"urged": h.urged + 1},
    f.HandoffBarred: lambda h, fact: {},
    f.HandoffUnbarred: lambda h, fact: {},
    f.AnswerRefused: lambda h, fact: {},
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
