"""What the states and steps of a report are called, and the states of its case as intake knows them."""

from shared.refusals.words import Word, Words

STATES: Words = {
    "new": Word("未登记", "not registered"),
    "received": Word("已收到，待审核", "received"),
    "accepted": Word("已受理", "accepted"),
    "move_report": Word("转由他案答复", "move the report to another case"),
    "joined": Word("已合并办理", "joined to another case"),
    "redirected": Word("已转紧急渠道", "redirected"),
    "refused": Word("不予受理", "refused"),
    "withdrawn": Word("已撤回", "withdrawn"),
    "in_handling": Word("办理中", "in handling"),
    "suspended": Word("暂缓办理", "suspended"),
    "resolved": Word("已办理完毕，待回访", "resolved"),
    "followed_up": Word("已回访", "followed up"),
    "closed": Word("已办结", "closed"),
}
STEPS: Words = {
    "register_report": Word("登记反映件", "register a report"),
    "accept_report": Word("受理", "accept the report"),
    "refuse_report": Word("不予受理", "refuse the report"),
    "redirect_report": Word("转紧急渠道", "redirect the report"),
    "join_report": Word("并案", "join the report to a case"),
    "supplement_report": Word("补充情况", "add to the report"),
    "withdraw_report": Word("撤回反映", "withdraw the report"),
    "repeat_withdrawal": Word("再次告知撤回", "tell the withdrawal again"),
    "answer_reporter": Word("反馈是否解决", "say whether it is solved"),
    "open_identity": Word("查阅反映人身份", "open the reporter's identity"),
    "erase_reporter": Word("删除反映人信息", "erase the reporter"),
    "erase_content": Word("删除内容", "erase a content"),
    "correct_report": Word("更正反映件", "correct the report"),
}
REPORT: Words = {**STATES, **STEPS}
