"""What the codes in dispatch's facts are called."""

from shared.refusals.words import Word, Words

HANDOFF_STATES: Words = {
    "new": Word("未交办", "not offered"),
    "planned": Word("待前序办结", "planned"),
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
REASONS: Words = {
    "dispute": Word("管辖争议", "dispute of competence"),
    "complex": Word("疑难复杂事项", "complex matter"),
}
POSITIONS: Words = {
    "ours": Word("属本单位职责", "ours"),
    "shared": Word("与其他单位共同负责", "shared with others"),
    "not_ours": Word("不属本单位职责", "not ours"),
    "other": Word("其他意见", "another view"),
}
GROUNDS: Words = {
    "hearing": Word("听证", "hearing"),
    "appraisal": Word("鉴定", "appraisal"),
    "inspection": Word("检验检测", "test or inspection"),
    "expert_review": Word("专家评审", "review by experts"),
    "service": Word("文书送达在途", "papers on their way"),
    "public_notice": Word("公告", "public notice"),
}
"""Why time is left out of a clock whose rule says so."""
CLOSING: Words = {
    "solved": Word("已解决", "solved"),
    "partly_solved": Word("部分解决", "partly solved"),
    "cannot_be_solved_now": Word("暂无法解决", "cannot be solved now"),
    "no_competence": Word("不属于职权范围", "no competence"),
    "withdrawn": Word("反映人撤回", "withdrawn"),
}
LINKS: Words = {
    "same_matter": Word("同一事项", "same matter"),
    "caused_by": Word("由其引发", "caused by"),
    "causes": Word("引发", "causes"),
    "child": Word("分出的案件", "split off"),
    "parent": Word("分自该案", "split from"),
}
ASKED: Words = {
    "solved": Word("已解决", "solved"),
    "not_solved": Word("未解决", "not solved"),
    "not_reached": Word("未联系上", "not reached"),
    "anonymous": Word("匿名，无法回访", "anonymous"),
}
"""What came of asking the reporter."""
QUEUED: Words = {
    "no_rule": Word("交办目录中没有对应的规则", "no rule of the catalogue fits"),
    "several_rules": Word("交办目录中有多条规则", "several rules of the catalogue fit"),
    "complained_of": Word("应承办的单位系被反映的单位", "the office that would act is complained of"),
    "outside_circle": Word("应承办的单位不在知悉范围内", "the office that would act may not know of the matter"),
    "department_gone": Word("目录所列单位已不存在", "a department that the catalogue names is gone"),
    "unmerged": Word("撤销并案后重新分流", "it was merged into another case and has been parted from it"),
}
"""Why nobody could be found by the catalogue."""
RECUSED_FOR: Words = {
    "kinship": Word("近亲属关系", "kinship"),
    "interest": Word("利害关系", "an interest"),
    "took_part": Word("曾参与办理", "took part before"),
    "other": Word("其他事由", "another ground"),
}
REOPENED_FOR: Words = {
    "not_solved": Word("反映人表示未解决", "not solved, says the reporter"),
    "new_facts": Word("出现新情况", "new facts"),
    "supervision": Word("督办要求", "by supervision"),
}
ASKED_BY: Words = {
    "visit": Word("上门", "at a visit"),
    "phone": Word("电话", "by telephone"),
    "message": Word("短信", "by message"),
    "reporter": Word("反映人自行反馈", "on their own"),
}
LEVELS: Words = {"1": Word("黄色", "yellow"), "2": Word("红色", "red")}
"""Of a clock's warnings."""
NO_LAPSE: Words = {
    "answered_in_time": Word("实际已按时答复", "it had been answered in time"),
    "extended_in_time": Word("实际已按时延期", "it had been extended in time"),
    "recounted": Word("按放假安排重新计算后未逾期", "not late by the notice of days off"),
    "excluded": Word("扣除时段后未逾期", "not late without the time left out"),
}
"""Why a lapse that was told was none."""
DECIDED_BY: Words = {
    "agreement": Word("各方一致", "agreed by all"),
    "centre": Word("由中心决定", "decided by the centre"),
    "arbiter": Word("经裁定", "decided by the arbiter"),
}
