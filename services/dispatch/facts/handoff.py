"""Hand-offs."""

from pydantic import AwareDatetime

from services.dispatch.facts.case import CaseFact
from services.dispatch.facts.deadline import Deadline
from services.dispatch.facts.words import HANDOFF_STATES, REOPENED_FOR
from shared.contents.refs import ContentRef
from shared.desk.facts import ANSWERED_BY_ANOTHER
from shared.desk.words import ANSWERS, PARTS
from shared.facts.sentence import Sentence


class HandoffFact(CaseFact):
    handoff_id: str
    department: str


class HandoffOffered(HandoffFact, service="dispatch"):
    """`via` is the office's own service, absent where it works here; `part` is lead or co.

    `objection` is the clock of `objection_until`; with `consent` a return needs the consent of the centre.
    `parent`: the hand-off within which an office passes a part of its task on to one of its own, `part` is child then;
    `note`: what for, in the words of who offers it (not in facts from before that was told).
    `barred`: as of the case. `binding`: a consultation has decided it, and it cannot be returned.
    """

    told = (
        Sentence(
            "交办给{department}[（{part}）][，应于{deadline:end}前接收]",
            "handed to {department}[ ({part})][; to be accepted by {deadline:end}]",
            part=PARTS,
        )
        .when(
            "将部分任务交由{department}承办[，应于{deadline:end}前接收]",
            "passed a part of the task on to {department}[; to be accepted by {deadline:end}]",
            parent=True,
        )
        .when(
            "按会商结论交办给{department}[（{part}）]，不得退回[，应于{deadline:end}前接收]",
            "handed to {department}[ ({part})] as concluded, not to be returned[; to be accepted by {deadline:end}]",
            binding=True,
        )
    )
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

    told = Sentence(
        "提出管辖争议[，中心应于{consult_by:end}前召集会商]",
        "disputed the competence[; the centre calls a consultation by {consult_by:end}]",
    )
    reason: ContentRef
    consult_by: Deadline | None = None


class DisputeWithdrawn(HandoffFact, service="dispatch"):
    """The office acts after all."""

    told = Sentence("撤回管辖争议", "withdrew the dispute")


class HandoffPlanned(HandoffFact, service="dispatch"):
    """Its turn comes once `after` is verified or waived: it is offered then, with that `note`."""

    told = Sentence(
        "安排{department}[（{part}）]在前序交办完成后接办",
        "planned for {department}[ ({part})], once the task before is done",
        part=PARTS,
    )
    part: str
    after: str
    note: ContentRef | None = None


class HandoffBarred(HandoffFact, service="dispatch"):
    """A report that joined complains of these departments: the desk that has the hand-off hides it from them."""

    told = Sentence(
        "对{department}的交办设定回避", "barred whoever is complained of or recused from {department}'s task"
    )
    barred: tuple[str, ...]


class HandoffUnbarred(HandoffFact, service="dispatch"):
    """The recusal of these officers was lifted: the desk that has the hand-off shows it to them again."""

    told = Sentence("解除对{department}交办的回避限制", "lifted a recusal on {department}'s task")
    unbarred: tuple[str, ...]


class HandoffAccepted(HandoffFact, service="dispatch"):
    """`deemed`: the office was silent until its time to object was over. After a transfer `deadline` runs on."""

    told = Sentence(
        "接收交办[，应于{deadline:end}前办理完毕]", "accepted the task[; to be done by {deadline:end}]"
    ).when(
        "{department}未在异议期内答复，视为接收交办[，应于{deadline:end}前办理完毕]",
        "{department} was silent while it could object, which counts as acceptance[; to be done by {deadline:end}]",
        deemed=True,
    )
    deadline: Deadline | None = None
    deemed: bool = False


class HandoffStarted(HandoffFact, service="dispatch"):
    told = Sentence("开始办理", "began work")


class HandoffProgressed(HandoffFact, service="dispatch"):
    told = Sentence("记录办理情况", "noted progress")
    note: ContentRef


class HandoffCompleted(HandoffFact, service="dispatch"):
    told = Sentence(
        "报告办理完毕[，应于{deadline:end}前核实]", "reported the task as done[; to be verified by {deadline:end}]"
    )
    result: ContentRef
    deadline: Deadline | None = None


class HandoffReturned(HandoffFact, service="dispatch"):
    """By when the centre offers it anew, or, with one return too many, calls a consultation."""

    told = Sentence(
        "{department}的交办退回中心[，应于{offer_by:end}前重新交办][，应于{consult_by:end}前召集会商]",
        "{department}'s task is back[; offered anew by {offer_by:end}][; a consultation is due by {consult_by:end}]",
    )
    reason: ContentRef
    offer_by: Deadline | None = None
    consult_by: Deadline | None = None


