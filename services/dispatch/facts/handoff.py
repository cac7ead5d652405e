"""Hand-offs."""

from pydantic import AwareDatetime

from services.dispatch.facts.case import CaseFact
from services.dispatch.facts.deadline import Deadline
from shared.contents.refs import ContentRef


class HandoffFact(CaseFact):
    handoff_id: str
    department: str


class HandoffOffered(HandoffFact, service="dispatch"):
    """`via` is the office's own service, absent where it works here; `part` is lead or co.

    `objection` is the clock of `objection_until`; with `consent` a return needs the consent of the centre.
    `parent`: the hand-off within which an office passes a part of its task on to one of its own, `part` is child then;
    `note`: what for, in its words (not in facts from before that was told).
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
    note: ContentRef | None = None


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


class HandoffUnbarred(HandoffFact, service="dispatch"):
    """The recusal of these officers was lifted: the desk that has the hand-off shows it to them again."""

    unbarred: tuple[str, ...]


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


class ExtensionRefused(HandoffFact, service="dispatch"):
    reason: ContentRef


class HandoffVerified(HandoffFact, service="dispatch"):
    """`confirmed`: by the reporter's own word, not by the centre's check."""

    confirmed: bool = False


class ReworkOrdered(HandoffFact, service="dispatch"):
    """Verification failed: the handling clock goes on from where it stood, now to `deadline`."""

    reason: ContentRef
    deadline: Deadline | None = None


class HandoffReopened(HandoffFact, service="dispatch"):
    """The reporter does not confirm it: the office goes on, its clock with what was left, now to `deadline`."""

    reason: str
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
