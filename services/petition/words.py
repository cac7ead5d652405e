"""What the states and steps of a petition are called, in the regulation's words."""

from shared.desk.words import COMMON
from shared.refusals.words import Word, Words

PETITION: Words = {
    **COMMON,
    "registered": Word("已登记", "registered"),
    "accepted": Word("已受理", "accepted"),
    "opinion_issued": Word("已出具处理意见", "opinion issued"),
    "concluded": Word("已办结", "concluded"),
    "receive_petition": Word("收到信访事项", "receive the petition"),
    "register_petition": Word("登记信访事项", "register the petition"),
    "accept_petition": Word("受理信访事项", "accept the petition"),
    "return_petition": Word("提出异议退回", "return the petition"),
    "extend_petition": Word("延长办理期限", "extend the time"),
    "issue_opinion": Word("出具处理意见书", "issue the opinion"),
    "conclude_petition": Word("办结信访事项", "conclude the petition"),
}
