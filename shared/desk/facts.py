"""What an office says about a task it was handed: the bases; each office's `facts.py` makes them its own."""

from pydantic import AwareDatetime

from shared.contents.refs import ERASED_FOR, ContentRef, ErasureGround
from shared.desk.words import ANSWERS, PARTS, TAKEN
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence

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

    told = Sentence(
        "{department}收到交办[（{part}）][，应于{due_at:end}前接收][，{objection_due_at:end}前可以提出异议]",
        "{department} received the task[ ({part})][; accept by {due_at:end}][, return until {objection_due_at:end}]",
        part=PARTS,
    )
    category: str
    area: str
    part: str
    case_code: str
    due_at: AwareDatetime | None = None
    objection_due_at: AwareDatetime | None = None
    barred: tuple[str, ...] = ()


class TaskUnbarred(TaskFact):
    """The centre has lifted the recusal of these officers."""

    told = Sentence("解除对{department}承办事项的回避限制", "lifted a recusal on {department}'s task")
    unbarred: tuple[str, ...]


class TaskBarred(TaskFact):
    """A report that joined the case complains of these departments: from now on they neither see nor touch it."""

    told = Sentence(
        "对{department}的承办事项设定回避", "barred whoever is complained of or recused from {department}'s task"
    )
    barred: tuple[str, ...]


class CallReceived(TaskFact):
    """An emergency that the intake window redirected: to be passed on to `number` at once."""

    told = Sentence(
        "{department}收到紧急来件，应于{due_at:end}前转报{number:text}",
        "{department} received an emergency, to be passed on to {number:text} by {due_at:end}",
    )
    category: str
    area: str
    case_code: str
    number: str
    due_at: AwareDatetime
    barred: tuple[str, ...] = ()


class CallPassedOn(TaskFact):
    """Somebody of the office has told the emergency number: by whom and when, as the fact says."""

    told = Sentence("确认已转报{number:text}", "confirmed that it was passed on to {number:text}")
    number: str


class TaskAccepted(TaskFact):
    told = Sentence("接收交办", "accepted the task")


class TaskReturned(TaskFact):
    """Not for this office; the reason is a content."""

    told = Sentence("提出退回交办", "returned the task")
    reason: ContentRef


class TaskStarted(TaskFact):
    told = Sentence("开始办理", "began work")


class ProgressNoted(TaskFact):
    told = Sentence("记录办理情况", "noted progress")
    note: ContentRef


class ExtensionAsked(TaskFact):
    told = Sentence("申请延期{days:days}", "asked for {days:days} more")
    days: int
    reason: ContentRef


class TaskFinished(TaskFact):
    told = Sentence("报告办理完毕", "reported the task as done")
    result: ContentRef


class ReworkTaken(TaskFact):
    """The centre's verification failed: the office works on. `said`: why, a content of the centre."""

    told = Sentence("{department}收到退回重办的任务", "{department} has its result back, to work on")
    kept_elsewhere = SAID
    said: ContentRef | None = None


class TaskWithdrawn(TaskFact):
    """The centre has taken the task back, or given it to another. `said` as above."""

    told = Sentence("{department}不再承办[：{why}]", "{department} has the task no longer[: {why}]", why=TAKEN)
    kept_elsewhere = SAID
    why: str
    said: ContentRef | None = None


class TaskVerified(TaskFact):
    """The centre has checked the result and found it good."""

    told = Sentence("{department}的办理结果已由中心核实", "the centre has verified {department}'s result")


class AcceptanceDeemed(TaskFact):
    """The centre counts the task as accepted though nobody here said so."""

    told = Sentence(
        "{department}未作答复，中心视为接收", "{department} was silent, which the centre counts as acceptance"
    )


class ReturnRefused(TaskFact):
    """The centre has not taken the task back: it lies here again."""

    told = Sentence(
        "中心不同意退回，仍由{department}承办", "the centre did not consent to the return: {department} keeps the task"
    )


class AnswerRejected(TaskFact):
    """The centre could not use an answer of this office; `handoff_status` is what the hand-off is there."""

    told = Sentence(
        "中心未采纳{department}的答复[：{answer}]",
        "the centre could not take an answer of {department}[: {answer}]",
        answer=ANSWERS,
    )
    answer: str
    handoff_status: str
    why: str


class DueNoted(TaskFact):
    """The centre's clock for what is owed now."""

    told = Sentence("收到中心确定的期限：{due_at:end}", "noted the centre's new day: {due_at:end}")
    due_at: AwareDatetime


class DueRecounted(TaskFact):
    """An end is not at `was` any more: by a notice of days off, or because its clock stood still.

    With `right`, that of the time to object.
    """

    told = Sentence("期限由{was:end}改为{due_at:end}", "due by {due_at:end} now, in place of {was:end}").when(
        "异议期限由{was:end}改为{due_at:end}", "returns until {due_at:end} now, in place of {was:end}", right=True
    )
    was: AwareDatetime
    due_at: AwareDatetime
    right: bool = False


class ExtensionGiven(TaskFact):
    told = Sentence("中心批准{department}延期至{due_at:end}", "the centre gave {department} time until {due_at:end}")
    due_at: AwareDatetime


class ExtensionDenied(TaskFact):
    """`said` as above."""

    told = Sentence("中心不批准{department}延期", "the centre refused {department} an extension")
    kept_elsewhere = SAID
    said: ContentRef | None = None


class TaskUrged(TaskFact):
    """催办 has arrived."""

    told = Sentence("{department}收到催办", "{department} was urged")


class ContentErased(TaskFact):
    """A text of this office is destroyed; its commitment stays."""

    topic = "accesses"
    told = Sentence("删除一项内容[，事由：{ground}]", "erased a text that was kept here[: {ground}]", ground=ERASED_FOR)
    content_id: str
    ground: ErasureGround


class ReporterTold(TaskFact):
    """A reply of this office was read, for the first time, by somebody with the receipt."""

    topic = "accesses"
    told = Sentence("反映人首次查看答复", "the reporter read a reply for the first time")
    content_id: str
