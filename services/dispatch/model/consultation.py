"""The consultation (会商): the departments concerned say whose it is, or how it is solved. Its conclusion binds."""

from collections.abc import Sequence
from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model import guards as g
from services.dispatch.model import refusals as r
from services.dispatch.model import words
from services.dispatch.model.clock import CONSULTATION_CALL, Clocks, of_consultation, running_of, started, stopped
from services.dispatch.model.state import CO, LEAD, Case, Consultation, Handoff, Seat, handlers, with_consultation
from shared.procedure.actor import Role, Where
from shared.procedure.procedure import Changes, Part, Procedure
from shared.procedure.step import NEW, Command, Step, by, during
from shared.refusals.refusals import Refused

CENTRE = by(Role.DISPATCHER, Role.SUPERVISOR)
INVITED = by(Role.HANDLER, Role.SYSTEM)
OPEN = during("called", "referred")
CONSULTED = ("queued", "routed", "in_handling", "reopened")


def _at_the_centre(case: Case, command: Any) -> Where:
    return Where(area=case.area)


def _at_a_seat(case: Case, command: Any) -> Where:
    found = g.consultation_of(case, command)
    return Where(area=case.area, departments=found.invited if found else frozenset())


def _may_be_called(case: Case) -> bool:
    """As far as the case itself decides it."""
    return can_be_consulted(case, None) is None and no_other_is_open(case, None) is None


def _called(case: Case, command: c.CallConsultation) -> dict[str, Any]:
    return {"consultation_id": f"{case.case_id}.c{len(case.consultations) + 1}", "disputed": command.disputed}


def _speaker(case: Case, command: Any) -> dict[str, Any]:
    """The invited department for which the person, or the system, speaks."""
    return {"department": command.actor.acting_for(INVITED, _at_a_seat(case, command))}


def _from_whom(case: Case, command: Any) -> dict[str, Any]:
    seat = command.actor.may(INVITED, _at_a_seat(case, command))
    return _speaker(case, command) if seat else {"department": None}


def _concluded(case: Case, command: c.ConcludeConsultation) -> dict[str, Any]:
    found = g.consultation_of(case, command)
    referred = found is not None and found.referred_to is not None
    tasks = tuple(f.Task(department=offer.department, part=offer.part) for offer in command.offers)
    return {"tasks": tasks, "decided_by": "arbiter" if referred else "agreement" if command.agreed else "centre"}


def can_be_consulted(case: Case, command: Any) -> Refused | None:
    return None if case.status in CONSULTED else r.NotConsulted(case.status)


def no_other_is_open(case: Case, command: Any) -> Refused | None:
    return r.ConsultationOpen() if case.open_consultation() else None


def about_tasks_of_this_case(case: Case, command: c.CallConsultation) -> Refused | None:
    """A dispute is about tasks: open ones, or ones that wait for an office."""
    for handoff_id in command.disputed:
        handoff = case.handoff(handoff_id)
        if handoff is None or (handoff.ended and handoff_id not in _waiting(case)):
            return r.NotATask(handoff_id)
    return (
        r.NothingInDispute() if command.reason == "dispute" and not command.disputed and not case.queued_for else None
    )


def _waiting(case: Case) -> set[str]:
    return {h.handoff_id for h in case.handoffs if h.ended and not case.replaced(h) and h.status != "verified"}


def somebody_invited(case: Case, command: c.CallConsultation) -> Refused | None:
    return None if command.invited else r.NobodyInvited()


def all_invited_known(case: Case, command: c.CallConsultation) -> Refused | None:
    missing = next((seat.department for seat in command.invited if not seat.known), None)
    return r.UnknownDepartment(missing) if missing else None


def none_invited_accused(case: Case, command: c.CallConsultation) -> Refused | None:
    """信访工作条例 30(3)."""
    accused = next((seat.department for seat in command.invited if seat.department in case.barred), None)
    return r.ComplainedOf(accused) if accused else None


