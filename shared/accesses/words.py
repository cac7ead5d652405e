"""What was opened or taken away, and what for, in words."""

from shared.refusals.words import Word, Words

WHAT: Words = {
    "case": Word("案件", "the case"),
    "timeline": Word("办理经过", "its timeline"),
    "links": Word("关联案件", "its links"),
    "content": Word("文字或者附件", "a text or file"),
    "report": Word("反映件", "the report"),
    "similar": Word("相似的反映件", "similar reports"),
    "matter": Word("单位承办的事项", "an office's matter"),
    "history": Word("全部事实", "all its facts"),
    "state": Word("某一时刻的原貌", "its state at a time"),
    "knew": Word("何时何单位已知情", "who knew what then"),
    "film": Word("逐步重放", "its film"),
    "differences": Word("两个时刻的差异", "two moments compared"),
    "causes": Word("前因后果", "causes and effects"),
    "bundle": Word("证明包", "its bundle of proofs"),
    "certificate": Word("存证证明", "its certificate"),
    "cases": Word("案件清单", "the list of cases"),
    "log": Word("事实日志", "the log"),
    "facts": Word("事实检索结果", "facts by search"),
    "entries": Word("日志条目", "entries of the log"),
    "proofs": Word("附证明的日志条目", "entries of the log with proofs"),
    "archive": Word("归档文件", "an archive of the log"),
    "accesses": Word("查阅记录", "who looked"),
}
PURPOSES: Words = {
    "contact": Word("与反映人联系", "to contact the reporter"),
    "verify": Word("核实情况", "to verify"),
    "notify": Word("告知办理情况", "to tell the reporter"),
    "legal_duty": Word("履行法定职责", "for a duty laid down by law"),
}
