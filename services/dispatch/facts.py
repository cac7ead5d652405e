"""What dispatch tells: the case, its hand-offs and its clocks."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contents.refs import ContentRef, ErasureGround
from shared.facts.fact import Fact


class Rung(BaseModel):
    """When a lapse that lasts climbs to whom."""

    model_config = ConfigDict(frozen=True)
    at: AwareDatetime
    to: str


class Deadline(BaseModel):
    """A clock that starts with the fact that carries it.

    `answerable` is the unit that answers for a lapse; `warnings` are the moments at which the clock warns: yellow, and
    red from the last. `statutory`: by law, not by the district's policy. `right`: its end takes a right away, nobody is
    late then. `silence`: what it counts as when nothing was said by the end; `then`: the clock that starts then.
    `extra`: the units by which it was extended. `notices`: by which the days off were known, `2027?` while that one is
    awaited; `provisional`: one is, and it is counted again then.
    """

    model_config = ConfigDict(frozen=True)
    rule: str
    started_at: AwareDatetime
    due_at: AwareDatetime
    answerable: str
    warnings: tuple[AwareDatetime, ...] = ()
    basis: str = "policy"
    provisional: bool = False
    statutory: bool = False
    right: bool = False
    silence: str | None = None
    then: "Deadline | None" = None
    ladder: tuple[Rung, ...] = ()
    extra: int = 0
    notices: tuple[str, ...] = ()


class CaseFact(Fact):
    case_id: str


class CaseOpened(CaseFact, service="dispatch"):
    """`barred`: the department complained of and all below it, which neither get nor see the case."""

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


class CaseRouted(CaseFact, service="dispatch"):
    """`rule` is the catalogue's row that decided, or `manual` with the dispatcher as `by`."""

    rule: str
    lead: str
    co_handlers: tuple[str, ...]


class CaseQueued(CaseFact, service="dispatch"):
    """No single answer in the catalogue: the centre decides by hand, within a clock."""

    reason: str
    candidates: tuple[str, ...]
    deadline: Deadline | None = None


class ReportAttached(CaseFact, service="dispatch"):
    """A duplicate report was joined, or a reporter added something."""

    report_id: str
    contents: tuple[ContentRef, ...]
    barred: tuple[str, ...] = ()


class OfficerRecused(CaseFact, service="dispatch"):
    """回避: somebody with an interest steps back, and neither sees nor touches the case any more. `officer`: opaque."""

    officer: str
    ground: str


class CaseMerged(CaseFact, service="dispatch"):
    """It is one matter with the case `into`, where its reporters are answered from now on."""

    into: str


class CaseUnmerged(CaseFact, service="dispatch"):
    """It was another matter after all, and is to be routed anew, within `deadline`."""

    out_of: str
    deadline: Deadline | None = None


class CaseAbsorbed(CaseFact, service="dispatch"):
    """The other side of `case-merged`: whose reports are answered here, and who may not have the case any more."""

    absorbed: str
    reports: tuple[str, ...]
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()


class CaseReleased(CaseFact, service="dispatch"):
    """The other side of `case-unmerged`: these reports are answered there again."""

    released: str
    reports: tuple[str, ...]


class CaseLinked(CaseFact, service="dispatch"):
    """`kind`: same_matter, caused_by and causes, child and parent: what `other` is to this case."""

    kind: str
    other: str


class CaseUnlinked(CaseFact, service="dispatch"):
    kind: str
    other: str


class ReportDetached(CaseFact, service="dispatch"):
    """A reporter took the report back; with the last one the case ends."""

    report_id: str


class HandlingBegun(CaseFact, service="dispatch"):
    pass


class CaseResolved(CaseFact, service="dispatch"):
    """Every part is verified or waived."""

    deadline: Deadline | None = None


class FollowedUp(CaseFact, service="dispatch"):
    """The reporter was asked, and says it is solved. `satisfied` is absent where it was not asked or not answered."""

    satisfied: bool | None = None
    channel: str = "visit"


class ReporterNotReached(CaseFact, service="dispatch"):
    """The follow-up is over without an answer: `reason` is not_reached, or anonymous where nobody could be asked."""

    reason: str
    channel: str = "visit"


