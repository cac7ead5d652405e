"""What forms ask for, and what has to be known before a step."""

from shared.refusals.words import Word, Words

_FIELDS: Words = {
    "reason": Word("理由", "Reason"),
    "department": Word("单位", "Department"),
    "part": Word("承担", "Part"),
    "replaces": Word("接替哪一项交办", "Takes the place of"),
    "after": Word("在哪一项办毕之后", "Once this is done"),
    "lead": Word("主办单位", "Lead"),
    "co_handlers": Word("协办单位", "Co-handlers"),
    "outcome": Word("回访结果", "What the reporter says"),
    "satisfied": Word("是否满意", "Satisfied"),
    "closing_reason": Word("办结结果", "How it ended"),
    "reopening": Word("重新办理的原因", "Why it is taken up again"),
    "grounds": Word("具体情况", "In detail"),
    "waiting_for": Word("等待事项", "What it waits for"),
    "look_again_at": Word("再次查看的时间", "To be looked at again"),
    "route": Word("法定途径", "Lawful route"),
    "into": Word("并入的案件", "Into which case"),
    "link": Word("另一案件与本案的关系", "What the other case is to this one"),
    "other": Word("另一案件", "The other case"),
    "recusal": Word("回避事由", "Ground"),
    "consultation": Word("会商原因", "Why"),
    "question": Word("会商事项", "What is to be settled"),
    "invited": Word("参加单位", "Who is invited"),
    "disputed": Word("有争议的交办", "Tasks in dispute"),
    "note": Word("办理情况", "What was done"),
    "order": Word("交办要求", "What is to be done"),
    "result": Word("办理结果", "Result"),
    "days": Word("延期天数", "Days more"),
    "ground": Word("扣除事由", "Ground"),
    "since": Word("起始时间", "Since"),
    "paper": Word("证明材料（文号）", "The paper that shows it"),
    "position": Word("本单位意见", "Our position"),
    "statement": Word("理由和意见", "Why"),
    "conclusion": Word("会商结论", "Conclusion"),
    "opinion": Word("处理意见", "Opinion"),
    "category": Word("事项类别", "Matter"),
    "area": Word("所在网格", "Grid"),
    "complained_of": Word("被反映的单位", "Department complained of"),
    "emergency": Word("紧急电话", "Emergency number"),
    "followed_up_by": Word("回访方式", "Asked by"),
}
_CHOICES: dict[str, Words] = {
    "part": {"lead": Word("主办", "lead"), "co": Word("协办", "co-handler")},
    "outcome": {
        "solved": Word("已解决", "solved"),
        "not_solved": Word("未解决", "not solved"),
        "not_reached": Word("未联系上", "not reached"),
        "anonymous": Word("匿名，无法回访", "anonymous"),
    },
    "satisfied": {"yes": Word("满意", "yes"), "no": Word("不满意", "no")},
    "closing_reason": {
        "solved": Word("已解决", "solved"),
        "partly_solved": Word("部分解决", "partly solved"),
        "cannot_be_solved_now": Word("目前无法解决", "cannot be solved now"),
        "no_competence": Word("不属职权范围", "no competence"),
    },
    "reopening": {
        "not_solved": Word("反映人表示未解决", "the reporter says it is not solved"),
        "new_facts": Word("出现新情况", "new facts"),
        "supervision": Word("督办要求", "supervision asks for it"),
    },
    "route": {
        "litigation": Word("诉讼", "litigation"),
        "arbitration": Word("仲裁", "arbitration"),
        "petition": Word("信访", "petition"),
        "reconsideration": Word("行政复议", "administrative reconsideration"),
        "other": Word("其他", "other"),
    },
    "link": {
        "same_matter": Word("同一事项", "the same matter"),
        "caused_by": Word("引发了本案", "it caused this one"),
        "causes": Word("由本案引发", "this one caused it"),
    },
    "recusal": {
        "kinship": Word("近亲属关系", "kinship"),
        "interest": Word("利害关系", "interest"),
        "took_part": Word("参与过此事", "took part"),
        "other": Word("其他可能影响公正的情形", "other"),
    },
    "consultation": {
        "dispute": Word("管辖有争议", "competence is disputed"),
        "complex": Word("情况复杂", "complex"),
    },
    "ground": {
        "hearing": Word("听证", "hearing"),
        "appraisal": Word("鉴定", "appraisal"),
        "inspection": Word("检验检测", "inspection"),
        "expert_review": Word("专家评审", "expert review"),
        "service": Word("送达", "service"),
        "public_notice": Word("公告", "public notice"),
    },
    "position": {
        "ours": Word("属我单位职责", "ours"),
        "shared": Word("共同负责", "shared"),
        "not_ours": Word("不属我单位职责", "not ours"),
        "other": Word("其他意见", "other"),
    },
    "emergency": {code: Word(code, code) for code in ("110", "119", "120", "122")},
    "followed_up_by": {
        "visit": Word("上门", "visit"),
        "phone": Word("电话", "phone"),
        "message": Word("短信", "message"),
    },
}
_NOTES: Words = {
    "follow_up": Word(
        "“未解决”将重新办理此案，原承办单位在剩余时限内继续办理。", "“Not solved” reopens the case; the offices go on."
    ),
    "refuse_case": Word(
        "反映人会看到理由和法定途径。此操作办结案件。",
        "The reporter reads the reason and the route. This ends the case.",
    ),
    "merge": Word(
        "本案并入后由另一案件答复，每位反映人仍会得到回复；可以撤销。",
        "The other case answers from now on, to every reporter; this can be undone.",
    ),
    "split": Word(
        "分出的部分成为另一案件，本案在其办结后才能办结。",
        "A part becomes a case of its own; this one is closed after it.",
    ),
    "recuse": Word("提交后您将不再能看到此案。", "You will not see this case any more."),
    "complete": Word(
        "核实后，办理结果原文会告知反映人，请勿写入无关人员信息。",
        "Once verified, the reporter reads these very words: name nobody who has no part in it.",
    ),
    "return": Word(
        "须在异议期内说明不属本单位职责的依据；需经同意的，由中心核实。",
        "Within the time to object, and with the basis; where the rule asks for it the centre has to consent.",
    ),
    "exclusion": Word("该时段不计入办理时限，须有材料证明。", "The clock stands still for it; a paper has to show it."),
    "verify": Word("全部核实后进入回访。", "Once all are verified the reporter is asked."),
    "dispute": Word(
        "提出后由中心召集会商，会商结论具有约束力。", "The centre then calls a consultation, whose conclusion binds."
    ),
    "conclude": Word(
        "结论具有约束力，据此交办的单位不得退回。", "It binds: what it gives to a department cannot be returned."
    ),
    "accept_report": Word("受理后成为案件，按目录自动分流。", "It becomes a case and is routed by the catalogue."),
}
WORDS: Words = {
    **{f"field.{name}": word for name, word in _FIELDS.items()},
    **{f"choice.{name}.{code}": word for name, words in _CHOICES.items() for code, word in words.items()},
    **{f"note.{name}": word for name, word in _NOTES.items()},
}
