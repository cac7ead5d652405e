"""What an office says about a task it was handed: the bases; each office's `facts.py` makes them its own."""

from pydantic import AwareDatetime

from shared.contents.refs import ContentRef, ErasureGround
from shared.facts.fact import Fact

ANSWERED_BY_ANOTHER = "answered-by-another"
"""Why the centre could not use an answer that the office itself never gave."""
SAID = frozenset({"said"})


class TaskFact(Fact):
    """`handoff_id` names the offer that this answers."""

    case_id: str
    handoff_id: str
    department: str


class TaskReceived(TaskFact):
    """The office has the task on its desk, nobody has said yet that it will act. A return is owed before
    `objection_due_at`. `barred`: the departments that the case complains of, and all below them."""

    category: str
    area: str
    part: str
    case_code: str
    due_at: AwareDatetime | None = None
    objection_due_at: AwareDatetime | None = None
    barred: tuple[str, ...] = ()


class TaskUnbarred(TaskFact):
    """The centre has lifted the recusal of these officers."""

    unbarred: tuple[str, ...]


class TaskBarred(TaskFact):
    """A report that joined the case complains of these departments: from now on they neither see nor touch it."""

    barred: tuple[str, ...]


class CallReceived(TaskFact):
    """An emergency that the intake window redirected: to be passed on to `number` at once."""

    category: str
    area: str
    case_code: str
    number: str
    due_at: AwareDatetime
    barred: tuple[str, ...] = ()


class CallPassedOn(TaskFact):
    """Somebody of the office has told the emergency number: by whom and when, as the fact says."""

    number: str


class TaskAccepted(TaskFact):
    pass


class TaskReturned(TaskFact):
    """Not for this office; the reason is a content."""

    reason: ContentRef


class TaskStarted(TaskFact):
    pass


class ProgressNoted(TaskFact):
    note: ContentRef


class ExtensionAsked(TaskFact):
    days: int
    reason: ContentRef


class TaskFinished(TaskFact):
    result: ContentRef


class ReworkTaken(TaskFact):
    """The centre's verification failed: the office works on. `said`: why, a content of the centre."""

    kept_elsewhere = SAID
    said: ContentRef | None = None


class TaskWithdrawn(TaskFact):
    """The centre has taken the task back, or given it to another. `said` as above."""

    kept_elsewhere = SAID
    why: str
    said: ContentRef | None = None


class TaskVerified(TaskFact):
    """The centre has checked the result and found it good."""


class AcceptanceDeemed(TaskFact):
    """The centre counts the task as accepted though nobody here said so."""


class ReturnRefused(TaskFact):
    """The centre has not taken the task back: it lies here again."""


class AnswerRejected(TaskFact):
    """The centre could not use an answer of this office; `handoff_status` is what the hand-off is there."""

    answer: str
    handoff_status: str
    why: str


class DueNoted(TaskFact):
    """The centre's clock for what is owed now."""

    due_at: AwareDatetime


class DueRecounted(TaskFact):
    """An end is not at `was` any more: by a notice of days off, or because its clock stood still.

    With `right`, that of the time to object.
    """

    was: AwareDatetime
    due_at: AwareDatetime
    right: bool = False


class ExtensionGiven(TaskFact):
    due_at: AwareDatetime


class ExtensionDenied(TaskFact):
    """`said` as above."""

    kept_elsewhere = SAID
    said: ContentRef | None = None


class TaskUrged(TaskFact):
    """催办 has arrived."""


class ContentErased(TaskFact):
    """A text of this office is destroyed; its commitment stays."""

    topic = "accesses"
    content_id: str
    ground: ErasureGround


class ReporterTold(TaskFact):
    """A reply of this office was read, for the first time, by somebody with the receipt."""

    topic = "accesses"
    content_id: str