class CaseReopened(CaseFact, service="dispatch"):
    """Not solved after all: by the reporter, by supervision or by new facts. Clocks go on, none is set back.

    `offer_by`: by when the centre finds somebody who acts.
    """

    reason: str
    offer_by: Deadline | None = None
    grounds: ContentRef | None = None


class CaseClosed(CaseFact, service="dispatch"):
    """`reopen_until`: from then on 'not solved' is a new report; absent where the district sets no window."""

    reason: str
    reopen_until: AwareDatetime | None = None


class CaseRefused(CaseFact, service="dispatch"):
    """Outside competence: the reporter is told the lawful route, and why."""

    route: str
    reason: ContentRef
    reopen_until: AwareDatetime | None = None


class CaseSuspended(CaseFact, service="dispatch"):
    """Waiting for an outside event, with the day to look again: the centre answers for it."""

    waiting_for: ContentRef
    look_again_at: AwareDatetime
    deadline: Deadline | None = None


class CaseResumed(CaseFact, service="dispatch"):
    pass


class CaseWithdrawn(CaseFact, service="dispatch"):
    """The reporter took the report back; what is under way is recalled."""


class ContentErased(CaseFact, service="dispatch"):
    """A note, result or reason kept here is destroyed; its commitment stays."""

    topic = "accesses"
    content_id: str
    ground: ErasureGround


class ReporterTold(CaseFact, service="dispatch"):
    """A result kept here was read, for the first time, by somebody with the receipt."""

    topic = "accesses"
    content_id: str


class HandoffFact(CaseFact):
    handoff_id: str
    department: str


class HandoffOffered(HandoffFact, service="dispatch"):
    """`via` is the office's own service, absent where it works here; `part` is lead or co.

    `objection` is the clock of `objection_until`; with `consent` a return needs the consent of the centre.
    `parent`: the hand-off within which an office passes a part of its task on to one of its own, `part` is child then.
    `barred`: as of the case. `binding`: a consultation has decided it, and it cannot be returned.
    """

    part: str
    via: str | None = None
    code: str
    category: str
    area: str
    replaces: str | None = None
    objection_until: AwareDatetime | None = None
    objection: Deadline | None = None
    consent: bool = False
    deadline: Deadline | None = None
    barred: tuple[str, ...] = ()
    binding: bool = False
    parent: str | None = None


class CompetenceDisputed(HandoffFact, service="dispatch"):
    """The office says that another is competent: the centre has to call a consultation, by `consult_by`."""

    reason: ContentRef
    consult_by: Deadline | None = None


class DisputeWithdrawn(HandoffFact, service="dispatch"):
    """The office acts after all."""


class HandoffPlanned(HandoffFact, service="dispatch"):
    """Its turn comes once `after` is verified or waived: it is offered then."""

    part: str
    after: str


class HandoffBarred(HandoffFact, service="dispatch"):
    """A report that joined complains of these departments: the desk that has the hand-off hides it from them."""

    barred: tuple[str, ...]


class HandoffAccepted(HandoffFact, service="dispatch"):
    """`deemed`: the office was silent until its time to object was over. After a transfer `deadline` runs on."""

    deadline: Deadline | None = None
    deemed: bool = False


class HandoffStarted(HandoffFact, service="dispatch"):
    pass


class HandoffProgressed(HandoffFact, service="dispatch"):
    note: ContentRef


class HandoffCompleted(HandoffFact, service="dispatch"):
    result: ContentRef
    deadline: Deadline | None = None


class HandoffReturned(HandoffFact, service="dispatch"):
    """By when the centre offers it anew, or, with one return too many, calls a consultation."""

    reason: ContentRef
    offer_by: Deadline | None = None
    consult_by: Deadline | None = None


class ReturnAsked(HandoffFact, service="dispatch"):
    """An objection that needs the centre's consent; until then everything is still owed. `deadline`: the centre's."""

    reason: ContentRef
    deadline: Deadline | None = None


class ReturnRefused(HandoffFact, service="dispatch"):
    """No consent: the hand-off stays as it is (`status`), and is owed."""

    reason: ContentRef
    status: str


class HandoffRecalled(HandoffFact, service="dispatch"):
    """`reason` is `complained_of` where a report that joined complains of the office: that office is not told so;
    `consultation` where a conclusion gives the task to another."""

    why: ContentRef | None = None
    reason: str | None = None
    offer_by: Deadline | None = None


