"""The statutes that rows cite, and in short what the cited articles ask for. The text of the statute is what holds."""

from collections.abc import Mapping

from shared.refusals.words import Word, Words

STATUTES: Words = {
    "信访工作条例": Word("《信访工作条例》", "Regulations on Petition Work"),
    "个人信息保护法": Word("《中华人民共和国个人信息保护法》", "Personal Information Protection Law"),
    "治安管理处罚法": Word("《中华人民共和国治安管理处罚法》", "Public Security Administration Punishments Law"),
    "档案法": Word("《中华人民共和国档案法》", "Archives Law"),
    "行政强制法": Word("《中华人民共和国行政强制法》", "Administrative Compulsion Law"),
    "国办函〔2025〕66号": Word("国办函〔2025〕66号", "General Office of the State Council, letter 66 of 2025"),
    "国务院办公厅": Word("国务院办公厅通知", "Notice of the General Office of the State Council"),
    "综治中心": Word("综治中心工作规范", "Working rules of the governance centres"),
}
_P, _I, _S, _C, _A = "信访工作条例", "个人信息保护法", "治安管理处罚法", "行政强制法", "档案法"
SAYS: Mapping[tuple[str, str], Word] = {
    (_P, "22"): Word(
        "收到信访事项应当登记，区分情况在十五日内转送、交办；属本机关职权的应当受理。",
        "What comes in is registered, and passed on or assigned within fifteen days; what is one's own is taken up.",
    ),
    (_P, "23"): Word(
        "收到之日起十五日内书面告知是否受理；姓名、住址不清的除外。",
        "Within fifteen days it is told in writing whether it is taken up, unless name or address is unclear.",
    ),
    (_P, "23(3)"): Word(
        "不属于本机关职权范围的，应当自收到之日起五个工作日内提出异议并说明理由，经转送、交办机关核实同意后退还。",
        "An organ that is not competent objects within five working days, with reasons;"
        " it is given back once who sent it has verified that and consents.",
    ),
    (_P, "24"): Word(
        "对职权有争议的，由共同的上一级机关决定；没有共同上级的，由信访工作联席会议协调处理。",
        "Whose it is in a dispute is decided by the organ above both, or else by the joint conference.",
    ),
    (_P, "28(3)"): Word(
        "与信访事项或者信访人有直接利害关系的工作人员应当回避。",
        "Staff with a direct interest in the matter or in who reported it step back.",
    ),
    (_P, "30"): Word(
        "不得将信访人的检举、揭发材料及有关情况透露或者转给被检举、揭发的人员或者单位。",
        "Nothing of a complaint is shown or passed to whom it is about.",
    ),
    (_P, "31"): Word(
        "申诉求决类事项应当按诉讼、仲裁、行政复议等法定途径分类处理，并告知信访人。",
        "What is for courts, arbitration or reconsideration goes that way, and the reporter is told so.",
    ),
    (_P, "32"): Word(
        "调查核实后依法作出处理，出具处理意见书，写明请求、事实、意见和依据。",
        "After the inquiry an opinion is issued, with request, facts, decision and basis.",
    ),
    (_P, "34"): Word(
        "自受理之日起六十日内办结；情况复杂的，经本机关负责人批准可以延长，不超过三十日，并告知延期理由。",
        "It is decided within sixty days of being taken up; a complex one at most thirty days later,"
        " with the consent of the responsible person, and the reason is told.",
    ),
    (_I, "6"): Word(
        "处理个人信息应当具有明确、合理的目的，限于实现目的的最小范围。",
        "Personal data are used for a clear purpose and no further than it needs.",
    ),
    (_I, "34"): Word(
        "国家机关应当依照法定权限、程序处理个人信息，不得超出履行职责所必需的范围。",
        "State organs use personal data within their powers and procedures, and no further than the duty needs.",
    ),
    (_I, "47"): Word(
        "目的已实现、期限届满、撤回同意等情形，应当主动删除或者根据请求删除个人信息。",
        "Personal data are erased once the purpose or the time has ended, or the person asks for it.",
    ),
    (_I, "51"): Word(
        "采取加密、去标识化等安全措施，合理确定操作权限，防止未经授权的访问和泄露。",
        "Data are secured, by encryption and by who may do what, against access that nobody allowed.",
    ),
    (_A, "13"): Word(
        "对国家和社会具有保存价值的材料应当纳入归档范围。",
        "What is worth keeping for the state and society is filed in the archives.",
    ),
    (_S, "118"): Word(
        "鉴定、听证等期间不计入办案期限。", "The time of appraisals and hearings is not counted in the time to handle."
    ),
    (_C, "25"): Word(
        "查封、扣押的期间不包括检测、检验、检疫或者技术鉴定的期间；该期间应当明确，并书面告知当事人。",
        "The time of tests, inspections and appraisals is no part of that of a seizure; how long they take is fixed,"
        " and told in writing.",
    ),
}
"""By statute and article."""
HEADINGS: Words = {
    "按目录派单": Word(
        "按照公布的目录派单；目录不明确的，协商确定主办、协办单位；部门职责不得向基层转嫁。",
        "Assigned by the published catalogue; where that is unclear, lead and co-handlers are agreed on;"
        " a department's own duty is not pushed down.",
    ),
    "重复诉求合并办理": Word("重复诉求合并办理，分别回复。", "Duplicates are handled together, and each is answered."),
    "紧急事项即时转 110、119、120、122": Word(
        "紧急事项即时转 110、119、120、122。", "Emergencies go to 110, 119, 120 or 122 at once."
    ),
    "节假日安排": Word("工作日以年度节假日安排为准。", "Working days follow the yearly notice of holidays."),
    "分流交办": Word(
        "由中心分流交办，明确主办、协办单位和时限。", "The centre hands tasks on, naming lead, co-handlers and time."
    ),
}
