"""What can be asked of a case. Deadlines and look-ups come in with the command; the model is pure."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.dispatch.facts import ClockMoved, Deadline
from shared.contents.refs import ContentRef, ErasureGround
from shared.procedure.step import Command


class Offer(BaseModel):
    """To whom: `via` is the department's own service; `known` whether the directory has the department that day.

    `binding`: by the conclusion of a consultation. `outside`: not of the circle that may have such a matter.
    `below`: in the tree of the department that passes a part of its own task on.
    `authority` is what empowers a town; `duty`: it has none, and the matter is that department's duty.
    """

    model_config = ConfigDict(frozen=True)
    department: str
    part: str
    via: str | None = None
    known: bool = True
    outside: bool = False
    below: bool = False
    objection_until: AwareDatetime | None = None
    objection: Deadline | None = None
    consent: bool = False
    deadline: Deadline | None = None
    binding: bool = False
    authority: str | None = None
    authority_from: date | None = None
    duty: str | None = None


class Seat(BaseModel):
    """An invited department: `known` whether the directory has it that day; `deadline` for its position."""

    model_config = ConfigDict(frozen=True)
    department: str
    known: bool = True
    deadline: Deadline | None = None


class OpenCase(Command):
    case_id: str
    code: str
    report_id: str
    category: str
    kind: str
    area: str
    channel: str
    contents: tuple[ContentRef, ...]
    governance: str | None = None
    net: str | None = None
    complained_of: str | None = None
    barred: tuple[str, ...] = ()
    meeting: str | None = None


class QueueCase(Command):
    reason: str
    candidates: tuple[str, ...] = ()
    deadline: Deadline | None = None


class RouteCase(Command):
    """The first offer is the lead's. `without_authority`: towns that the rule names and that the list does not."""

    rule: str
    offers: tuple[Offer, ...]
    rule_from: date | None = None
    without_authority: tuple[str, ...] = ()


class AttachReport(Command):
    """`offer_by`: by when another office is found, should the report complain of one at work."""

    report_id: str
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()
    offer_by: Deadline | None = None


class MergeCase(Command):
    into: str


class UnmergeCase(Command):
    """`deadline`: by when it is routed anew."""

    deadline: Deadline | None = None


class AbsorbCase(Command):
    absorbed: str
    reports: tuple[str, ...]
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()
    offer_by: Deadline | None = None


class ReleaseCase(Command):
    released: str
    reports: tuple[str, ...]


class LinkCase(Command):
    """`way`: all cases that lead on from `other` in that kind, so that nothing runs in a circle."""

    kind: str
    other: str
    way: frozenset[str] = frozenset()


class UnlinkCase(Command):
    kind: str
    other: str


class RecuseOfficer(Command):
    """`known`: whether somebody with that id holds a post that day."""

    officer: str
    ground: str
    known: bool = True


class DetachReport(Command):
    """`reopen_until`, `reopening`: should the case end with it."""

    report_id: str
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class BeginHandling(Command):
    pass


class ResolveCase(Command):
    deadline: Deadline | None = None


class RecordFollowUp(Command):
    """`solved` None: nobody could be asked, and `reason` says why."""

    solved: bool | None
    satisfied: bool | None = None
    channel: str = "visit"
    reason: str = "not_reached"
    offer_by: Deadline | None = None


class ReopenCase(Command):
    reason: str
    offer_by: Deadline | None = None
    grounds: ContentRef | None = None


class CloseCase(Command):
    """`open_children`: codes of cases that are parts of this one and go on."""

    open_children: tuple[str, ...] = ()
    reason: str
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class RefuseCase(Command):
    route: str
    reason: ContentRef
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class SuspendCase(Command):
    waiting_for: ContentRef
    look_again_at: AwareDatetime
    deadline: Deadline | None = None


class ResumeCase(Command):
    """`clocks`: those that stood still, as they go on."""

    follow_up: Deadline | None = None
    clocks: tuple[ClockMoved, ...] = ()


class WithdrawCase(Command):
    pass


class TellReporter(Command):
    """`kind` of the content: a result, or why the case was refused."""

    content_id: str
    kind: str


class EraseContent(Command):
    content_id: str
    ground: ErasureGround


class WarnClock(Command):
    clock_id: str


class LapseClock(Command):
    clock_id: str


class RecountClock(Command):
    """`deadline`: by the days off as they are known now."""

    clock_id: str
    deadline: Deadline


class ClimbClock(Command):
    clock_id: str


class WithdrawLapse(Command):
    clock_id: str
    reason: str


class OfferHandoff(Command):
    offer: Offer
    replaces: str | None = None


class PlanHandoff(Command):
    """One co-handler after another."""

    offer: Offer
    after: str


class Turn(BaseModel):
    """A planned hand-off, and the offer that it becomes when its turn has come."""

    model_config = ConfigDict(frozen=True)
    handoff_id: str
    offer: Offer


class HandoffCommand(Command):
    """`office`: the department in whose name another service answers."""

    handoff_id: str
    office: str | None = None


