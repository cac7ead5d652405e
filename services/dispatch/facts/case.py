"""The case: from its opening to its end, and what it is to others."""

from datetime import date

from pydantic import AwareDatetime

from services.dispatch.facts.deadline import ClockMoved, Deadline
from services.dispatch.facts.words import ASKED, ASKED_BY, CLOSING, LINKS, QUEUED, RECUSED_FOR, REOPENED_FOR
from services.dispatch.facts.workflow import WORKFLOWS
from shared.contents.refs import ERASED_FOR, ContentRef, ErasureGround
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.refusals.words import LAWFUL_ROUTES, Word

_COMPLAINT = Word(
    "[；反映涉及{complained_of:department}，该单位回避]",
    "[; it complains of {complained_of:department}, which is recused]",
)
_LEADS = Word(
    "{lead:department}主办[，{co_handlers:department}协办]",
    "{lead:department} leads[, with {co_handlers:department}]",
)
REPORTED = frozenset({"contents"})
"""What reporters said, intake keeps."""


class CaseFact(Fact):
    case_id: str


class CaseOpened(CaseFact, service="dispatch"):
    """`barred`: the department complained of and all below it, which neither get nor see the case.

    `workflow`: the version of the procedures, which holds for the case for ever, by the directory's entry `workflow_by`
    as of `workflow_from`; absent where the district says nothing.
    """

    kept_elsewhere = REPORTED
    told = Sentence(
        "登记案件：{category}，{area}" + _COMPLAINT.zh + "[，按“{workflow}”流程办理{?workflow_by}]",
        "opened the case: {category}, {area}" + _COMPLAINT.en + "[; procedure: {workflow}{?workflow_by}]",
        workflow={str(number): word for number, word in WORKFLOWS.items()},
    )
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
    workflow: int = 1
    workflow_by: str | None = None
    workflow_from: date | None = None


class CaseRouted(CaseFact, service="dispatch"):
    """`rule` is the catalogue's row that decided, as of `rule_from`; `manual` with the dispatcher as `by`, or
    `consultation`.

    `authority`: the entry of the authority list, in its version, by which the town leads. `without_authority`: towns
    that the rule names and that had none, in whose place the department with the duty acts.
    """

    told = (
        Sentence(
            "按交办目录分流："
            + _LEADS.zh
            + "[；赋权依据：{authority}][；{without_authority:department}无相应赋权][；依据：{rule}]",
            "routed by the catalogue: "
            + _LEADS.en
            + "[; authority of the lead: {authority}]"
            + "[; without an authority: {without_authority:department}][; basis: {rule}]",
        )
        .when("人工分流：" + _LEADS.zh, "routed by hand: " + _LEADS.en, rule="manual")
        .when("按会商结论分流：" + _LEADS.zh, "routed as the consultation concluded: " + _LEADS.en, rule="consultation")
    )
    rule: str
    lead: str
    co_handlers: tuple[str, ...]
    rule_from: date | None = None
    authority: str | None = None
    authority_from: date | None = None
    without_authority: tuple[str, ...] = ()


class CaseQueued(CaseFact, service="dispatch"):
    """No single answer in the catalogue: the centre decides by hand, within a clock."""

    told = Sentence(
        "转人工分流[：{reason}][，涉及{candidates:department}][，应于{deadline:end}前分流]",
        "left to be routed by hand[: {reason}][ ({candidates:department})][; due by {deadline:end}]",
        reason=QUEUED,
    )
    reason: str
    candidates: tuple[str, ...]
    deadline: Deadline | None = None


class ReportAttached(CaseFact, service="dispatch"):
    """A duplicate report was joined, or a reporter added something."""

    kept_elsewhere = REPORTED
    told = Sentence(
        "并入反映人的反映件或者补充情况[；被反映的单位回避{?barred}]",
        "a reporter's report, or an addition to it, was attached[; whoever it complains of is recused{?barred}]",
    )
    report_id: str
    contents: tuple[ContentRef, ...]
    barred: tuple[str, ...] = ()


class OfficerRecused(CaseFact, service="dispatch"):
    """回避: somebody with an interest steps back, and neither sees nor touches the case any more. `officer`: opaque."""

    told = Sentence("一名工作人员回避[，事由：{ground}]", "an officer stepped back[: {ground}]", ground=RECUSED_FOR)
    officer: str
    ground: str


class RecusalLifted(CaseFact, service="dispatch"):
    """There is no interest after all, or none any more: `officer` sees the case again. `reason`: the centre's."""

    told = Sentence("解除一名工作人员的回避", "lifted the recusal of an officer")
    officer: str
    reason: ContentRef


class CaseMerged(CaseFact, service="dispatch"):
    """It is one matter with the case `into`, where its reporters are answered from now on."""

    told = Sentence(
        "并入另一案件，由该案答复反映人", "merged into another case, which answers the reporters from now on"
    )
    into: str


class CaseUnmerged(CaseFact, service="dispatch"):
    """It was another matter after all, and is to be routed anew, within `deadline`."""

    told = Sentence(
        "撤销并案，重新分流[，应于{deadline:end}前分流]",
        "taken out of the other case again, to be routed anew[, by {deadline:end}]",
    )
    out_of: str
    deadline: Deadline | None = None


class CaseAbsorbed(CaseFact, service="dispatch"):
    """The other side of `case-merged`: whose reports are answered here, and who may not have the case any more."""

    kept_elsewhere = REPORTED
    told = Sentence("另一案件并入本案", "another case was merged into this one")
    absorbed: str
    reports: tuple[str, ...]
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()