def all_in_the_circle(case: Case, command: c.CallConsultation) -> Refused | None:
    """预防未成年人犯罪法 Art 59."""
    stranger = next((seat.department for seat in command.invited if seat.outside), None)
    return r.OutsideCircle(stranger) if stranger else None


def not_invited_yet(case: Case, command: c.InviteDepartment) -> Refused | None:
    found = g.consultation_of(case, command)
    known = found is not None and command.seat.department in found.invited
    return r.AlreadyInvited(command.seat.department) if known else None


def seat_fits(case: Case, command: c.InviteDepartment) -> Refused | None:
    if not command.seat.known:
        return r.UnknownDepartment(command.seat.department)
    if command.seat.outside:
        return r.OutsideCircle(command.seat.department)
    return r.ComplainedOf(command.seat.department) if command.seat.department in case.barred else None


def everybody_heard(case: Case, command: c.ConcludeConsultation) -> Refused | None:
    """All who are invited have stated a position, or let the time for it pass."""
    found = g.consultation_of(case, command)
    silent = tuple(s for s in found.seats if s.position is None) if found else ()
    ends = [seat.until for seat in silent if seat.until is not None]
    if not silent or (len(ends) == len(silent) and command.at >= max(ends)):
        return None
    until = max(ends).isoformat(timespec="minutes") if len(ends) == len(silent) else ""
    return r.StillToBeHeard(tuple(seat.department for seat in silent), until)


def by_the_arbiter(case: Case, command: Any) -> Refused | None:
    """Once it is referred, only the arbiter's own supervisors conclude."""
    found = g.consultation_of(case, command)
    arbiter = found.referred_to if found else None
    if arbiter is None or arbiter in command.actor.departments(by(Role.SUPERVISOR)):
        return None
    return r.ArbiterDecides(arbiter)


def arbiter_is_free(case: Case, command: c.ReferConsultation) -> Refused | None:
    if command.arbiter is None:
        return r.NoArbiter()
    if command.outside:
        return r.OutsideCircle(command.arbiter)
    return r.ComplainedOf(command.arbiter) if command.arbiter in case.barred else None


def decides_who(case: Case, command: c.ConcludeConsultation) -> Refused | None:
    """A dispute over competence ends with somebody who acts, and a case with nobody gets a lead first."""
    found, parts = g.consultation_of(case, command), [offer.part for offer in command.offers]
    departments = {offer.department for offer in command.offers}
    if parts.count(LEAD) > 1 or len(departments) != len(parts) or (case.status == "queued" and parts[:1] != [LEAD]):
        return r.OneLeadFirst()
    disputed = found is not None and found.reason == "dispute"
    return r.NobodyDecided() if disputed and not parts else None


def no_result_is_lost(case: Case, command: c.ConcludeConsultation) -> Refused | None:
    """What an office reports as done is verified before its task goes elsewhere."""
    done = next((h for h in taken_away(case, command) if h.status == "completed"), None)
    return r.ResultWaits(done.department) if done else None


def taken_away(case: Case, command: c.ConcludeConsultation) -> list[Handoff]:
    """Open hand-offs that end with the conclusion: the disputed ones and the lead's, unless it leaves them there."""
    found = g.consultation_of(case, command)
    stays = {(offer.department, offer.part) for offer in command.offers}
    new_lead = any(offer.part == LEAD for offer in command.offers)
    disputed = found.disputed if found else ()
    at_stake = (h for h in case.open_handoffs() if h.handoff_id in disputed or (new_lead and h.part == LEAD))
    moved = (
        h for h in case.open_handoffs() if h.parent is None and any(h.department == d and h.part != p for d, p in stays)
    )
    concerned = {h.handoff_id: h for h in (*at_stake, *moved)} if command.offers else {}
    return [h for h in concerned.values() if (h.department, h.part) not in stays]