class ReturnAsked(HandoffFact, service="dispatch"):
    """An objection that needs the centre's consent; until then everything is still owed. `deadline`: the centre's."""

    told = Sentence(
        "申请退回交办[，中心应于{deadline:end}前答复]",
        "asked to return the task[; the centre answers by {deadline:end}]",
    )
    reason: ContentRef
    deadline: Deadline | None = None


class ReturnRefused(HandoffFact, service="dispatch"):
    """No consent: the hand-off stays as it is (`status`), and is owed."""

    told = Sentence("不同意{department}退回交办", "did not consent to a return by {department}")
    reason: ContentRef
    status: str


class HandoffRecalled(HandoffFact, service="dispatch"):
    """`reason` is `complained_of` where a report that joined complains of the office: that office is not told so;
    `consultation` where a conclusion gives the task to another."""

    told = (
        Sentence(
            "收回{department}的交办[，应于{offer_by:end}前重新交办]",
            "took the task back from {department}[; to be offered anew by {offer_by:end}]",
        )
        .when(
            "因{department}系被反映的单位，收回交办[，应于{offer_by:end}前重新交办]",
            "took the task back from {department}, which is complained of[; to be offered anew by {offer_by:end}]",
            reason="complained_of",
        )
        .when(
            "按会商结论收回{department}的交办[，应于{offer_by:end}前重新交办]",
            "took the task back from {department} as concluded[; to be offered anew by {offer_by:end}]",
            reason="consultation",
        )
    )
    why: ContentRef | None = None
    reason: str | None = None
    offer_by: Deadline | None = None


class HandoffTransferred(HandoffFact, service="dispatch"):
    told = Sentence("由{department}转办{to:department}", "the task went from {department} to {to:department}")
    to: str
    why: ContentRef


class ExtensionRequested(HandoffFact, service="dispatch"):
    told = Sentence("申请延期{days:days}", "asked for {days:days} more")
    days: int
    reason: ContentRef


class ExtensionGranted(HandoffFact, service="dispatch"):
    """`deadline` is the same clock, started when it was, due later."""

    told = Sentence("批准{department}延期至{deadline:end}", "gave {department} time until {deadline:end}")
    deadline: Deadline


class ExtensionRefused(HandoffFact, service="dispatch"):
    told = Sentence("不批准{department}延期", "refused {department} an extension")
    reason: ContentRef


class HandoffVerified(HandoffFact, service="dispatch"):
    """`confirmed`: by the reporter's own word, not by the centre's check."""

    told = Sentence("核实{department}的办理结果", "verified {department}'s result").when(
        "反映人确认已解决，{department}的办理结果视为已核实",
        "the reporter's word verified {department}'s result",
        confirmed=True,
    )
    confirmed: bool = False


class ReworkOrdered(HandoffFact, service="dispatch"):
    """Verification failed: the handling clock goes on from where it stood, now to `deadline`."""

    told = Sentence(
        "退回{department}重办[，应于{deadline:end}前办理完毕]",
        "sent the result back to {department}[; to be done by {deadline:end}]",
    )
    reason: ContentRef
    deadline: Deadline | None = None


class HandoffReopened(HandoffFact, service="dispatch"):
    """The reporter does not confirm it: the office goes on, its clock with what was left, now to `deadline`."""

    told = Sentence(
        "由{department}继续办理[：{reason}][，应于{deadline:end}前办理完毕]",
        "{department} takes the task up again[: {reason}][; to be done by {deadline:end}]",
        reason=REOPENED_FOR,
    )
    reason: str
    deadline: Deadline | None = None


class HandoffWaived(HandoffFact, service="dispatch"):
    told = Sentence("免除{department}的任务", "waived {department}'s part")
    reason: ContentRef


class HandoffUrged(HandoffFact, service="dispatch"):
    """催办."""

    told = Sentence("催办{department}", "urged {department}")


class AnswerRefused(HandoffFact, service="dispatch"):
    """An office's answer came too late or out of turn; it is told what the hand-off has become."""

    told = Sentence(
        "未采纳{department}的答复[：{answer}][，该交办{status}]",
        "could not take an answer of {department}[: {answer}][; the task is {status}]",
        answer=ANSWERS,
        status=HANDOFF_STATES,
    ).when(
        "未采纳并非{department}作出的答复[：{answer}]",
        "could not take an answer that {department} never gave[: {answer}]",
        why=ANSWERED_BY_ANOTHER,
    )
    answer: str
    status: str
    why: str
