"""Why dispatch says no, each with its basis, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.dispatch.model.words import CASE_STATES, CLOSING, HANDOFF_STATES, SYSTEMS
from shared.desk.facts import ANSWERED_BY_ANOTHER
from shared.refusals.refusals import Refused
from shared.refusals.words import Words

BY_NAME: Mapping[str, str] = dict.fromkeys(("department", "departments", "duty", "by", "now_with"), "department")
SAID: Mapping[str, Words] = {"became": HANDOFF_STATES, "state": CASE_STATES, "via": SYSTEMS}
CLOSED_AS: Mapping[str, Words] = {"reason": CLOSING, "possible": CLOSING}


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
class OutsideCircle(Refused):
    code = "outside-circle"
    zh = "该类事项依法封存，只能在规定的知悉范围内流转，{department}不在其中（预防未成年人犯罪法第五十九条）"
    en = "Such a matter is sealed and stays with those who may know; {department} is not one of them"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class SealedApart(Refused):
    code = "sealed-apart"
    zh = "两类事项的知悉范围不同（其中有依法封存的事项），不能合并办理，也不能相互分出"
    en = "Not the same departments may know of both matters, one of which is sealed: they are neither merged nor split"


@dataclass(slots=True, eq=False)
class SameCase(Refused):
    code = "same-case"
    zh = "不能与本案自身合并或关联"
    en = "A case cannot be merged with or linked to itself"


@dataclass(slots=True, eq=False)
class PetitionStands(Refused):
    code = "petition-stands"
    zh = "信访事项应当逐件登记、逐件答复，重复信访不作为重复件合并（信访工作条例第二十一条、第二十三条）"
    en = "Each petition is registered and answered by itself; one said again is no duplicate"


@dataclass(slots=True, eq=False)
class LinkedAlready(Refused):
    code = "linked-already"
    zh = "两案已有此种关联"
    en = "The cases are linked so already"


@dataclass(slots=True, eq=False)
class NotLinked(Refused):
    code = "not-linked"
    zh = "两案没有此种关联"
    en = "The cases are not linked so"


@dataclass(slots=True, eq=False)
class Circular(Refused):
    code = "link-in-a-circle"
    zh = "该关联会使案件首尾相接，形成循环"
    en = "That link would make the cases run in a circle"


@dataclass(slots=True, eq=False)
class CasesOpen(Refused):
    code = "cases-open"
    zh = "由本案分出的案件尚未办结：{codes}"
    en = "Cases that were split off this one are still open: {codes}"
    codes: tuple[str, ...]


@dataclass(slots=True, eq=False)
class OnlyOneself(Refused):
    code = "only-oneself"
    zh = "只能为本人申请回避；需他人回避的，请报综治中心决定"
    en = "One can step back oneself; that another has to is for the governance centre to decide"


@dataclass(slots=True, eq=False)
class RecusedAlready(Refused):
    code = "recused-already"
    zh = "该人员已回避"
    en = "That person has stepped back already"


@dataclass(slots=True, eq=False)
class OwnRecusal(Refused):
    code = "own-recusal"
    zh = "本人的回避不得由本人解除，请报综治中心其他工作人员决定"
    en = "One's own recusal is for somebody else at the centre to lift"


@dataclass(slots=True, eq=False)
class NotRecused(Refused):
    code = "not-recused"
    zh = "该人员在本案中没有回避，无需解除"
    en = "That person has not stepped back from this case"


@dataclass(slots=True, eq=False)
class UnknownDepartment(Refused):
    code = "unknown-department"
    status = 422
    zh = "当日没有代码为 {department} 的单位"
    en = "The directory has no department {department} on that day"
    department: str


@dataclass(slots=True, eq=False)
class NoAuthority(Refused):
    code = "no-authority"
    zh = "该事项属{duty}法定职责，登记之日未赋权{department}，不得向基层转嫁（国办函〔2025〕66号），请交{duty}"
    en = (
        "This matter is the statutory duty of {duty}; on the day the case was opened the authority list did not empower"
        " {department}. It may not be pushed down to the grassroots (State Council Office 2025 No. 66): offer it to"
        " {duty}"
    )
    names = BY_NAME
    department: str
    duty: str


@dataclass(slots=True, eq=False)
class PushedDown(Refused):
    code = "pushed-down"
    zh = (
        "该事项属{duty}法定职责，{department}是基层群众性自治组织，不得作为主办单位承接（国办函〔2025〕66号）；请交{duty}主办，"
        "{department}可以协办"
    )
    en = (
        "This matter is the statutory duty of {duty}; {department} is a self-governing body of residents and may help,"
        " but not lead (State Council Office 2025 No. 66): offer the lead to {duty}"
    )
    names = BY_NAME
    department: str
    duty: str


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
class Bound(Refused):
    code = "bound-by-consultation"
    zh = "该任务由会商结论确定，承办单位不得退回、转办或再提异议；如有新情况，请报综治中心"
    en = "A consultation has decided this: it cannot be returned, passed on or disputed; tell the centre of new facts"


@dataclass(slots=True, eq=False)
class DisputeOpen(Refused):
    code = "dispute-open"
    zh = "{department}已就该任务提出管辖争议，须经会商确定承办单位（信访工作条例第二十四条）"
    en = "{department} disputes its competence: a consultation decides who acts (Petition Regulation Art. 24)"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class NoDispute(Refused):
    code = "no-dispute"
    zh = "没有待会商的管辖争议"
    en = "No competence is in dispute here"


@dataclass(slots=True, eq=False)
class NotConsulted(Refused):
    code = "not-to-be-consulted"
    zh = "案件状态为“{state}”，不能召集会商"
    en = "The case is '{state}': there is nothing to consult about"
    words = SAID
    state: str


@dataclass(slots=True, eq=False)
class ConsultationOpen(Refused):
    code = "consultation-open"
    zh = "该案已有一次会商尚未结束，请先形成结论或取消"
    en = "A consultation on this case is open already: conclude it or call it off first"


@dataclass(slots=True, eq=False)
class NotATask(Refused):
    code = "not-a-task"
    status = 422
    zh = "交办 {handoff_id} 不是该案待确定承办单位的任务"
    en = "Hand-off {handoff_id} is no task of this case that still needs an office"
    handoff_id: str


@dataclass(slots=True, eq=False)
class NothingInDispute(Refused):
    code = "nothing-in-dispute"
    status = 422
    zh = "管辖争议会商须指明争议的任务"
    en = "A consultation on a dispute names the tasks in dispute"


@dataclass(slots=True, eq=False)
class NobodyInvited(Refused):
    code = "nobody-invited"
    status = 422
    zh = "请至少邀请一个单位参加会商"
    en = "Invite at least one department"


@dataclass(slots=True, eq=False)
class AlreadyInvited(Refused):
    code = "already-invited"
    zh = "{department}已在参加单位之列"
    en = "{department} is invited already"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class StillToBeHeard(Refused):
    code = "still-to-be-heard"
    zh = "{departments}尚未表明意见；全部表明意见后，或过了表明意见的期限（{until}），方可形成结论"
    en = "Still to be heard: {departments}. Conclude when all have spoken, or after their time to speak ({until})"
    names = BY_NAME
    departments: tuple[str, ...]
    until: str


@dataclass(slots=True, eq=False)
class ArbiterDecides(Refused):
    code = "arbiter-decides"
    zh = "该会商已提请{department}裁定，由其督办人作出结论"
    en = "This was referred to {department}: its supervisors conclude"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class NoArbiter(Refused):
    code = "no-arbiter"
    zh = "名录中没有可裁定争议的单位（党委政法委），请先由系统管理员登记"
    en = "The directory has no political-legal committee that could decide; an administrator has to register it first"


@dataclass(slots=True, eq=False)
class OneLeadFirst(Refused):
    code = "one-lead"
    status = 422
    zh = "结论至多确定一个主办单位，每个单位只列一次；尚未分流的案件须先确定主办单位"
    en = "At most one lead, each department once; a case that is not routed yet gets its lead first"


@dataclass(slots=True, eq=False)
class NobodyDecided(Refused):
    code = "nobody-decided"
    status = 422
    zh = "管辖争议的会商结论须明确由谁承办"
    en = "A dispute over competence ends with who acts"


@dataclass(slots=True, eq=False)
class ResultWaits(Refused):
    code = "result-waits"
    zh = "{department}已报告办理完毕，请先核实或退回重办，再改由其他单位承办"
    en = "{department} reports it as done: verify it or order rework before the task goes elsewhere"
    names = BY_NAME
    department: str


@dataclass(slots=True, eq=False)
class ChildrenOpen(Refused):
    code = "children-open"
    zh = "交由下级承办的部分尚未办结：{departments}；请先核实或收回"
    en = "Parts passed on to {departments} are still open: verify or recall them first"
    names = BY_NAME
    departments: tuple[str, ...]


@dataclass(slots=True, eq=False)
class NotBelow(Refused):
    code = "not-below"
    zh = "{department}不是{by}的下级单位；需其他单位协办的，请报综治中心交办"
    en = "{department} is not below {by}; ask the governance centre for help from other departments"
    names = BY_NAME
    department: str
    by: str


@dataclass(slots=True, eq=False)
class LeadAtOnce(Refused):
    code = "lead-at-once"
    status = 422
    zh = "只有协办任务可以安排在其他任务之后"
    en = "Only a co-handler's task can be planned for later"


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
