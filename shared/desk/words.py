"""What the states and steps on an office's desk are called."""

from shared.refusals.words import Word, Words

COMMON: Words = {
    "new": Word("未收到", "not received"),
    "received": Word("待接收", "received"),
    "accepted": Word("已接收", "accepted"),
    "returned": Word("已退回", "returned"),
    "verified": Word("已核实", "verified"),
    "withdrawn": Word("已收回", "taken back"),
    "note_progress": Word("记录办理情况", "note progress"),
    "bar_departments": Word("设定回避", "bar departments"),
    "unbar_officers": Word("解除回避", "lift a recusal"),
    "keep_task": Word("继续承办", "keep the task"),
    "note_rejection": Word("记录答复未采纳", "note a rejected answer"),
    "recount_due": Word("更新期限", "take over the new day"),
    "send_back": Word("退回重办", "send back for rework"),
    "urge_task": Word("催办", "urge"),
    "verify_task": Word("核实", "verify"),
    "withdraw_task": Word("收回", "take back"),
    "tell_reporter": Word("告知反映人", "tell the reporter"),
    "erase_content": Word("删除内容", "erase a content"),
}
TASK: Words = {
    **COMMON,
    "in_progress": Word("办理中", "in progress"),
    "finished": Word("已办理，待核实", "finished"),
    "receive_task": Word("收到交办", "receive the task"),
    "accept_task": Word("接收", "accept the task"),
    "start_task": Word("开始办理", "start work"),
    "finish_task": Word("报告办理完毕", "finish the task"),
    "return_task": Word("退回", "return the task"),
    "ask_extension": Word("申请延期", "ask for an extension"),
    "grant_extension": Word("批准延期", "grant the extension"),
    "deny_extension": Word("不批准延期", "deny the extension"),
    "deem_accepted": Word("视为接收", "take silence for acceptance"),
    "called": Word("紧急来件，待转报", "called"),
    "passed_on": Word("已转报", "passed on"),
    "receive_call": Word("收到紧急来件", "receive an emergency"),
    "pass_on_call": Word("确认转报", "pass the emergency on"),
    "note_due": Word("更新期限", "note the new day"),
}
TAKEN: Words = {
    "recalled": Word("已由交办方收回", "recalled"),
    "transferred": Word("已转办其他单位", "passed on to another office"),
    "waived": Word("已免除协办", "waived"),
    "withdrawn": Word("反映人已撤回", "withdrawn by the reporter"),
    "returned": Word("已退回", "returned"),
    "verified": Word("已核实", "verified"),
    "refused": Word("案件不予受理", "the case was refused"),
    "closed": Word("案件已办结", "the case was closed"),
    "unknown": Word("原因不详", "unknown"),
}
"""Why an office no longer has a task."""
PARTS: Words = {
    "lead": Word("主办", "lead"),
    "co": Word("协办", "co-handler"),
    "child": Word("下级承办", "part of another's task"),
}
ANSWERS: Words = {
    "accept": Word("接收", "that it accepts"),
    "start": Word("开始办理", "that it began"),
    "progress": Word("办理情况", "its progress"),
    "extension": Word("延期", "on more time"),
    "complete": Word("办理完毕", "that it is done"),
    "return": Word("退回", "that it returns the task"),
}
"""What an office has said of a task."""
