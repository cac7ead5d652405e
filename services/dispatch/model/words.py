"""What the states and steps of a case and of a hand-off are called. What facts are told in, too, stands with them."""

from collections.abc import Mapping

from services.dispatch.facts.words import ASKED as ASKED
from services.dispatch.facts.words import CLOSING as CLOSING
from services.dispatch.facts.words import GROUNDS as GROUNDS
from services.dispatch.facts.words import HANDOFF_STATES as HANDOFF_STATES
from services.dispatch.facts.words import LINKS as LINKS
from services.dispatch.facts.words import POSITIONS as POSITIONS
from services.dispatch.facts.words import QUEUED as QUEUED
from services.dispatch.facts.words import REASONS as REASONS
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
    "merged": Word("已并入他案", "merged into another"),
}
CASE_STEPS: Words = {
    "open_case": Word("登记案件", "open the case"),
    "queue_case": Word("转人工分流", "queue the case"),
    "route_case": Word("分流交办", "route the case"),
    "attach_report": Word("并入反映件", "attach a report"),
    "detach_report": Word("移出反映件", "detach a report"),
    "merge_case": Word("并入他案", "merge the case"),
    "unmerge_case": Word("撤销并案", "undo the merging"),
    "absorb_case": Word("吸收他案", "take another case in"),
    "release_case": Word("退出并案", "let another case go"),
    "link_case": Word("关联案件", "link the case"),
    "unlink_case": Word("解除关联", "remove the link"),
    "recuse_officer": Word("回避", "recuse an officer"),
    "lift_recusal": Word("解除回避", "lift a recusal"),
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
    "climb_clock": Word("逐级上报逾期", "tell a lapse further up"),
    "tell_reporter": Word("告知反映人", "tell the reporter"),
    "erase_content": Word("删除内容", "erase a content"),
    "recount_clock": Word("重新计算时限", "count a clock again"),
    "withdraw_lapse": Word("撤销逾期记录", "take a lapse back"),
}
HANDOFF_STEPS: Words = {
    "offer_handoff": Word("交办", "offer the task"),
    "plan_handoff": Word("安排后续交办", "plan a task"),
    "offer_planned": Word("按序交办", "offer a planned task"),
    "assign_part": Word("交由下级承办", "pass a part on to one's own"),
    "accept_handoff": Word("接收交办", "accept the task"),
    "confirm_acceptance": Word("确认接收", "confirm the acceptance"),
    "deem_acceptance": Word("视为接收", "take silence for acceptance"),
    "start_handoff": Word("开始办理", "start work"),
    "note_progress": Word("记录办理情况", "note progress"),
    "complete_handoff": Word("报告办理完毕", "complete the task"),
    "return_handoff": Word("退回交办", "return the task"),
    "approve_return": Word("同意退回", "consent to the return"),
    "refuse_return": Word("不同意退回", "refuse the return"),
    "dispute_competence": Word("提出管辖争议", "dispute the competence"),
    "withdraw_dispute": Word("撤回管辖争议", "withdraw the dispute"),
    "recall_handoff": Word("收回交办", "recall the task"),
    "confirm_handoff": Word("以回访结果核实", "confirm the result by the reporter's word"),
    "reopen_handoff": Word("继续办理", "take the task up again"),
    "transfer_handoff": Word("转办", "transfer the task"),
    "ask_extension": Word("申请延期", "ask for an extension"),
    "grant_extension": Word("批准延期", "grant the extension"),
    "refuse_extension": Word("不批准延期", "refuse the extension"),
    "extend_clock": Word("顺延时限", "extend the clock"),
    "stop_clock": Word("停止计时", "stop the clock"),
    "begin_exclusion": Word("记录扣除时段开始", "begin time that is left out"),
    "end_exclusion": Word("记录扣除时段结束", "end time that is left out"),
    "correct_exclusion": Word("更正扣除时段", "correct time that is left out"),
    "strike_exclusion": Word("撤销扣除时段", "strike time that is left out"),
    "verify_handoff": Word("核实办理结果", "verify the result"),
    "order_rework": Word("退回重办", "order rework"),
    "waive_handoff": Word("免除协办", "waive the part"),
    "urge_handoff": Word("催办", "urge"),
    "refuse_answer": Word("不采纳答复", "refuse the answer"),
    "bar_departments": Word("设定回避", "bar departments"),
    "unbar_officers": Word("解除回避", "lift a recusal"),
}
CONSULTATION: Words = {
    "new": Word("未召集", "not called"),
    "called": Word("会商中", "in consultation"),
    "referred": Word("已提请裁定", "referred to the arbiter"),
    "concluded": Word("已形成结论", "concluded"),
    "called_off": Word("已取消", "called off"),
    "call_consultation": Word("召集会商", "call a consultation"),
    "invite_department": Word("邀请单位", "invite a department"),
    "submit_paper": Word("提交材料", "submit a paper"),
    "state_position": Word("表明意见", "state a position"),
    "refer_consultation": Word("提请裁定", "refer it to the arbiter"),
    "conclude_consultation": Word("形成会商结论", "conclude the consultation"),
    "call_off_consultation": Word("取消会商", "call the consultation off"),
}
WORKFLOWS: Words = {
    "1": Word(
        "承办单位报告办理完毕后，由中心逐项核实；全部核实后回访反映人，回访后办结。",
        "The centre verifies each result that an office reports; then the reporter is asked, and the case is closed.",
    ),
    "2": Word(
        "承办单位均报告办理完毕后，先回访反映人：确认已解决的，视为核实；未联系上的，由中心核实后办结；"
        "未解决的，退回原承办单位在剩余时限内继续办理。",
        "Once every office reports it as done the reporter is asked. Solved: that verifies the results. Not reached:"
        " the centre verifies them before it closes. Not solved: the offices go on with what was left of their clocks.",
    ),
}
"""What each version of the procedures has a case go through."""
WAYS: Words = {
    "first": Word("首次交办", "first handed out"),
    "returned": Word("退回后改派", "after a return"),
    "transferred": Word("转办", "transferred"),
    "recalled": Word("收回后改派", "after being taken back"),
    "concluded": Word("会商明确", "decided by a consultation"),
    "again": Word("重新办理", "taken up again"),
    "part": Word("交由下级承办", "passed on to one's own"),
}
"""How a task came to the office that has it."""
CENTRE = Word("综治中心", "the centre")
"""Where a task comes from that no office had before."""
YOUNGEST, OLDEST = Word("{to} 天以内", "up to {to} d"), Word("超过 {since} 天", "over {since} d")
AGED = Word("{since}—{to} 天", "{since}–{to} d")
FIGURES: Mapping[str, tuple[Word, Word]] = {
    "flow": (
        Word("交办流转", "Flow of hand-offs"),
        Word(
            "所选时段内每一次交办，按交来的单位和接办的单位统计；“综治中心”指此前没有其他单位承办。",
            "Every hand-off of the period, by the office that had the task before and the one that it was handed to;"
            " “the centre” where no office had it before.",
        ),
    ),
    "ageing_cases": (
        Word("未办结案件的时长", "Age of open cases"),
        Word(
            "自立案至统计时刻的自然时间，每 24 小时为一天；恰为 3 天的计入“1—3 天”。",
            "From opening until now by the calendar, a day being 24 hours; just 3 days count among “1–3 days”.",
        ),
    ),
    "ageing_handoffs": (
        Word("未办结交办的时长", "Age of open hand-offs"),
        Word(
            "自交办至统计时刻的自然时间，每 24 小时为一天；恰为 3 天的计入“1—3 天”。",
            "From the offer until now by the calendar, a day being 24 hours; just 3 days count among “1–3 days”.",
        ),
    ),
    "passes": (
        Word("多次流转的案件", "Cases passed on"),
        Word(
            "未办结案件的任务由一个单位转到另一单位的次数：退回后改派、转办、收回后改派、会商明确，各计一次。",
            "How often a task of an open case went from one office to another: after a return, by transfer, taken back,"
            " or decided by a consultation.",
        ),
    ),
    "opened": (Word("新立案件", "Opened"), Word("所选时段内立案的案件。", "Cases opened in the period.")),
    "closed": (
        Word("办结案件", "Closed"),
        Word(
            "所选时段内结束、至今没有重新办理的案件，含不予受理和撤回。",
            "Cases that ended in the period and were not taken up again, refused and withdrawn ones among them.",
        ),
    ),
    "late": (
        Word("发生逾期的案件", "Became late"),
        Word(
            "所选时段内首次有时限逾期的案件，不论现在是否办结；经重新计算撤销的逾期不计。",
            "Cases of which something was late for the first time in the period, closed or not; without lapses that a"
            " recount took back.",
        ),
    ),
    "returned": (
        Word("退回的交办", "Returned"),
        Word("所选时段内被承办单位退回的交办。", "Hand-offs that their offices returned in the period."),
    ),
}
"""What a figure is called, and what it counts."""
FAULTS: Words = {
    "several_rules": Word("同一事项、同一区域有多条规则", "several rules for one matter and area"),
    "department_gone": Word("承办单位已不存在", "a department is gone"),
    "category_gone": Word("事项类别已不存在", "the matter is gone"),
}
SUGGESTED: Words = {
    "rule": Word("交办目录所列", "named by the catalogue"),
    "candidate": Word("交办目录中的一条规则所列", "named by one of several rules"),
    "authority": Word("赋权清单所列", "on the authority list"),
    "duty": Word("法定职责所属", "whose duty it is"),
    "acted": Word("办理过同类案件", "led such cases before"),
}
"""On what ground somebody might act."""
ALIKE: Words = {
    "same_matter": Word("同一事项", "same matter"),
    "same_grid": Word("同一网格", "same grid"),
    "same_community": Word("同一社区", "same community"),
    "days_apart": Word("相隔{days}天", "{days} days apart"),
}
RATES: Words = {
    "answered": Word("回访应答率：已答复占应回访", "answered, of those to be asked"),
    "solved": Word("解决率：答复已解决占已答复", "solved, of those who answered"),
    "satisfied": Word("满意率：满意占已作满意度答复", "satisfied, of those who were asked and said"),
}
SYSTEMS: Words = {
    "petition": Word("信访办理系统", "petition service"),
    "police": Word("公安办理系统", "police service"),
    "justice": Word("司法行政办理系统", "justice service"),
    "emergency": Word("应急管理办理系统", "emergency service"),
}
ASKED_FIRST: Words = {
    "completed": Word("已办理，待反映人确认", "completed, for the reporter to confirm"),
}
"""Of a hand-off, where the reporter is asked before the centre verifies."""
CASE: Words = {**CASE_STATES, **CASE_STEPS}
HANDOFF: Words = {**HANDOFF_STATES, **HANDOFF_STEPS}
