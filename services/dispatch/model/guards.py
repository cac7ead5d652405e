"""What may stand in the way, each with its basis; and the refusals that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.dispatch.model import commands as c
from services.dispatch.model.state import CO, GIVEN_UP, LEAD, Case, Handoff
from services.dispatch.model.words import CASE_STATES, CLOSING, HANDOFF, HANDOFF_STATES, SYSTEMS
from shared.desk.facts import ANSWERED_BY_ANOTHER
from shared.procedure.actor import Role
from shared.refusals.refusals import NotFound, NotNow, Refused
from shared.refusals.words import Words, named

HERE = "dispatch"
BY_NAME: Mapping[str, str] = dict.fromkeys(("department", "departments", "by", "now_with"), "department")
SAID: Mapping[str, Words] = {"became": HANDOFF_STATES, "state": CASE_STATES, "via": SYSTEMS}
CLOSED_AS: Mapping[str, Words] = {"reason": CLOSING, "possible": CLOSING}
RETURNS_ALLOWED, TRANSFERS_ALLOWED = 2, 1
CLOSING_REASONS = {
    "followed_up": frozenset({"solved", "partly_solved", "cannot_be_solved_now", "no_competence", "withdrawn"}),
    "queued": frozenset({"withdrawn"}),
    "resolved": frozenset({"withdrawn"}),
}


@dataclass(slots=True, eq=False)
class Stale(Refused):
    code = "stale"
    zh = "该交办已于 {since} 变为“{became}”，您的答复不再有效；现办理单位：{now_with}"
    en = "This hand-off became '{became}' on {since}; your answer no longer counts. Now with: {now_with}"
    names = BY_NAME
    words = SAID
    handoff_id: str
    became: str
    since: str
    now_with: tuple[str, ...]


@dataclass(slots=True, eq=False)
class ComplainedOf(Refused):
    code = "complained-of"
    zh = "{department}是被反映的单位，不得将反映材料转交该单位（信访工作条例第三十条）"
    en = "{department} is the office complained of; the matter may not be handed to it (Petition Regulation Art. 30)"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class UnknownDepartment(Refused):
    code = "unknown-department"
    status = 422
    zh = "当日没有代码为 {department} 的单位"
    en = "The directory has no department {department} on that day"
    department: str


@dataclass(slots=True, eq=False)
class AlreadyHeld(Refused):
    code = "already-held"
    zh = "该任务已在{department}手中，不能同时交给两个单位；请先收回"
    en = "{department} holds this task already; two offices cannot hold it: recall it first"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class NotReplaceable(Refused):
    code = "not-replaceable"
    zh = "交办 {handoff_id} 不能由新的交办接替；可接替的：{possible}"
    en = "Hand-off {handoff_id} cannot be replaced; these can: {possible}"
    handoff_id: str
    possible: tuple[str, ...]


@dataclass(slots=True, eq=False)
class NotOpen(Refused):
    code = "case-not-open"
    zh = "案件状态为“{state}”，不能交办"
    en = "The case is '{state}': nothing can be offered"
    words = SAID
    state: str


@dataclass(slots=True, eq=False)
class AnswersElsewhere(Refused):
    code = "answers-elsewhere"
    zh = "{department}在本单位系统（{via}）中办理，请到该系统答复"
    en = "{department} works in its own service ({via}); answer there"
    names = BY_NAME
    words = SAID
    department: str
    via: str


@dataclass(slots=True, eq=False)
class AnsweredByAnother(Refused):
    code = ANSWERED_BY_ANOTHER
    status = 403
    zh = "该交办由{department}承办，来自{by}的答复不予采纳"
    en = "This hand-off is {department}'s to answer; an answer from {by} does not count"
    names = BY_NAME
    department: str
    by: str


@dataclass(slots=True, eq=False)
class ObjectionOver(Refused):
    code = "objection-over"
    zh = "异议期已于 {until} 届满，不能再退回（参照信访工作条例第二十三条）"
    en = "The time to object ended at {until}; it cannot be returned any more (cf. Petition Regulation Art. 23)"
    until: str


@dataclass(slots=True, eq=False)
class MustConsult(Refused):
    code = "must-consult"
    zh = "该任务已被退回 {returns} 次，须经会商确定承办单位，不得再次退回"
    en = "This task was returned {returns} times; a consultation decides now, it cannot be returned again"
    returns: int


@dataclass(slots=True, eq=False)
class CentreDecides(Refused):
    code = "centre-decides"
    zh = "该任务已转办 {transfers} 次，再次转办须由综治中心决定"
    en = "This task was transferred {transfers} times; the governance centre decides where it goes next"
    transfers: int


@dataclass(slots=True, eq=False)
class ToItself(Refused):
    code = "transfer-to-itself"
    status = 422
    zh = "{department}正在办理该任务，不能转给本单位"
    en = "{department} holds this task: it cannot be transferred to itself"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class GivenBack(Refused):
    code = "given-back"
    zh = "{department}已退回或转出该任务，不得再转回；如有争议，请报综治中心协调"
    en = "{department} has given this task back or passed it on: only the governance centre can send it there again"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class ReturnPending(Refused):
    code = "return-pending"
    zh = "该交办已提出退回，正等待交办方核实同意"
    en = "A return was asked for already; whoever sent the matter has yet to consent"


@dataclass(slots=True, eq=False)
class ReturnDenied(Refused):
    code = "return-denied"
    zh = "交办方核实后未同意退回，该事项仍由本单位办理（信访工作条例第二十三条）"
    en = "Whoever sent the matter did not consent to its return: it stays here (cf. Petition Regulation Art. 23)"


@dataclass(slots=True, eq=False)
class NoReturnAsked(Refused):
    code = "no-return-asked"
    zh = "没有等待核实的退回申请"
    en = "No return has been asked for"


@dataclass(slots=True, eq=False)
class InThePast(Refused):
    code = "look-again-in-the-past"
    status = 422
    zh = "再次查看的时间 {look_again_at} 须晚于现在"
    en = "The day to look again ({look_again_at}) must lie ahead"
    look_again_at: str


@dataclass(slots=True, eq=False)
class SamePerson(Refused):
    code = "same-person"
    zh = "办理人与核查人不得为同一人"
    en = "Who did the work cannot verify it"


@dataclass(slots=True, eq=False)
class NotCo(Refused):
    code = "not-co-handler"
    zh = "主办单位的任务不能免除，只能收回后另行交办"
    en = "The lead's part cannot be waived; recall it and offer it to another"


@dataclass(slots=True, eq=False)
class ExtensionPending(Refused):
    code = "extension-pending"
    zh = "已有一项延期申请等待批准"
    en = "An extension is waiting for an answer already"


@dataclass(slots=True, eq=False)
class NoExtensionAsked(Refused):
    code = "no-extension-asked"
    zh = "没有等待批准的延期申请"
    en = "No extension has been asked for"


@dataclass(slots=True, eq=False)
class ExtensionTooLong(Refused):
    code = "extension-too-long"
    zh = "延期累计不得超过 {longest} 日"
    en = "Extensions may come to {longest} days in all"
    longest: int


@dataclass(slots=True, eq=False)
class PartsOpen(Refused):
    code = "parts-open"
    zh = "仍有未办结的承办单位：{departments}"
    en = "These departments have not finished: {departments}"
    names = BY_NAME
    departments: tuple[str, ...]


@dataclass(slots=True, eq=False)
class WrongReason(Refused):
    code = "wrong-reason"
    status = 422
    zh = "不能以“{reason}”结案；可用：{possible}"
    en = "'{reason}' is no reason to close it now; possible: {possible}"
    words = CLOSED_AS
    reason: str
    possible: tuple[str, ...]


@dataclass(slots=True, eq=False)
class WindowOver(Refused):
    code = "reopening-over"
    zh = "重新办理的期限已于 {until} 届满，请重新反映"
    en = "It could be taken up again until {until}; please report it anew"
    until: str


def part_of(case: Case, command: Any) -> Handoff | None:
    handoff_id = getattr(command, "handoff_id", None)
    return None if handoff_id is None else case.handoff(handoff_id)


def offered_to(command: Any) -> c.Offer:
    offer: c.Offer = command.offer
    return offer


def stale(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    if handoff is None or not handoff.ended:
        return None
    now_with = tuple(h.department for h in case.after(handoff) if not h.ended)
    since = handoff.since.isoformat(timespec="minutes") if handoff.since else ""
    return Stale(handoff.handoff_id, handoff.status, since, now_with)


def case_is_open(case: Case, command: Any) -> Refused | None:
    return None if case.status in ("routed", "in_handling", "reopened") else NotOpen(case.status)


def not_complained_of(case: Case, command: Any) -> Refused | None:
    """信访工作条例 30(3): informer material is never passed to the unit complained of."""
    department = offered_to(command).department
    return ComplainedOf(department) if department in case.barred else None


def nobody_complained_of(case: Case, command: c.RouteCase) -> Refused | None:
    hit = next((o.department for o in command.offers if o.department in case.barred), None)
    return ComplainedOf(hit) if hit else None


def department_known(case: Case, command: Any) -> Refused | None:
    offer = offered_to(command)
    return None if offer.known else UnknownDepartment(offer.department)


def all_known(case: Case, command: c.RouteCase) -> Refused | None:
    missing = next((o.department for o in command.offers if not o.known), None)
    return UnknownDepartment(missing) if missing else None


def one_lead_first(case: Case, command: c.RouteCase) -> Refused | None:
    parts = [offer.part for offer in command.offers]
    departments = {offer.department for offer in command.offers}
    if parts[:1] != [LEAD] or LEAD in parts[1:] or len(departments) != len(parts):
        return AlreadyHeld(command.offers[0].department if command.offers else "")
    return None


def not_held(case: Case, command: Any) -> Refused | None:
    """Two offices never hold the same task, and one office never holds two tasks of a case."""
    offer, leaving = offered_to(command), getattr(command, "handoff_id", None)
    for held in case.open_handoffs():
        if held.handoff_id == leaving:
            continue
        if held.department == offer.department or (offer.part == LEAD and held.part == LEAD):
            return AlreadyHeld(held.department)
    return None


def replaces_fits(case: Case, command: c.OfferHandoff) -> Refused | None:
    """What is replaced has ended, was of the same part, and nothing else has replaced it."""
    if command.replaces is None:
        return None
    possible = tuple(h.handoff_id for h in case.replaceable(command.offer.part))
    return None if command.replaces in possible else NotReplaceable(command.replaces, possible)


def answers_here(case: Case, command: Any) -> Refused | None:
    """The office answers where it works: here, or by facts of the one service that the hand-off was offered via."""
    handoff, services = part_of(case, command), command.actor.departments(frozenset({Role.SERVICE}))
    if handoff is None or services == {HERE}:
        return None
    if not services:
        return AnswersElsewhere(handoff.department, handoff.via) if handoff.via is not None else None
    office = command.office or handoff.department
    if services == {handoff.via} and office == handoff.department:
        return None
    return AnsweredByAnother(handoff.department, f"{office} ({', '.join(sorted(services))})")


def within_objection(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    until = handoff.objection_until if handoff else None
    if until is None or command.at < until:
        return None
    return ObjectionOver(until.isoformat(timespec="minutes"))


def returns_left(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    returns = case.ways_before(handoff, "returned") if handoff else 0
    return MustConsult(returns) if returns >= RETURNS_ALLOWED else None


def transfers_left(case: Case, command: c.TransferHandoff) -> Refused | None:
    """国办函〔2025〕66号: no passing on and on; from the second time on the centre says to whom."""
    handoff = part_of(case, command)
    transfers = case.ways_before(handoff, "transferred") if handoff else 0
    return CentreDecides(transfers) if transfers >= TRANSFERS_ALLOWED else None


def to_another(case: Case, command: c.TransferHandoff) -> Refused | None:
    handoff = part_of(case, command)
    itself = handoff is not None and handoff.department == command.offer.department
    return ToItself(command.offer.department) if itself else None


def not_given_back(case: Case, command: c.TransferHandoff) -> Refused | None:
    """An office that had the task and gave it up does not get it back from another office."""
    handoff = part_of(case, command)
    before = case.before(handoff) if handoff else []
    had_it = {earlier.department for earlier in before if earlier.status in GIVEN_UP}
    return GivenBack(command.offer.department) if command.offer.department in had_it else None


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
    return ReturnPending() if handoff and handoff.return_reason else None


def not_refused_before(case: Case, command: Any) -> Refused | None:
    """信访工作条例 23(3): the objection was verified, and no consent given."""
    handoff = part_of(case, command)
    return ReturnDenied() if handoff and handoff.return_refused else None


def return_asked(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return None if handoff and handoff.return_reason else NoReturnAsked()


def another_person(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return SamePerson() if handoff and handoff.completed_by == command.actor.id else None


def is_co(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return None if handoff and handoff.part == CO else NotCo()


def open_or_owed(case: Case, command: Any) -> Refused | None:
    """What the centre itself took back needs no waiver."""
    handoff = part_of(case, command)
    return stale(case, command) if handoff and handoff.ended and not case.owed(handoff) else None


def none_pending(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return ExtensionPending() if handoff and handoff.extension_days else None


def extension_asked(case: Case, command: Any) -> Refused | None:
    handoff = part_of(case, command)
    return None if handoff and handoff.extension_days else NoExtensionAsked()


def within_longest(case: Case, command: c.GrantExtension) -> Refused | None:
    handoff = part_of(case, command)
    asked = (handoff.extension_days or 0) + case.extended_so_far(handoff) if handoff else 0
    if command.deadline is None or asked > command.longest:
        return ExtensionTooLong(command.longest)
    return None


def parts_done(case: Case, command: Any) -> Refused | None:
    if case.all_parts_done():
        return None
    return PartsOpen(tuple(h.department for h in case.open_handoffs()))


def reason_fits(case: Case, command: c.CloseCase) -> Refused | None:
    possible = CLOSING_REASONS[case.status]
    return None if command.reason in possible else WrongReason(command.reason, tuple(sorted(possible)))


def with_nobody(case: Case, command: Any) -> Refused | None:
    at_work = tuple(h.department for h in case.open_handoffs())
    return PartsOpen(at_work) if at_work else None


def reported_by(case: Case, command: c.DetachReport) -> Refused | None:
    known = command.report_id in case.reports and command.report_id not in case.withdrawn_reports
    return None if known else NotFound("report")


def looked_at_again(case: Case, command: c.SuspendCase) -> Refused | None:
    if command.look_again_at > command.at:
        return None
    return InThePast(command.look_again_at.isoformat(timespec="minutes"))


def within_window(case: Case, command: Any) -> Refused | None:
    """By the district's clock, which has no end where the district sets none; supervision is not bound by it."""
    until = case.reopen_until
    if until is None or command.at < until or Role.SUPERVISOR in command.actor.roles:
        return None
    return WindowOver(until.isoformat(timespec="minutes"))


def lapsed(case: Case, command: c.WithdrawLapse) -> Refused | None:
    known = any(clock.clock_id == command.clock_id and clock.lapsed for clock in case.clocks)
    return None if known else NotFound("clock")


def clock_due(case: Case, command: Any) -> Refused | None:
    """Each event of a clock happens once: what was told already is not due again."""
    clock = next((clock for clock in case.clocks if clock.clock_id == command.clock_id), None)
    due: datetime | None = clock.next_at if clock else None
    lapsing = clock is not None and clock.warned >= len(clock.deadline.warnings)
    wanted = isinstance(command, c.LapseClock)
    if due is None or due > command.at or lapsing != wanted:
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
