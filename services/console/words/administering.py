"""The administrator's screens."""

from shared.refusals.words import Word, Words

WORDS: Words = {
    "administration.title": Word("系统管理", "Administration"),
}
