"""Official words for codes, in Chinese and English. Each service has a table of its own beside its model."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Word(NamedTuple):
    zh: str
    en: str

    def said(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


Words = Mapping[str, Word]


class Named(str):
    """A code that brings its words along: programs see the code, people read the word."""

    word: Word

    def __new__(cls, code: str, word: Word) -> "Named":
        named = super().__new__(cls, code)
        named.word = word
        return named


def named(words: Words, code: str) -> str:
    """The code itself where there is no word for it."""
    return Named(code, words[code]) if code in words else code


ROLES: Words = {
    "resident": Word("反映人", "resident"),
    "clerk": Word("窗口受理员", "clerk"),
    "grid_worker": Word("网格员", "grid worker"),
    "dispatcher": Word("综治中心调度员", "dispatcher"),
    "handler": Word("承办人", "handler"),
    "supervisor": Word("督办人", "supervisor"),
    "auditor": Word("审计员", "auditor"),
    "messenger": Word("平台取件服务", "messenger between services"),
    "administrator": Word("系统管理员", "administrator"),
    "system": Word("单位业务系统", "department's system"),
    "service": Word("本平台服务", "service of the platform"),
}
READING: Words = {
    "read": Word("查看", "read"),
    "read_report": Word("查看反映件", "read a report"),
    "erase_reporter": Word("删除反映人信息", "erase a reporter"),
    "operate": Word("运行维护", "operate"),
}
LAWFUL_ROUTES: Words = {
    "litigation": Word("向人民法院起诉", "bring it before the people's court"),
    "arbitration": Word("向仲裁机构申请仲裁", "apply for arbitration"),
    "petition": Word("向信访部门提出信访事项", "petition the petition office"),
    "reconsideration": Word("依法申请行政复议", "apply for administrative reconsideration"),
    "other": Word("按告知的其他法定途径办理", "take the other lawful route named in the reason"),
}
"""Where somebody can take a matter that is refused."""
THINGS: Words = {
    "account": Word("账号", "account"),
    "area": Word("区域", "area"),
    "case": Word("案件", "case"),
    "fact": Word("事实", "fact"),
    "tile": Word("哈希块", "tile"),
    "category": Word("事项类别", "matter"),
    "clock": Word("时限", "clock"),
    "content": Word("内容", "content"),
    "decision on this record": Word("对该记录的处理决定", "decision on this record"),
    "exclusion": Word("扣除时段", "time left out"),
    "file": Word("文件", "file"),
    "filter": Word("筛选条件", "filter"),
    "handoff": Word("交办", "hand-off"),
    "hole": Word("缺口", "hole"),
    "key": Word("密钥", "key"),
    "login": Word("登录名", "login"),
    "parked fact": Word("待处理的事实", "parked fact"),
    "officer": Word("任职人员", "officer"),
    "receipt": Word("回执", "receipt"),
    "record": Word("记录", "record"),
    "report": Word("反映件", "report"),
    "reporter": Word("反映人", "reporter"),
    "task": Word("承办事项", "task"),
    "database": Word("数据库", "the database"),
    "directory": Word("基础目录", "the directory"),
    "identity provider": Word("身份认证服务", "the identity provider"),
    "key of this content": Word("该内容的密钥", "the key of this content"),
    "service": Word("本服务", "this service"),
    "signing key": Word("签名密钥", "the signing key"),
}
SIGNING_IN: Words = {
    reason: Word(zh, reason)
    for reason, zh in {
        "no token": "未提供访问令牌",
        "a Bearer token is expected": "应提供 Bearer 访问令牌",
        "issued by or for somebody else": "访问令牌不是为本服务签发的",
        "not an access token": "提供的不是访问令牌",
        "the token does not hold": "访问令牌无效",
        "the token has expired or is not valid yet": "访问令牌已过期或尚未生效",
        "the token names nobody": "访问令牌未指明使用人",
        "the token's times are not of their form": "访问令牌的时间格式不正确",
    }.items()
}
FIELDS: Words = {
    name: Word(zh, name)
    for name, zh in {
        "Idempotency-Key": "幂等键",
        "If-Match": "版本标识",
        "Tracking-Code": "查询码",
        "accept": "当场受理",
        "agreed": "是否达成一致",
        "circle": "知悉范围",
        "days_off": "放假日",
        "days_worked": "调休上班日",
        "disputed": "有争议的交办",
        "follow_up": "回访期限",
        "ground": "事由",
        "handoffs": "交办",
        "invited": "参加单位",
        "offers": "拟交办事项",
        "officer": "任职人员",
        "other": "另一案件",
        "paper": "材料",
        "question": "会商事项",
        "since": "起始时间",
        "statement": "意见",
        "tasks": "交办任务",
        "index": "日志序号",
        "old": "较早的长度",
        "path": "路径",
        "person": "查阅人",
        "position": "位置",
        "size": "长度",
        "actor": "操作人",
        "address": "地址",
        "after": "起始位置",
        "answerable": "责任单位",
        "approver": "批准人",
        "area": "区域",
        "as_of": "预览时的清单版本",
        "at": "时间",
        "attachments": "附件",
        "basis": "依据",
        "asked_with": "回访结果",
        "body": "请求内容",
        "case": "案件",
        "case_id": "案件",
        "category": "事项类别",
        "cause": "原因类型",
        "channel": "来源渠道",
        "client_id": "系统标识",
        "closing_reason": "办结结果",
        "co_handlers": "协办单位",
        "code": "编码",
        "complained_of": "被反映的单位",
        "consent": "退回须经同意",
        "colour": "时限颜色",
        "conclusion": "会商结论",
        "consultation_id": "会商编号",
        "content_id": "内容编号",
        "current": "现密码",
        "cursor": "翻页位置",
        "days": "天数",
        "dealt_with": "已处理",
        "department": "单位",
        "due_before": "到期时间早于",
        "duty": "法定职责单位",
        "en": "英文名称",
        "excludes": "扣除时段",
        "extension": "延期规定",
        "extension_asked": "申请延期",
        "file": "文件",
        "format": "文件格式",
        "from": "起始时间",
        "governance": "治理类型",
        "grounds": "理由",
        "handling": "办理时限",
        "handoff_id": "交办编号",
        "holder": "任职人",
        "id": "编号",
        "ids": "编号列表",
        "if-none-match": "版本标识",
        "into": "并入的案件",
        "key": "案件或记录",
        "kind": "种类",
        "kid": "密钥编号",
        "lane": "通道",
        "lapse": "逾期含义",
        "lead": "主办单位",
        "ladder": "逾期上报层级",
        "least": "最短余期",
        "length": "时长",
        "level": "层级",
        "limit": "每页条数",
        "list": "列表",
        "longest": "最长延期",
        "look_again_at": "再次查看的时间",
        "matter": "事项",
        "meeting": "会议",
        "name": "名称",
        "needs_offer": "待交办",
        "net": "所属网",
        "new": "新密码",
        "note": "办理情况",
        "notice": "告知义务",
        "number": "序号",
        "offset": "位置",
        "on": "日期",
        "open": "未了结",
        "opened_from": "登记起始时间",
        "opened_to": "登记截止时间",
        "opinion": "处理意见",
        "overdue": "是否逾期",
        "parent": "上级单位",
        "part": "主办或协办",
        "partition": "分区",
        "parts_waiting": "下级待核实",
        "password": "密码",
        "phone": "电话",
        "policy": "是否为地方规定",
        "prefer": "等待要求",
        "problem": "问题",
        "purpose": "查询目的",
        "q": "搜索内容",
        "query": "关键词",
        "reason": "理由",
        "receipt_no": "回执编号",
        "ref": "编号",
        "replaces": "接替的交办",
        "report_id": "反映件编号",
        "reporter": "反映人",
        "result": "办理结果",
        "return_asked": "申请退回",
        "revoke_missing": "收回清单中没有的事项",
        "right": "是否为权利期限",
        "role": "岗位",
        "route": "法定途径",
        "rule": "时限",
        "row": "行号",
        "rows": "清单各行",
        "satisfied": "是否满意",
        "saved": "已保存的筛选条件",
        "service": "业务系统",
        "silence": "逾期未答复视为",
        "solved": "是否解决",
        "sort": "排序",
        "source": "来源",
        "starts_on": "起算事由",
        "status": "状态",
        "stops_on": "终止事由",
        "text": "反映内容",
        "to": "去向",
        "topic": "主题",
        "town": "镇街",
        "type": "类型",
        "unit": "计时单位",
        "unanswered": "待表明意见",
        "until": "截止时间",
        "username": "登录名",
        "valid_from": "生效日",
        "valid_to": "终止日",
        "waiting_for": "等待的事项",
        "warn_at": "预警点",
        "why": "原因",
        "written_from": "填写起始时间",
        "written_to": "填写截止时间",
        "with_whom": "已上报至",
        "workflow": "办理流程",
        "zh": "中文名称",
    }.items()
}
"""What callers fill in, for the Chinese messages; the English ones name the field as it is called."""
