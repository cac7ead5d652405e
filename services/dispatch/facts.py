"""What dispatch tells: the case, its hand-offs and its clocks."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contents.refs import ContentRef, ErasureGround
from shared.facts.fact import Fact


class Deadline(BaseModel):
    """A clock that starts with the fact that carries it.

    `answerable` is the unit that answers for a lapse; `warnings` are the moments at which the clock warns: yellow, and
    red from the last. `statutory`: by law, not by the district's policy. `right`: its end takes a right away, nobody is
    late then. `silence`: what it counts as when nothing was said by the end; `then`: the clock that starts then.
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
    """`rule` is the catalogue's row that decided, as of `rule_from`, or `manual` with the dispatcher as `by`.

    `authority`: the entry of the authority list, in its version, by which the town leads. `without_authority`: towns
    that the rule names and that had none, in whose place the department with the duty acts.
    """

    rule: str
    lead: str
    co_handlers: tuple[str, ...]
    rule_from: date | None = None
    authority: str | None = None
    authority_from: date | None = None
    without_authority: tuple[str, ...] = ()


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
    """Not solved after all: by the reporter, by supervision or by new facts. Clocks go on, none is set back."""

    reason: str
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
    `barred`: as of the case.
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
    reason: ContentRef


class ReturnAsked(HandoffFact, service="dispatch"):
    """An objection that needs the centre's consent; until then everything is still owed. `deadline`: the centre's."""

    reason: ContentRef
    deadline: Deadline | None = None


class ReturnRefused(HandoffFact, service="dispatch"):
    """No consent: the hand-off stays as it is (`status`), and is owed."""

    reason: ContentRef
    status: str


class HandoffRecalled(HandoffFact, service="dispatch"):
    """`reason` is `complained_of` where a report that joined complains of the office: that office is not told so."""

    why: ContentRef | None = None
    reason: str | None = None


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


class LapseWithdrawn(CaseFact, service="dispatch"):
    """The lapse that was told was none. `reason`: answered_in_time or extended_in_time, heard of only afterwards."""

    clock_id: str
    rule: str
    due_at: AwareDatetime
    answerable: str
    handoff_id: str | None = None
    reason: str