class HandoffTransferred(HandoffFact, service="dispatch"):
    to: str
    why: ContentRef


class ExtensionRequested(HandoffFact, service="dispatch"):
    days: int
    reason: ContentRef


class ExtensionGranted(HandoffFact, service="dispatch"):
    """`deadline` is the same clock, started when it was, due later."""

    deadline: Deadline


class ClockExtended(HandoffFact, service="dispatch"):
    """The office's own procedure has given its clock a later end, by the law that it works under."""

    deadline: Deadline


class ClockStopped(HandoffFact, service="dispatch"):
    """What the clock runs to has happened in the office's own procedure."""

    rule: str


class ExtensionRefused(HandoffFact, service="dispatch"):
    reason: ContentRef


class HandoffVerified(HandoffFact, service="dispatch"):
    pass


class ReworkOrdered(HandoffFact, service="dispatch"):
    """Verification failed: the handling clock goes on from where it stood, now to `deadline`."""

    reason: ContentRef
    deadline: Deadline | None = None


class HandoffWaived(HandoffFact, service="dispatch"):
    reason: ContentRef


class HandoffUrged(HandoffFact, service="dispatch"):
    """催办."""


class AnswerRefused(HandoffFact, service="dispatch"):
    """An office's answer came too late or out of turn; it is told what the hand-off has become."""

    answer: str
    status: str
    why: str


class Task(BaseModel):
    """What a conclusion gives to a department: `part` is lead or co."""

    model_config = ConfigDict(frozen=True)
    department: str
    part: str


class ConsultationFact(CaseFact):
    consultation_id: str


class ConsultationCalled(ConsultationFact, service="dispatch"):
    """`reason`: dispute (whose it is) or complex (how it is solved); `disputed`: the hand-offs."""

    reason: str
    question: ContentRef
    disputed: tuple[str, ...] = ()
    deadline: Deadline | None = None


class DepartmentInvited(ConsultationFact, service="dispatch"):
    """`deadline`: by when it states its position."""

    department: str
    deadline: Deadline | None = None


class PaperSubmitted(ConsultationFact, service="dispatch"):
    """For all who take part; without `department`: by the centre."""

    paper: ContentRef
    department: str | None = None


class PositionStated(ConsultationFact, service="dispatch"):
    """`position`: ours, shared, not_ours or other; a later one takes the place of an earlier one."""

    department: str
    position: str
    statement: ContentRef


class ConsultationReferred(ConsultationFact, service="dispatch"):
    """No agreement: the arbiter of last resort decides, by `deadline`."""

    referred_to: str
    why: ContentRef
    deadline: Deadline | None = None


class ConsultationConcluded(ConsultationFact, service="dispatch"):
    """Binds all who were invited. `decided_by`: agreement, centre or arbiter; `tasks` become hand-offs."""

    conclusion: ContentRef
    tasks: tuple[Task, ...]
    decided_by: str
    disputed: tuple[str, ...] = ()


class ConsultationCalledOff(ConsultationFact, service="dispatch"):
    """Without a conclusion; `why` is absent where the case itself has ended."""

    why: ContentRef | None = None


class ClockWarned(CaseFact, service="dispatch"):
    """A clock warned: `level` 1 yellow, 2 red (the last warning). `answerable` is the unit that answers for it."""

    clock_id: str
    rule: str
    level: int
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None


class ClockLapsed(CaseFact, service="dispatch"):
    """The time is over; what was owed is still owed. With `right` a right has ended, and nobody is late."""

    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    right: bool = False


class ClockRecounted(CaseFact, service="dispatch"):
    """The days off are known now, or put right: `deadline.notices` says by which notices. `was`: when it was due."""

    clock_id: str
    rule: str
    was: AwareDatetime
    deadline: Deadline
    answerable: str
    handoff_id: str | None = None


class LapseClimbed(CaseFact, service="dispatch"):
    """It is late still, and somebody higher up is told: `to`; `rung` counts from 1, and each comes once."""

    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    to: str
    rung: int


class LapseWithdrawn(CaseFact, service="dispatch"):
    """The lapse that was told was none.

    `reason`: answered_in_time or extended_in_time, heard of only afterwards; recounted, by a notice of days off.
    """

    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    reason: str
