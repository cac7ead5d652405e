"""The auditor's screens."""

from shared.refusals.words import Word, Words

WORDS: Words = {
    "log.title": Word("审计日志", "Log"),
    "accesses.title": Word("查阅记录", "Who looked"),
    "proof.title": Word("核验", "Proof"),
}
