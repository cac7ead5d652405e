"""What can be asked of a case. Deadlines and look-ups come in with the command; the model is pure."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.dispatch.facts import Deadline
from shared.contents.refs import ContentRef, ErasureGround
from shared.procedure.step import Command


class Offer(BaseModel):
    """To whom: `via` is the department's own service; `known` whether the directory has the department that day.

    `authority` is what empowers a town; `duty`: it has none, and the matter is that department's duty.
    """

    model_config = ConfigDict(frozen=True)
    department: str
    part: str
    via: str | None = None
    known: bool = True
    objection_until: AwareDatetime | None = None
    objection: Deadline | None = None
    consent: bool = False
    deadline: Deadline | None = None
    authority: str | None = None
    authority_from: date | None = None
    duty: str | None = None


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
    report_id: str
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()


class DetachReport(Command):
    """`reopen_until`: should the case end with it."""

    report_id: str
    reopen_until: AwareDatetime | None = None


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


class ReopenCase(Command):
    reason: str
    grounds: ContentRef | None = None


class CloseCase(Command):
    reason: str
    reopen_until: AwareDatetime | None = None


class RefuseCase(Command):
    route: str
    reason: ContentRef
    reopen_until: AwareDatetime | None = None


class SuspendCase(Command):
    waiting_for: ContentRef
    look_again_at: AwareDatetime
    deadline: Deadline | None = None


class ResumeCase(Command):
    follow_up: Deadline | None = None


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


class WithdrawLapse(Command):
    clock_id: str
    reason: str


class OfferHandoff(Command):
    offer: Offer
    replaces: str | None = None


class HandoffCommand(Command):
    """`office`: the department in whose name another service answers."""

    handoff_id: str
    office: str | None = None


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
    """`deadline`: by when the centre answers, where the return needs its consent."""

    reason: ContentRef
    deadline: Deadline | None = None


class ApproveReturn(HandoffCommand):
    pass


class RefuseReturn(HandoffCommand):
    reason: ContentRef


class RecallHandoff(HandoffCommand):
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


class VerifyHandoff(HandoffCommand):
    follow_up: Deadline | None = None


class OrderRework(HandoffCommand):
    """`deadline`: the clock that the completion stopped, with the time that was left."""

    reason: ContentRef
    deadline: Deadline | None = None


class WaiveHandoff(HandoffCommand):
    reason: ContentRef
    follow_up: Deadline | None = None


class UrgeHandoff(HandoffCommand):
    pass


class RefuseAnswer(HandoffCommand):
    """An office's answer could not stand: `answer` names it, `why` is the refusal's code."""

    answer: str
    why: str