def newly_offered(case: Case, command: c.ConcludeConsultation) -> list[c.Offer]:
    """Those of the conclusion that do not stay where they are."""
    held = {(h.department, h.part) for h in case.open_handoffs()}
    return [offer for offer in command.offers if (offer.department, offer.part) not in held]


def following(case: Case, fact: f.ConsultationConcluded, command: c.ConcludeConsultation) -> Sequence[Command]:
    """The conclusion's tasks become hand-offs; what it takes away is recalled first."""
    stamp = {"at": command.at, "actor": command.actor}
    if case.status == "queued":
        return [c.RouteCase(**stamp, rule="consultation", offers=command.offers)] if command.offers else []
    taken, offers = taken_away(case, command), newly_offered(case, command)
    recalls = [c.RecallHandoff(**stamp, handoff_id=h.handoff_id, reason="consultation") for h in taken]
    before = {
        part: [
            *(h for h in taken if h.part == part),
            *(h for h in case.replaceable(part) if h.handoff_id in fact.disputed),
        ]
        for part in (LEAD, CO)
    }
    return [
        *recalls,
        *(c.OfferHandoff(**stamp, offer=offer, replaces=_next(before[offer.part])) for offer in offers),
    ]


def _next(handoffs: list[Handoff]) -> str | None:
    return handoffs.pop(0).handoff_id if handoffs else None


def inviting(case: Case, fact: f.ConsultationCalled, command: c.CallConsultation) -> Sequence[Command]:
    stamp = {"at": command.at, "actor": command.actor, "consultation_id": fact.consultation_id}
    return [c.InviteDepartment(**stamp, seat=seat) for seat in command.invited]


def calling_off(case: Case, fact: Any, command: Command) -> Sequence[Command]:
    """A case that ends needs no conclusion."""
    found = case.open_consultation()
    stamp = {"at": command.at, "actor": command.actor}
    return [c.CallOffConsultation(**stamp, consultation_id=found.consultation_id)] if found else []


STEPS = [
    Step(
        c.CallConsultation,
        during(NEW),
        f.ConsultationCalled,
        "called",
        CENTRE,
        (
            can_be_consulted,
            no_other_is_open,
            somebody_invited,
            all_invited_known,
            none_invited_accused,
            all_in_the_circle,
            about_tasks_of_this_case,
        ),
        build=_called,
        shown_while=_may_be_called,
        law="信访工作条例 Art 24",
    ),
    Step(
        c.InviteDepartment,
        OPEN,
        f.DepartmentInvited,
        None,
        CENTRE,
        (not_invited_yet, seat_fits),
        build=lambda case, command: {"department": command.seat.department, "deadline": command.seat.deadline},
    ),
    Step(c.SubmitPaper, OPEN, f.PaperSubmitted, None, CENTRE | INVITED, build=_from_whom, where=_at_a_seat),
    Step(c.StatePosition, OPEN, f.PositionStated, None, INVITED, build=_speaker, where=_at_a_seat),
    Step(
        c.ReferConsultation,
        during("called"),
        f.ConsultationReferred,
        "referred",
        CENTRE,
        (arbiter_is_free,),
        build=lambda case, command: {"referred_to": command.arbiter},
        law="信访工作条例 Art 24",
    ),
    Step(
        c.ConcludeConsultation,
        OPEN,
        f.ConsultationConcluded,
        "concluded",
        CENTRE,
        (by_the_arbiter, everybody_heard, decides_who, g.offers_fit, no_result_is_lost),
        build=_concluded,
        law="信访工作条例 Art 24",
    ),
    Step(c.CallOffConsultation, OPEN, f.ConsultationCalledOff, "called_off", CENTRE, (by_the_arbiter,)),
]


def _invited(found: Consultation, fact: f.DepartmentInvited) -> dict[str, Any]:
    until = fact.deadline.due_at if fact.deadline else None
    return {"seats": (*found.seats, Seat(department=fact.department, until=until))}


def _stated(found: Consultation, fact: f.PositionStated) -> dict[str, Any]:
    said = {"position": fact.position, "statement": fact.statement, "stated_at": fact.at}
    return {"seats": tuple(s.model_copy(update=said) if s.department == fact.department else s for s in found.seats)}


