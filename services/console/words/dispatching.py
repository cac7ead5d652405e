"""What dispatchers decide by: suggestions, duplicates, the board of tasks."""

from shared.refusals.words import Word, Words

WORDS: Words = {
    "deciding.title": Word("分流", "Decide who acts"),
    "deciding.next": Word("下一件", "next in the queue"),
    "deciding.whole": Word("查看全案", "The whole case"),
    "deciding.suggested": Word("可由谁承办", "Who might act"),
    "deciding.suggested.lead": Word("仅供参考，由您决定", "Suggestions: you decide"),
    "deciding.acted": Word("（近期 {of} 件中主办 {n} 件）", "({n} of the last {of})"),
    "deciding.as_lead": Word("设为主办", "As lead"),
    "deciding.as_co": Word("加为协办", "As co-handler"),
    "deciding.offer": Word("交办", "Hand it on"),
    "deciding.in_turn": Word(
        "主办、协办单位同时收到交办；依次接办的单位在主办办毕后按所选顺序逐一收到。",
        "Lead and co-handlers get their tasks at once; those in turn one after the other, once the lead is done.",
    ),
    "deciding.hand_on": Word("分流交办", "Hand on"),
    "deciding.alike": Word("可能重复的案件", "Perhaps the same matter"),
    "deciding.alike.lead": Word(
        "同一事项、同一社区、前后三十天内", "Same matter, same community, within thirty days of it"
    ),
    "deciding.alike.none": Word("没有找到可能重复的案件。", "Nothing that seems to be the same."),
    "pair.title": Word("两案对照", "Side by side"),
    "pair.open": Word("对照", "Compare"),
    "pair.this": Word("本案", "This case"),
    "pair.that": Word("另一案件", "The other case"),
    "pair.none": Word("这两件案件目前不能合并或关联。", "These two cannot be merged or linked now."),
    "pair.merge_into": Word("本案并入另一案件", "Merge this one into the other"),
    "pair.merge_into.note": Word(
        "本案反映人将看到“与他人反映的同一事项合并办理”，以后由另一案件答复，每位反映人仍会得到回复；可以撤销。",
        "Reporters of this case read that it is handled together with another report of the same matter;"
        " the other case answers each of them from now on. It can be undone.",
    ),
    "pair.merge_here": Word("另一案件并入本案", "Merge the other one into this"),
    "pair.merge_here.note": Word(
        "另一案件的反映人将看到“与他人反映的同一事项合并办理”，以后由本案答复，已向其交办的任务随之收回；可以撤销。",
        "Reporters of the other case read that it is handled together with this one, which answers from now on;"
        " its tasks are taken back. It can be undone.",
    ),
    "pair.link": Word("仅作关联", "Only link them"),
    "pair.link.note": Word(
        "两案各自办理、各自答复，反映人不会收到任何通知；可以解除。",
        "Both go on and answer on their own; reporters are told nothing. The link can be removed.",
    ),
    "lanes.title": Word("分工看板", "Tasks by office"),
    "lanes.lead": Word(
        "把任务拖到另一单位即可转办，也可用任务上的转办按钮",
        "Drag a task to another office to pass it on, or use its button",
    ),
    "lanes.empty": Word("没有未办结的交办", "No open task"),
    "lanes.empty.text": Word("交办后会实时出现在这里。", "Tasks that are handed on appear here at once."),
    "lanes.open": Word("共 {n} 项", "{n} open"),
    "lanes.none": Word("没有未办结的任务", "No open task"),
    "lanes.more": Word("还有 {n} 项", "{n} more"),
    "lanes.menu": Word("转给其他单位", "Pass to another office"),
    "lanes.add": Word("添加单位", "Add an office"),
    "lanes.refused": Word("不能转给{name}：{why}", "Cannot be passed to {name}: {why}"),
    "lanes.pass_to": Word("转办给{name}", "Pass on to {name}"),
    "lanes.again": Word("收回并改派给{name}", "Take back and offer to {name}"),
    "field.in_turn": Word("依次接办的单位", "In turn, once the lead is done"),
    "note.unlink": Word(
        "两案不再互相关联，反映人不会收到通知。", "They are linked no more; reporters are told nothing."
    ),
    "step.unlink_case": Word("解除关联", "Remove the link"),
}
