"""Which versions of its procedures dispatch knows: what a fact, and the directory, call by number."""

from collections.abc import Mapping

from shared.refusals.words import Word

WORKFLOWS: Mapping[int, Word] = {
    1: Word("先核实、后回访", "verified, then asked"),
    2: Word("先回访、后核实", "asked, then verified"),
}