class CaseReleased(CaseFact, service="dispatch"):
    """The other side of `case-unmerged`: these reports are answered there again."""

    told = Sentence("并入本案的另一案件退出", "a case that had been merged into this one was taken out again")
    released: str
    reports: tuple[str, ...]


class CaseLinked(CaseFact, service="dispatch"):
    """`kind`: same_matter, caused_by and causes, child and parent: what `other` is to this case."""

    told = Sentence("与另一案件建立关联[：{kind}]", "linked to another case[: {kind}]", kind=LINKS)
    kind: str
    other: str


class CaseUnlinked(CaseFact, service="dispatch"):
    told = Sentence("解除与另一案件的关联[：{kind}]", "removed a link to another case[: {kind}]", kind=LINKS)
    kind: str
    other: str


class ReportDetached(CaseFact, service="dispatch"):
    """A reporter took the report back; with the last one the case ends."""

    told = Sentence("反映人撤回的反映件移出本案", "a report that its reporter took back was detached")
    report_id: str


class HandlingBegun(CaseFact, service="dispatch"):
    told = Sentence("案件进入办理", "handling of the case began")


class CaseResolved(CaseFact, service="dispatch"):
    """Every part is verified or waived."""

    told = Sentence(
        "各项交办均已完成，案件办理完毕[，应于{deadline:end}前回访]",
        "every task is done, and the case resolved[; the reporter is to be asked by {deadline:end}]",
    )
    deadline: Deadline | None = None


class FollowedUp(CaseFact, service="dispatch"):
    """The reporter was asked, and says it is solved. `satisfied` is absent where it was not asked or not answered."""

    told = (
        Sentence("回访[（{channel}）]：反映人确认已解决", "asked the reporter[ ({channel})]: solved", channel=ASKED_BY)
        .when(
            "回访[（{channel}）]：反映人确认已解决，表示满意",
            "asked the reporter[ ({channel})]: solved, and satisfied",
            satisfied=True,
        )
        .when(
            "回访[（{channel}）]：反映人确认已解决，表示不满意",
            "asked the reporter[ ({channel})]: solved, not satisfied",
            satisfied=False,
        )
    )
    satisfied: bool | None = None
    channel: str = "visit"


class ReporterNotReached(CaseFact, service="dispatch"):
    """The follow-up is over without an answer: `reason` is not_reached, or anonymous where nobody could be asked.

    `verify_by`: until when the centre verifies what the reporter was to confirm.
    """

    told = Sentence(
        "回访未获答复[：{reason}][，中心应于{verify_by:end}前核实]",
        "asked the reporter, without an answer[: {reason}][; the centre verifies by {verify_by:end}]",
        reason=ASKED,
    )
    reason: str
    channel: str = "visit"
    verify_by: Deadline | None = None


class CaseReopened(CaseFact, service="dispatch"):
    """Not solved after all: by the reporter, by supervision or by new facts. Clocks go on, none is set back.

    `offer_by`: by when the centre finds somebody who acts.
    """

    told = Sentence(
        "重新办理[：{reason}][，应于{offer_by:end}前重新交办]",
        "reopened[: {reason}][; an office is to be found by {offer_by:end}]",
        reason=REOPENED_FOR,
    )
    reason: str
    offer_by: Deadline | None = None
    grounds: ContentRef | None = None


class CaseClosed(CaseFact, service="dispatch"):
    """`reopen_until`: from then on 'not solved' is a new report; absent where the district sets no window. `reopening`:
    how that was counted."""

    told = Sentence(
        "办结案件[：{reason}][，{reopen_until:end}前可以要求重新办理]",
        "closed the case[: {reason}][; it can be reopened until {reopen_until:end}]",
        reason=CLOSING,
    )
    reason: str
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class CaseRefused(CaseFact, service="dispatch"):
    """Outside competence: the reporter is told the lawful route, and why. `reopening`: as above."""

    told = Sentence(
        "不予受理[，告知法定途径：{route}][，{reopen_until:end}前可以要求重新办理]",
        "refused the case[; lawful route: {route}][; it can be reopened until {reopen_until:end}]",
        route=LAWFUL_ROUTES,
    )
    route: str
    reason: ContentRef
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class CaseSuspended(CaseFact, service="dispatch"):
    """Waiting for an outside event, with the day to look again: the centre answers for it."""

    told = Sentence(
        "暂缓办理，应于{look_again_at:time}再次查看", "suspended, to be looked at again on {look_again_at:time}"
    )
    waiting_for: ContentRef
    look_again_at: AwareDatetime
    deadline: Deadline | None = None


class CaseResumed(CaseFact, service="dispatch"):
    """`clocks`: those that stood still with the case, each with what was left of it."""

    told = Sentence(
        "恢复办理[，“{clocks.deadline:clock}”时限顺延]", "resumed[; clocks that go on: {clocks.deadline:clock}]"
    )
    clocks: tuple[ClockMoved, ...] = ()


class CaseWithdrawn(CaseFact, service="dispatch"):
    """The reporter took the report back; what is under way is recalled."""

    told = Sentence("反映人撤回，案件终止", "withdrawn by the reporter, which ends the case")


class ContentErased(CaseFact, service="dispatch"):
    """A note, result or reason kept here is destroyed; its commitment stays."""

    topic = "accesses"
    told = Sentence("删除一项内容[，事由：{ground}]", "erased a text that was kept here[: {ground}]", ground=ERASED_FOR)
    content_id: str
    ground: ErasureGround


class ReporterTold(CaseFact, service="dispatch"):
    """A result kept here was read, for the first time, by somebody with the receipt."""

    topic = "accesses"
    told = Sentence("反映人首次查看办理结果", "the reporter read a result for the first time")
    content_id: str
