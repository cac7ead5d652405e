"""What the index holds of a text: keyed marks of its words, of where it belongs, and of its part of the log."""

from collections.abc import Iterator

from shared.contents.vault import Vault
from shared.contents.words import marks_of

AREA_LENGTHS = (9, 12, 14)
"""Subdistrict, community, grid: GB/T 10114 codes, which are prefixes of each other."""
PART_BITS = (12, 16, 20)
"""The log in parts of 4,096, of 65,536 and of 1,048,576 positions."""


def words_marks(vault: Vault, words: tuple[str, ...]) -> Iterator[int]:
    return map(vault.mark, marks_of(words))


def area_marks(vault: Vault, area: str) -> Iterator[int]:
    for length in AREA_LENGTHS:
        if length <= len(area):
            yield area_mark(vault, area[:length])


def has_mark(area: str) -> bool:
    return len(area) in AREA_LENGTHS


def area_mark(vault: Vault, area: str) -> int:
    return tag_mark(vault, "area", area)


def category_mark(vault: Vault, category: str) -> int:
    return tag_mark(vault, "category", category)


def office_mark(vault: Vault, department: str) -> int:
    return tag_mark(vault, "office", department)


def tag_mark(vault: Vault, kind: str, code: str) -> int:
    """No word has a NUL in it, so none is like these."""
    return vault.mark(f"\0{kind} {code}")


def part_marks(vault: Vault, position: int) -> Iterator[int]:
    for level, bits in enumerate(PART_BITS):
        yield part_mark(vault, level, position >> bits)


def part_mark(vault: Vault, level: int, number: int) -> int:
    return vault.mark(f"\0part {level} {number}")