CHANGES: Changes = {
    f.ConsultationCalled: lambda found, fact: {
        **{name: getattr(fact, name) for name in ("consultation_id", "reason", "question", "disputed")},
        "called_at": fact.at,
    },
    f.DepartmentInvited: _invited,
    f.PaperSubmitted: lambda found, fact: {"papers": (*found.papers, fact.paper)},
    f.PositionStated: _stated,
    f.ConsultationReferred: lambda found, fact: {"referred_to": fact.referred_to},
    f.ConsultationConcluded: lambda found, fact: {
        "conclusion": fact.conclusion,
        "tasks": fact.tasks,
        "decided_by": fact.decided_by,
        "ended_at": fact.at,
    },
    f.ConsultationCalledOff: lambda found, fact: {"ended_at": fact.at},
}


def _begin(case: Case, fact: f.ConsultationCalled) -> dict[str, Any]:
    """The centre has called it: what it owed before is done."""
    called = stopped(case.clocks, fact.at, lambda k: running_of(None)(k) and k.deadline.rule == CONSULTATION_CALL)
    return {"clocks": started(called, case.case_id, fact.deadline, consultation_id=fact.consultation_id)}


def _position_owed(case: Case, fact: f.DepartmentInvited) -> dict[str, Any]:
    return {"clocks": started(case.clocks, case.case_id, fact.deadline, consultation_id=fact.consultation_id)}


def _position_given(case: Case, fact: f.PositionStated) -> dict[str, Any]:
    mine = of_consultation(fact.consultation_id)
    return {"clocks": stopped(case.clocks, fact.at, lambda k: mine(k) and k.deadline.answerable == fact.department)}


def _with_the_arbiter(case: Case, fact: f.ConsultationReferred) -> dict[str, Any]:
    mine = of_consultation(fact.consultation_id)
    seats = {seat.department for each in case.consultations for seat in each.seats}
    clocks = stopped(case.clocks, fact.at, lambda k: mine(k) and k.deadline.answerable not in seats)
    return {"clocks": started(clocks, case.case_id, fact.deadline, consultation_id=fact.consultation_id)}


def _over(case: Case, fact: Any) -> dict[str, Any]:
    return {"clocks": _all_stopped(case, fact)}


def _all_stopped(case: Case, fact: Any) -> Clocks:
    return stopped(case.clocks, fact.at, of_consultation(fact.consultation_id))


def _binding(case: Case, fact: f.ConsultationConcluded) -> dict[str, Any]:
    """Who keeps its task by the conclusion is bound too: nothing is objected to, or disputed, any more."""
    settled = {(task.department, task.part) for task in fact.tasks}
    kept = {h.handoff_id for h in case.open_handoffs() if (h.department, h.part) in settled}
    bound = {"binding": True, "disputed": False, "return_reason": None}
    handoffs = tuple(h.model_copy(update=bound) if h.handoff_id in kept else h for h in case.handoffs)
    clocks = stopped(
        _all_stopped(case, fact), fact.at, lambda k: k.handoff_id in kept and k.running and k.deadline.right
    )
    after = case.model_copy(update={"handoffs": handoffs})
    return {"handoffs": handoffs, "clocks": clocks, **handlers(after)}


CONSULTATION = Procedure(
    "consultation",
    STEPS,
    CHANGES,
    where=_at_the_centre,
    part=Part(
        "consultation",
        find=g.consultation_of,
        put=with_consultation,
        begin=lambda case, fact: Consultation(),
    ),
    also={
        f.ConsultationCalled: _begin,
        f.DepartmentInvited: _position_owed,
        f.PositionStated: _position_given,
        f.ConsultationReferred: _with_the_arbiter,
        f.ConsultationConcluded: _binding,
        f.ConsultationCalledOff: _over,
    },
    words=words.CONSULTATION,
)