class OfferPlanned(HandoffCommand):
    offer: Offer


class AssignPart(HandoffCommand):
    """The office passes a part of its task on to one of its own; `handoff_id` is its own hand-off."""

    offer: Offer
    note: ContentRef


class BarDepartments(HandoffCommand):
    """A report that joined complains of them."""

    barred: tuple[str, ...]


class AcceptHandoff(HandoffCommand):
    deadline: Deadline | None = None


class DeemAcceptance(AcceptHandoff):
    """Silence until the end of the time to object."""


class ConfirmAcceptance(AcceptHandoff):
    """The office says after all what its silence was taken for; its own clock holds."""


class StartHandoff(HandoffCommand):
    pass


class NoteProgress(HandoffCommand):
    note: ContentRef


class CompleteHandoff(HandoffCommand):
    result: ContentRef
    deadline: Deadline | None = None


class ReturnHandoff(HandoffCommand):
    """`deadline`: by when the centre answers, where the return needs its consent; `consult_by`: by when it calls a
    consultation, should the return be one too many."""

    reason: ContentRef
    deadline: Deadline | None = None
    consult_by: Deadline | None = None
    offer_by: Deadline | None = None


class ApproveReturn(HandoffCommand):
    consult_by: Deadline | None = None
    offer_by: Deadline | None = None


class DisputeCompetence(HandoffCommand):
    """Another is competent, says the office; `consult_by`: by when the centre calls a consultation."""

    reason: ContentRef
    consult_by: Deadline | None = None


class WithdrawDispute(HandoffCommand):
    pass


class RefuseReturn(HandoffCommand):
    reason: ContentRef


class RecallHandoff(HandoffCommand):
    offer_by: Deadline | None = None
    why: ContentRef | None = None
    reason: str | None = None
    follow_up: Deadline | None = None


class TransferHandoff(HandoffCommand):
    offer: Offer
    why: ContentRef


class AskExtension(HandoffCommand):
    days: int
    reason: ContentRef


class GrantExtension(HandoffCommand):
    """`longest` is what the clock's rule allows in all, `deadline` the clock as it will be."""

    deadline: Deadline | None
    longest: int = 0


class RefuseExtension(HandoffCommand):
    reason: ContentRef


class ExtendClock(HandoffCommand):
    """The office's own procedure has extended its clock."""

    deadline: Deadline


class StopClock(HandoffCommand):
    """What that clock runs to has happened in the office's own procedure."""

    rule: str


class BeginExclusion(HandoffCommand):
    """Time that the rule of the office's clock leaves out; `paper` shows it. `deadline`: the centre looks."""

    ground: str
    since: AwareDatetime
    paper: ContentRef
    deadline: Deadline | None = None


class ExclusionCommand(HandoffCommand):
    """`number`: which one of the office's clock; `clocks`: where that ends then."""

    number: int
    clocks: tuple[ClockMoved, ...] = ()


class EndExclusion(ExclusionCommand):
    until: AwareDatetime


class CorrectExclusion(ExclusionCommand):
    since: AwareDatetime
    until: AwareDatetime | None = None
    reason: ContentRef


class StrikeExclusion(ExclusionCommand):
    reason: ContentRef


class VerifyHandoff(HandoffCommand):
    """`turns`: what may come after it."""

    follow_up: Deadline | None = None
    turns: tuple[Turn, ...] = ()


class OrderRework(HandoffCommand):
    """`deadline`: the clock that the completion stopped, with the time that was left."""

    reason: ContentRef
    deadline: Deadline | None = None


class WaiveHandoff(HandoffCommand):
    reason: ContentRef
    follow_up: Deadline | None = None
    turns: tuple[Turn, ...] = ()


class UrgeHandoff(HandoffCommand):
    pass


class RefuseAnswer(HandoffCommand):
    """An office's answer could not stand: `answer` names it, `why` is the refusal's code."""

    answer: str
    why: str


class CallConsultation(Command):
    """`reason`: dispute or complex; `deadline`: by when the centre concludes."""

    reason: str
    question: ContentRef
    invited: tuple[Seat, ...]
    disputed: tuple[str, ...] = ()
    deadline: Deadline | None = None


class ConsultationCommand(Command):
    consultation_id: str


class InviteDepartment(ConsultationCommand):
    seat: Seat


class SubmitPaper(ConsultationCommand):
    paper: ContentRef


class StatePosition(ConsultationCommand):
    position: str
    statement: ContentRef


class ReferConsultation(ConsultationCommand):
    """`arbiter` None: the district has none."""

    arbiter: str | None
    why: ContentRef
    deadline: Deadline | None = None


class ConcludeConsultation(ConsultationCommand):
    """`offers`: who acts from now on, whether it holds the task already or not."""

    conclusion: ContentRef
    agreed: bool
    offers: tuple[Offer, ...] = ()
    follow_up: Deadline | None = None


class CallOffConsultation(ConsultationCommand):
    why: ContentRef | None = None
    follow_up: Deadline | None = None
