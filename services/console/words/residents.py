"""What residents read."""

from shared.refusals.words import Word, Words

WORDS: Words = {
    "resident.report": Word("反映问题", "Report a problem"),
    "resident.follow": Word("查询进度", "Follow a report"),
    "resident.urgent": Word(
        "情况紧急、有人身危险的，请直接拨打 110、119 或 120。", "In danger call 110, 119 or 120 at once."
    ),
    "resident.category": Word("是哪一类问题", "What kind of problem"),
    "resident.area": Word("发生在哪里", "Where it is"),
    "resident.choose": Word("请选择", "Choose"),
    "resident.text.hint": Word("时间、地点、现状，写得越具体越好。", "When, where, how it is now: be exact."),
    "resident.name": Word("您的姓名（可不填）", "Your name (if you like)"),
    "resident.phone": Word("联系电话（可不填）", "Your phone (if you like)"),
    "resident.privacy": Word(
        "身份信息单独加密保存，只有办理人员因工作需要才能查看，每次查看都有记录，您可以查询。",
        "Kept apart and encrypted; only who has to act may look, each look is recorded, and you can read that record.",
    ),
    "resident.complained_of": Word("问题涉及某个单位？", "Is it about a department?"),
    "resident.complained_of.hint": Word("该单位看不到您的反映。", "That department will see nothing of this."),
    "resident.nobody": Word("不涉及", "no"),
    "resident.send": Word("提交", "Send"),
    "resident.thanks": Word("已收到，谢谢您", "Received, thank you"),
    "resident.keep": Word("请保存（截图或抄写）下面两项，凭此查询进度：", "Keep both of these to follow it:"),
    "resident.secret": Word("查询码请勿告诉他人。", "Give the tracking code to nobody."),
    "resident.look": Word("查看进度", "See how it stands"),
    "resident.where": Word("提交时给您的查询码。", "It was given to you when you reported."),
    "resident.steps": Word("办理经过", "What happened"),
    "resident.more": Word("补充情况", "Add something"),
    "resident.more.text": Word("补充内容", "What to add"),
    "resident.withdraw": Word("撤回反映", "Take it back"),
    "resident.withdraw.hint": Word("撤回后不再办理。", "Nobody will act on it any more."),
    "resident.accesses": Word("谁查看过", "Who has looked"),
    "resident.solved": Word("问题解决了吗？", "Is it solved?"),
    "resident.satisfied": Word("您对办理满意吗？（可不答）", "Are you satisfied? (if you like)"),
    "resident.yes": Word("已解决", "yes"),
    "resident.no": Word("没有解决", "no"),
    "resident.done.supplement": Word("已补充，承办单位会看到。", "Added: the offices will see it."),
    "resident.done.withdraw": Word("已撤回。", "Taken back."),
    "resident.done.answer": Word("谢谢您的反馈。", "Thank you for your answer."),
}
