"""What the codes in intake's facts are called."""

from shared.refusals.words import Word, Words

CHANNELS: Words = {
    "web": Word("网站", "website"),
    "mobile": Word("手机端", "mobile"),
    "hotline": Word("热线", "hotline"),
    "110_transfer": Word("110移交", "transferred from 110"),
    "visit": Word("来访", "visit"),
    "letter": Word("来信", "letter"),
    "meeting": Word("会议", "meeting"),
    "patrol": Word("网格巡查", "patrol of the grid"),
    "volunteer": Word("志愿者", "volunteer"),
    "open311": Word("开放接口", "Open311"),
    "spreadsheet": Word("表格导入", "spreadsheet"),
}
