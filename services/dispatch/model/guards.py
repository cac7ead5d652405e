"""What may stand in the way, each with its basis."""

from datetime import datetime
from typing import Any

from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from services.dispatch.model.state import CHILD, CO, GIVEN_UP, LEAD, Case, Consultation, Handoff
from services.dispatch.model.words import HANDOFF
from shared.procedure.actor import Role
from shared.refusals.refusals import NotFound, NotNow, Refused
from shared.refusals.words import named

HERE = "dispatch"
RETURNS_ALLOWED, TRANSFERS_ALLOWED = 2, 1
EVENTS = {"warn": c.WarnClock, "lapse": c.LapseClock, "climb": c.ClimbClock}
CLOSING_REASONS = {
    "followed_up": frozenset({"solved", "partly_solved", "cannot_be_solved_now", "no_competence", "withdrawn"}),
    "queued": frozenset({"withdrawn"}),
    "resolved": frozenset({"withdrawn"}),
}


def part_of(case: Case, command: Any) -> Handoff | None:
    handoff_id = getattr(command, "handoff_id", None)
    return None if handoff_id is None else case.handoff(handoff_id)


def consultation_of(case: Case, command: Any) -> Consultation | None:
    consultation_id = getattr(command, "consultation_id", None)
    return None if consultation_id is None else case.consultation(consultation_id)


def offered_to(command: Any) -> c.Offer:
    offer: c.Offer = command.offer
    return offer


