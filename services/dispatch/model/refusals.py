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
