"""Each fact of a case as a sentence: who has done what, with names in the place of codes.

What stands in braces is a field of the fact; a department is named by the directory, a `rule` by its clocks.
"""

from shared.refusals.words import Word, Words

DEPARTMENTS = frozenset({"department", "answerable", "to", "lead", "referred_to", "complained_of"})
"""Fields that say a department's code; of `report-redirected` and `handoff-transferred` alike where it is none."""

_INTAKE: Words = {
    "report-registered": Word(
        "登记了一件反映，事项为{category}，地点为{area}", "registered a report: {category}, {area}"
    ),
    "report-corrected": Word("更正了反映件所反映的单位", "corrected of whom the report complains"),
    "report-accepted": Word("受理了反映件，事项为{category}", "accepted the report: {category}"),
    "report-refused": Word("对反映件不予受理", "refused the report"),
    "report-redirected": Word("将反映件转至紧急号码{to}", "redirected the report to the emergency number {to}"),
    "report-joined": Word("将重复的反映件并入他案", "joined the report, a duplicate, to another case"),
    "report-moved": Word("将反映件改由他案答复", "moved the report to the case that answers it now"),
    "report-supplemented": Word("补充了反映件", "added to the report"),
    "report-withdrawn": Word("撤回了反映件", "withdrew the report"),
    "reporter-answered": Word("答复了回访", "answered whether it is solved"),
    "identity-opened": Word("查看了反映人的身份", "opened who the reporter is"),
    "reporter-erased": Word("删除了反映人信息", "erased the reporter"),
}
_CASE: Words = {
    "case-opened": Word(
        "立案，编码{code}，事项为{category}，地点为{area}", "opened the case {code}: {category}, {area}"
    ),
    "case-queued": Word("将案件转为人工分流", "put the case in the queue for routing by hand"),
    "case-routed": Word("将案件分流，由{lead}主办", "routed the case: {lead} leads"),
    "report-attached": Word("将一件反映并入本案", "attached a report to the case"),
    "report-detached": Word("将一件反映移出本案", "detached a report from the case"),
    "officer-recused": Word("有一名工作人员回避", "noted that an officer stepped back"),
    "recusal-lifted": Word("解除了一名工作人员的回避", "lifted an officer's recusal"),
    "case-merged": Word("将本案并入他案", "merged the case into another"),
    "case-unmerged": Word("撤销了并案", "undid the merging"),
    "case-absorbed": Word("将他案并入本案", "took another case in"),
    "case-released": Word("让并入的案件退出本案", "let a merged case go"),
    "case-linked": Word("关联了另一案件", "linked another case"),
    "case-unlinked": Word("解除了与另一案件的关联", "removed the link to another case"),
    "handling-begun": Word("开始办理案件", "began handling the case"),
    "case-resolved": Word("确认案件办理完毕，待回访", "resolved the case; the reporter is to be asked"),
    "followed-up": Word("回访了反映人，反映人表示已解决", "asked the reporter, who says it is solved"),
    "reporter-not-reached": Word("未能回访到反映人", "could not reach the reporter"),
    "case-reopened": Word("重新办理案件", "reopened the case"),
    "case-closed": Word("办结案件", "closed the case"),
    "case-refused": Word("对案件不予受理", "refused the case"),
    "case-suspended": Word("暂缓办理案件", "suspended the case"),
    "case-resumed": Word("恢复办理案件", "resumed the case"),
    "case-withdrawn": Word("因反映人撤回而结束案件", "ended the case, which the reporters withdrew"),
    "content-erased": Word("删除了一份内容", "erased a text or file"),
    "reporter-told": Word("查看了答复", "read the reply"),
    "case-file-opened": Word("查阅了案卷", "opened the case file"),
}
_HANDOFFS: Words = {
    "handoff-offered": Word("将任务交办给{department}", "offered the task to {department}"),
    "handoff-planned": Word("安排{department}在前序办结后承办", "planned the task for {department}, after another"),
    "handoff-barred": Word(
        "使被反映的单位不能再看到{department}的任务", "hid the task of {department} from those complained of"
    ),
    "handoff-unbarred": Word(
        "使已解除回避的人员重新看到{department}的任务", "showed the task of {department} again to an officer"
    ),
    "handoff-accepted": Word("记录{department}已接收任务", "noted that {department} accepted the task"),
    "handoff-started": Word("记录{department}已开始办理", "noted that {department} started work"),
    "handoff-progressed": Word("记录了{department}的办理情况", "noted progress of {department}"),
    "handoff-completed": Word("记录{department}报告办理完毕", "noted that {department} reported the task done"),
    "handoff-returned": Word("记录{department}退回任务", "noted that {department} returned the task"),
    "return-asked": Word("记录{department}申请退回任务", "noted that {department} asked to return the task"),
    "dispatch.return-refused": Word("不同意{department}退回任务", "refused the return by {department}"),
    "handoff-recalled": Word("从{department}收回任务", "recalled the task from {department}"),
    "handoff-transferred": Word("将任务从{department}转给{to}", "transferred the task from {department} to {to}"),
    "handoff-verified": Word("核实{department}已办好", "verified the work of {department}"),
    "rework-ordered": Word("要求{department}重新办理", "sent the task back to {department} for rework"),
    "handoff-reopened": Word("使{department}继续办理", "had {department} go on"),
    "handoff-waived": Word("免除{department}的任务", "waived the task of {department}"),
    "handoff-urged": Word("催办{department}", "urged {department}"),
    "answer-refused": Word("未能采用{department}的答复", "could not use an answer of {department}"),
    "competence-disputed": Word("记录{department}对管辖提出争议", "noted that {department} disputes its competence"),
    "dispute-withdrawn": Word("记录{department}撤回管辖争议", "noted that {department} withdrew the dispute"),
    "extension-requested": Word(
        "记录{department}申请延期{days}天", "noted that {department} asked for {days} more days"
    ),
    "extension-granted": Word("同意{department}延期", "granted {department} more time"),
    "extension-refused": Word("不同意{department}延期", "refused {department} more time"),
}
_CLOCKS: Words = {
    "clock-extended": Word("延长了{department}的时限", "extended the clock of {department} by its own law"),
    "clock-stopped": Word("停止计算{department}的{rule}", "stopped {department}'s clock: {rule}"),
    "clock-warned": Word("预警：{answerable}的{rule}将于{due_at}到期", "warned: {answerable}, {rule}, due {due_at}"),
    "clock-lapsed": Word("{answerable}的{rule}已于{due_at}到期", "told that {rule} of {answerable} ended at {due_at}"),
    "clock-recounted": Word("重新计算{answerable}的{rule}", "counted {rule} of {answerable} again"),
    "lapse-climbed": Word("将{answerable}的逾期上报{to}", "told {to} that {answerable} is late still"),
    "lapse-withdrawn": Word("撤销了{answerable}的逾期记录", "took back the lapse of {answerable}"),
    "exclusion-begun": Word("开始扣除{department}的时限", "began time that {department}'s clock leaves out"),
    "exclusion-ended": Word("结束扣除{department}的时限", "ended time that {department}'s clock leaves out"),
    "exclusion-corrected": Word("更正了{department}的扣除时段", "corrected time that {department}'s clock leaves out"),
    "exclusion-struck": Word("撤销了{department}的扣除时段", "struck time that {department}'s clock had left out"),
}
_CONSULTATIONS: Words = {
    "consultation-called": Word("召集会商", "called a consultation"),
    "department-invited": Word("邀请{department}参加会商", "invited {department} to the consultation"),
    "paper-submitted": Word("提交了会商材料", "submitted a paper"),
    "position-stated": Word("记录{department}发表的意见", "noted the position of {department}"),
    "consultation-referred": Word("将争议提请{referred_to}裁定", "referred the dispute to {referred_to}"),
    "consultation-concluded": Word("作出会商结论", "concluded the consultation"),
    "consultation-called-off": Word("取消会商", "called the consultation off"),
}
_DESKS: Words = {
    "task-received": Word("收到任务", "received the task"),
    "task-barred": Word("得知哪些单位须回避", "was told which departments may not see the task"),
    "task-unbarred": Word("得知回避已解除", "was told of a recusal lifted"),
    "call-received": Word("收到紧急事项", "received an emergency"),
    "call-passed-on": Word("将紧急事项转告{number}", "passed the emergency on to {number}"),
    "task-accepted": Word("接收任务", "accepted the task"),
    "task-returned": Word("退回任务", "returned the task"),
    "task-started": Word("开始办理", "started work"),
    "progress-noted": Word("记录办理情况", "noted progress"),
    "extension-asked": Word("申请延期{days}天", "asked for {days} more days"),
    "task-finished": Word("报告办理完毕", "reported the task done"),
    "rework-taken": Word("收到重新办理的要求", "took the task up again"),
    "task-withdrawn": Word("得知任务已收回", "was told that the task is taken back"),
    "task-verified": Word("得知办理结果已核实", "was told that its result holds"),
    "acceptance-deemed": Word("得知任务视为已接收", "was told that the task counts as accepted"),
    "return-refused": Word("得知退回未获同意", "was told that the return was refused"),
    "answer-rejected": Word("得知答复未被采用", "was told that its answer could not be used"),
    "due-noted": Word("得知任务应于{due_at}前办结", "was told that the task is due {due_at}"),
    "due-recounted": Word("得知期限改为{due_at}", "was told that the task is due {due_at} now"),
    "extension-given": Word("得知获准延期至{due_at}", "was told that it has time until {due_at}"),
    "extension-denied": Word("得知延期未获同意", "was told that it has no more time"),
    "task-urged": Word("收到催办", "was urged"),
}
_PETITION: Words = {
    "petition-received": Word("收到信访事项", "received the petition"),
    "petition-barred": _DESKS["task-barred"],
    "petition-unbarred": _DESKS["task-unbarred"],
    "petition-registered": Word("登记信访事项", "registered the petition"),
    "petition-accepted": Word("受理信访事项", "accepted the petition"),
    "opinion-issued": Word("出具处理意见书", "issued its opinion"),
    "petition-concluded": Word("办结信访事项", "concluded the petition"),
    "petition-returned": Word("退回信访事项", "returned the petition"),
    "petition-extended": Word("将办理期限延长{days}天", "extended its time by {days} days"),
    "petition-withdrawn": Word("得知信访事项已收回", "was told that the petition is taken back"),
    "petition-verified": Word("得知办理结果已核实", "was told that its result holds"),
    "registered-return-refused": Word("得知退回未获同意", "was told that the return was refused"),
    "petition-urged": _DESKS["task-urged"],
}
SENTENCES: Words = {**_INTAKE, **_CASE, **_HANDOFFS, **_CLOCKS, **_CONSULTATIONS, **_DESKS, **_PETITION}
WHO: Words = {
    "platform": Word("平台", "The platform"),
    "reporter": Word("反映人", "The reporter"),
    "official": Word("工作人员", "An official"),
    "itself": Word("本单位", "it"),
}


def sentence_of(service: str, fact: str) -> Word | None:
    """Also what a service says otherwise than others say the same name."""
    return SENTENCES.get(f"{service}.{fact}") or SENTENCES.get(fact)