def stale(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    if handoff is None or not handoff.ended:
        return None
    now_with = tuple(h.department for h in case.after(handoff) if not h.ended)
    since = handoff.since.isoformat(timespec="minutes") if handoff.since else ""
    return r.Stale(handoff.handoff_id, handoff.status, since, now_with)


def is_open(case: Case) -> bool:
    """Whether tasks of it may be offered."""
    return case.status in ("routed", "in_handling", "reopened")


def case_is_open(case: Case, command: Any) -> Refused | None:
    return None if is_open(case) else r.NotOpen(case.status)


def offer_refused(case: Case, offer: c.Offer) -> Refused | None:
    """Why nobody may offer a task of the case to that department, whoever holds it now."""
    if not offer.known:
        return r.UnknownDepartment(offer.department)
    if offer.department in case.barred:  # 信访工作条例 30(3): never passed to the unit complained of
        return r.ComplainedOf(offer.department)
    if offer.duty:  # 国办函〔2025〕66号: not pushed down to a town that the list does not empower, nor below it
        return (r.PushedDown if offer.grassroots else r.NoAuthority)(offer.department, offer.duty)
    return r.OutsideCircle(offer.department) if offer.outside else None


def offer_fits(case: Case, command: Any) -> Refused | None:
    return offer_refused(case, offered_to(command))


def offers_fit(case: Case, command: Any) -> Refused | None:
    refusals = (offer_refused(case, offer) for offer in command.offers)
    return next((refusal for refusal in refusals if refusal is not None), None)


def one_lead_first(case: Case, command: c.RouteCase) -> Refused | None:
    parts = [offer.part for offer in command.offers]
    departments = {offer.department for offer in command.offers}
    if parts[:1] != [LEAD] or LEAD in parts[1:] or len(departments) != len(parts):
        return r.AlreadyHeld(command.offers[0].department if command.offers else "")
    return None


def not_held(case: Case, command: Any) -> Refused | None:
    """Two offices never hold the same task, and one office never holds two tasks of a case."""
    offer, leaving = offered_to(command), getattr(command, "handoff_id", None)
    for held in case.open_handoffs():
        if held.handoff_id == leaving:
            continue
        if held.department == offer.department or (offer.part == LEAD and held.part == LEAD):
            return r.AlreadyHeld(held.department)
    return None


def replaces_fits(case: Case, command: c.OfferHandoff) -> Refused | None:
    """What is replaced has ended, was of the same part, and nothing else has replaced it."""
    if command.replaces is None:
        return None
    possible = tuple(h.handoff_id for h in case.replaceable(command.offer.part))
    return None if command.replaces in possible else r.NotReplaceable(command.replaces, possible)


def answers_here(case: Case, command: Any) -> Refused | None:
    """The office answers where it works: here, or by facts of the one service that the hand-off was offered via."""
    handoff, services = part_of(case, command), command.actor.departments(frozenset({Role.SERVICE}))
    if handoff is None or services == {HERE}:
        return None
    if not services:
        return r.AnswersElsewhere(handoff.department, handoff.via) if handoff.via is not None else None
    office = command.office or handoff.department
    if services == {handoff.via} and office == handoff.department:
        return None
    return r.AnsweredByAnother(handoff.department, f"{office} ({', '.join(sorted(services))})")


def disputed_here(case: Case, command: Any) -> Refused | None:
    """An office with a service of its own disputes here, too: a consultation is held at the centre."""
    handoff = part_of(case, command)
    mine = handoff is not None and handoff.department in command.actor.belongs_to
    return None if mine else answers_here(case, command)


def recorded_here(case: Case, command: Any) -> Refused | None:
    """The clock is the centre's: an office with a service of its own records here, too."""
    return disputed_here(case, command)


def within_objection(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    until = handoff.objection_until if handoff else None
    if until is None or command.at < until:
        return None
    return r.ObjectionOver(until.isoformat(timespec="minutes"))


def returns_left(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    returns = case.ways_before(handoff, "returned") if handoff else 0
    return r.MustConsult(returns) if returns >= RETURNS_ALLOWED else None


def children_done(case: Case, command: Any) -> Refused | None:
    """Who passed parts of the task on to its own answers once they have."""
    still = tuple(h.department for h in case.children(command.handoff_id))
    return r.ChildrenOpen(still) if still else None


def inside_own_tree(case: Case, command: c.AssignPart) -> Refused | None:
    handoff = part_of(case, command)
    return None if command.offer.below or handoff is None else r.NotBelow(command.offer.department, handoff.department)


def comes_after_one(case: Case, command: c.PlanHandoff) -> Refused | None:
    """After a task that goes on, or another planned one."""
    first = case.handoff(command.after)
    return None if first is not None and not first.ended and first.part != CHILD else r.NotATask(command.after)


def only_co(case: Case, command: c.PlanHandoff) -> Refused | None:
    return None if command.offer.part == CO else r.LeadAtOnce()


def the_others_half(case: Case) -> bool:
    """What a step on another case does here is no step by itself."""
    return False


def has_links(case: Case) -> bool:
    return bool(case.links)


def waits_for_consent(handoff: Handoff) -> bool:
    return handoff.return_reason is not None


def waits_for_time(handoff: Handoff) -> bool:
    return handoff.extension_days is not None


def is_disputed(handoff: Handoff) -> bool:
    return handoff.disputed


def is_free(handoff: Handoff) -> bool:
    return not handoff.binding


def may_be_disputed(handoff: Handoff) -> bool:
    return not handoff.disputed and not handoff.binding


def is_helping(handoff: Handoff) -> bool:
    return handoff.part == CO


def is_child(handoff: Handoff) -> bool:
    return handoff.part == CHILD


def is_no_child(handoff: Handoff) -> bool:
    return handoff.part != CHILD


def not_bound(case: Case, command: Any) -> Refused | None:
    """What a consultation has decided binds those who were heard."""
    handoff = part_of(case, command)
    return r.Bound() if handoff and handoff.binding else None


def consulted(case: Case, command: c.OfferHandoff) -> Refused | None:
    """After the second return, or in a dispute, only a consultation says who is next (信访工作条例 Art 24)."""
    if command.offer.binding:
        return None
    place = command.replaces or follows_on(case, command.offer.part)
    return _to_consult(case, case.handoff(place) if place else None)


def not_disputed(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return r.DisputeOpen(handoff.department) if handoff and handoff.disputed else None


def dispute_open(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return None if handoff and handoff.disputed else r.NoDispute()


def _to_consult(case: Case, handoff: Handoff | None) -> Refused | None:
    returns, disputed = case.unsettled(handoff)
    if disputed and handoff is not None:
        return r.DisputeOpen(handoff.department)
    return r.MustConsult(returns) if returns >= RETURNS_ALLOWED else None


def follows_on(case: Case, part: str) -> str | None:
    """A new lead takes the place of the one before, said or not; a co-handler that of the first one missing."""
    open_places = case.replaceable(part)
    if part == LEAD:
        return open_places[-1].handoff_id if open_places else None
    missing = [h for status in ("returned", "recalled") for h in open_places if h.status == status]
    return missing[0].handoff_id if missing else None


def transfers_left(case: Case, command: c.TransferHandoff) -> Refused | None:
    """国办函〔2025〕66号: no passing on and on; from the second time on the centre says to whom."""
    handoff = part_of(case, command)
    transfers = case.ways_before(handoff, "transferred") if handoff else 0
    return r.CentreDecides(transfers) if transfers >= TRANSFERS_ALLOWED else None


def to_another(case: Case, command: c.TransferHandoff) -> Refused | None:
    handoff = part_of(case, command)
    itself = handoff is not None and handoff.department == command.offer.department
    return r.ToItself(command.offer.department) if itself else None


def not_given_back(case: Case, command: c.TransferHandoff) -> Refused | None:
    """An office that had the task and gave it up does not get it back from another office."""
    handoff = part_of(case, command)
    before = case.before(handoff) if handoff else []
    had_it = {earlier.department for earlier in before if earlier.status in GIVEN_UP}
    return r.GivenBack(command.offer.department) if command.offer.department in had_it else None


def only_deemed(case: Case, command: Any) -> Refused | None:
    """Silence was taken for acceptance: the office may still say so itself, once."""
    handoff = part_of(case, command)
    return (
        None
        if handoff and handoff.deemed
        else NotNow(named(HANDOFF, "accept_handoff"), named(HANDOFF, handoff.status if handoff else "new"))
    )


def needs_consent(case: Case, command: Any) -> bool:
    """信访工作条例 23(3): returned only once whoever sent it has verified the objection and consents (核实同意)."""
    handoff = part_of(case, command)
    return handoff is not None and handoff.consent


def no_return_pending(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return r.ReturnPending() if handoff and handoff.return_reason else None


def not_refused_before(case: Case, command: Any) -> Refused | None:
    """信访工作条例 23(3): the objection was verified, and no consent given."""
    handoff = part_of(case, command)
    return r.ReturnDenied() if handoff and handoff.return_refused else None


def return_asked(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return None if handoff and handoff.return_reason else r.NoReturnAsked()


def another_person(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return r.SamePerson() if handoff and handoff.completed_by == command.actor.id else None


def is_co(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return None if handoff and handoff.part == CO else r.NotCo()


def open_or_owed(case: Case, command: Any) -> Refused | None:
    """What the centre itself took back needs no waiver."""
    handoff = part_of(case, command)
    return stale(case, command) if handoff and handoff.ended and not case.owed(handoff) else None


def none_pending(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return r.ExtensionPending() if handoff and handoff.extension_days else None


def extension_asked(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return None if handoff and handoff.extension_days else r.NoExtensionAsked()


def within_longest(case: Case, command: c.GrantExtension) -> Refused | None:
    handoff = part_of(case, command)
    asked = (handoff.extension_days or 0) + case.extended_so_far(handoff) if handoff else 0
    if command.deadline is None or asked > command.longest:
        return r.ExtensionTooLong(command.longest)
    return None


def parts_done(case: Case, command: Any) -> Refused | None:
    if case.all_parts_done():
        return None
    return r.PartsOpen(tuple(h.department for h in case.open_handoffs()))


def reason_fits(case: Case, command: c.CloseCase) -> Refused | None:
    possible = CLOSING_REASONS[case.status]
    return None if command.reason in possible else r.WrongReason(command.reason, tuple(sorted(possible)))


def with_nobody(case: Case, command: Any) -> Refused | None:
    at_work = tuple(h.department for h in case.open_handoffs())
    return r.PartsOpen(at_work) if at_work else None


def reported_by(case: Case, command: c.DetachReport) -> Refused | None:
    known = command.report_id in case.reports and command.report_id not in case.withdrawn_reports
    return None if known else NotFound("report")


def looked_at_again(case: Case, command: c.SuspendCase) -> Refused | None:
    if command.look_again_at > command.at:
        return None
    return r.InThePast(command.look_again_at.isoformat(timespec="minutes"))


def within_window(case: Case, command: Any) -> Refused | None:
    """By the district's clock, which has no end where the district sets none; supervision is not bound by it."""
    until = case.reopen_until
    if until is None or command.at < until or Role.SUPERVISOR in command.actor.roles:
        return None
    return r.WindowOver(until.isoformat(timespec="minutes"))


def another_case(case: Case, command: Any) -> Refused | None:
    other = getattr(command, "into", None) or getattr(command, "other", None)
    return r.SameCase() if other == case.case_id else None


def one_circle(case: Case, command: c.MergeCase | c.LinkCase) -> Refused | None:
    """预防未成年人犯罪法 Art 59: what is sealed does not come out by way of another case."""
    return r.SealedApart() if command.apart else None


def no_petition(case: Case, command: Any) -> Refused | None:
    """A petition said again is not a duplicate: each is registered and answered (信访工作条例 Art 21, 23)."""
    return r.PetitionStands() if any(h.via == "petition" and h.status not in GIVEN_UP for h in case.handoffs) else None


def nothing_done_yet(case: Case, command: Any) -> Refused | None:
    """Work that is reported as done is verified first, and its reporter told."""
    done = next((h for h in case.handoffs if h.status in ("completed", "verified")), None)
    return r.ResultWaits(done.department) if done else None


def not_linked_yet(case: Case, command: c.LinkCase) -> Refused | None:
    linked = any((link.kind, link.other) == (command.kind, command.other) for link in case.links)
    return r.LinkedAlready() if linked else None


def linked(case: Case, command: c.UnlinkCase) -> Refused | None:
    known = any((link.kind, link.other) == (command.kind, command.other) for link in case.links)
    return None if known else r.NotLinked()


def not_in_a_circle(case: Case, command: c.LinkCase) -> Refused | None:
    return r.Circular() if case.case_id in command.way else None


def children_ended(case: Case, command: c.CloseCase) -> Refused | None:
    return r.CasesOpen(command.open_children) if command.open_children else None


def names_oneself(case: Case, command: c.RecuseOfficer) -> Refused | None:
    """Everybody may step back; the centre may have others step back."""
    mine = command.officer == command.actor.id
    return None if mine or command.actor.roles & {Role.DISPATCHER, Role.SUPERVISOR} else r.OnlyOneself()


def officer_known(case: Case, command: c.RecuseOfficer) -> Refused | None:
    return None if command.known else NotFound("officer")


def not_recused_yet(case: Case, command: c.RecuseOfficer) -> Refused | None:
    return r.RecusedAlready() if command.officer in case.barred else None


def of_another(case: Case, command: c.LiftRecusal) -> Refused | None:
    """Who has an interest does not decide that there is none."""
    return r.OwnRecusal() if command.officer == command.actor.id else None


def is_recused(case: Case, command: c.LiftRecusal) -> Refused | None:
    return None if command.known and command.officer in case.barred else r.NotRecused()


def bars_somebody(case: Case) -> bool:
    """Otherwise nobody has stepped back either."""
    return bool(case.barred)


def lapsed(case: Case, command: c.WithdrawLapse) -> Refused | None:
    known = any(clock.clock_id == command.clock_id and clock.lapsed for clock in case.clocks)
    return None if known else NotFound("clock")


def counts_otherwise(case: Case, command: c.RecountClock) -> Refused | None:
    clock = next((clock for clock in case.clocks if clock.clock_id == command.clock_id), None)
    return NotFound("clock") if clock is None or clock.deadline == command.deadline else None


def clock_due(case: Case, command: Any) -> Refused | None:
    """Each event of a clock happens once: what was told already is not due again."""
    clock = next((clock for clock in case.clocks if clock.clock_id == command.clock_id), None)
    due: datetime | None = clock.next_at if clock else None
    if clock is None or due is None or due > command.at or not isinstance(command, EVENTS[clock.next_event]):
        return NotFound("clock")
    return None


def reply_stands(case: Case, command: c.TellReporter) -> Refused | None:
    """The reporter is told what an office has done, not what it has to do again or what was taken from it."""
    results = (handoff.result for handoff in case.handoffs if handoff.status in ("completed", "verified"))
    stands = {
        "result": any(result is not None and result.id == command.content_id for result in results),
        "refusal": case.status == "refused",
    }
    return None if stands.get(command.kind) else NotFound("content")


def not_of_the_accused(case: Case, command: c.EraseContent) -> Refused | None:
    """信访工作条例 30(3)."""
    return NotFound("content") if command.actor.is_recused(case.barred) else None
