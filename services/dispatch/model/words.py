"""What the states and steps of a case and of a hand-off are called."""

from shared.refusals.words import Word, Words

CASE_STATES: Words = {
    "new": Word("未登记", "not opened"),
    "opened": Word("已登记", "opened"),
    "queued": Word("待人工分流", "waiting to be routed"),
    "routed": Word("已分流", "routed"),
    "in_handling": Word("办理中", "in handling"),
    "suspended": Word("暂缓办理", "suspended"),
    "resolved": Word("已办理完毕，待回访", "resolved"),
    "followed_up": Word("已回访", "followed up"),
    "reopened": Word("重新办理", "reopened"),
    "closed": Word("已办结", "closed"),
    "refused": Word("不予受理", "refused"),
    "withdrawn": Word("已撤回", "withdrawn"),
}
CASE_STEPS: Words = {
    "open_case": Word("登记案件", "open the case"),
    "queue_case": Word("转人工分流", "queue the case"),
    "route_case": Word("分流交办", "route the case"),
    "attach_report": Word("并入反映件", "attach a report"),
    "detach_report": Word("移出反映件", "detach a report"),
    "begin_handling": Word("开始办理", "begin handling"),
    "resolve_case": Word("确认办理完毕", "resolve the case"),
    "record_follow_up": Word("记录回访", "record a follow-up"),
    "reopen_case": Word("重新办理", "reopen the case"),
    "close_case": Word("办结案件", "close the case"),
    "refuse_case": Word("不予受理", "refuse the case"),
    "suspend_case": Word("暂缓办理", "suspend the case"),
    "resume_case": Word("恢复办理", "resume the case"),
    "withdraw_case": Word("撤回案件", "withdraw the case"),
    "warn_clock": Word("时限预警", "warn of a clock"),
    "lapse_clock": Word("记录逾期", "tell a lapse"),
    "tell_reporter": Word("告知反映人", "tell the reporter"),
    "erase_content": Word("删除内容", "erase a content"),
    "recount_clock": Word("重新计算时限", "count a clock again"),
    "withdraw_lapse": Word("撤销逾期记录", "take a lapse back"),
}
HANDOFF_STATES: Words = {
    "new": Word("未交办", "not offered"),
    "offered": Word("待接收", "offered"),
    "accepted": Word("已接收", "accepted"),
    "in_progress": Word("办理中", "in progress"),
    "completed": Word("已办理，待核实", "completed"),
    "verified": Word("已核实", "verified"),
    "returned": Word("已退回", "returned"),
    "recalled": Word("已收回", "recalled"),
    "transferred": Word("已转办", "transferred"),
    "waived": Word("已免除", "waived"),
}
HANDOFF_STEPS: Words = {
    "offer_handoff": Word("交办", "offer the task"),
    "accept_handoff": Word("接收交办", "accept the task"),
    "confirm_acceptance": Word("确认接收", "confirm the acceptance"),
    "deem_acceptance": Word("视为接收", "take silence for acceptance"),
    "start_handoff": Word("开始办理", "start work"),
    "note_progress": Word("记录办理情况", "note progress"),
    "complete_handoff": Word("报告办理完毕", "complete the task"),
    "return_handoff": Word("退回交办", "return the task"),
    "approve_return": Word("同意退回", "consent to the return"),
    "refuse_return": Word("不同意退回", "refuse the return"),
    "recall_handoff": Word("收回交办", "recall the task"),
    "transfer_handoff": Word("转办", "transfer the task"),
    "ask_extension": Word("申请延期", "ask for an extension"),
    "grant_extension": Word("批准延期", "grant the extension"),
    "refuse_extension": Word("不批准延期", "refuse the extension"),
    "extend_clock": Word("顺延时限", "extend the clock"),
    "stop_clock": Word("停止计时", "stop the clock"),
    "verify_handoff": Word("核实办理结果", "verify the result"),
    "order_rework": Word("退回重办", "order rework"),
    "waive_handoff": Word("免除协办", "waive the part"),
    "urge_handoff": Word("催办", "urge"),
    "refuse_answer": Word("不采纳答复", "refuse the answer"),
    "bar_departments": Word("设定回避", "bar departments"),
}
CLOSING: Words = {
    "solved": Word("已解决", "solved"),
    "partly_solved": Word("部分解决", "partly solved"),
    "cannot_be_solved_now": Word("暂无法解决", "cannot be solved now"),
    "no_competence": Word("不属于职权范围", "no competence"),
    "withdrawn": Word("反映人撤回", "withdrawn"),
}
SYSTEMS: Words = {
    "petition": Word("信访办理系统", "petition service"),
    "police": Word("公安办理系统", "police service"),
    "justice": Word("司法行政办理系统", "justice service"),
    "emergency": Word("应急管理办理系统", "emergency service"),
}
CASE: Words = {**CASE_STATES, **CASE_STEPS}
HANDOFF: Words = {**HANDOFF_STATES, **HANDOFF_STEPS}
