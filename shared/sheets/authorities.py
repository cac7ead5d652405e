"""The rows of an authority list (赋权清单), numbered as a spreadsheet program shows them. Directory judges them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.sheets import sheets
from shared.sheets.columns import Columns
from shared.sheets.dates import occurred
from shared.sheets.sheets import Unreadable

LONGEST_LIST, LONGEST_TEXT, LONGEST_DAY = 2000, 1000, 40
"""Rows of a list, characters of a text and of a day: more is no list that an office keeps."""
NEEDED = ("town", "matter", "area", "basis")
TITLES: Mapping[str, tuple[str, ...]] = {
    "town": ("town", "department", "乡镇街道", "镇街", "乡镇", "街道", "承接单位", "赋权对象"),
    "matter": ("matter", "category", "事项", "赋权事项", "事项名称", "事项类别", "类别"),
    "area": ("area", "区域", "适用区域", "辖区"),
    "basis": ("basis", "依据", "赋权依据"),
    "basis_en": ("basis_en", "英文依据", "依据英文"),
    "valid_from": ("valid_from", "from", "生效日", "生效日期"),
    "valid_to": ("valid_to", "to", "终止日", "终止日期"),
}
FIRST_ROW = 2


@dataclass(frozen=True)
class AuthorityList:
    """`rows` as directory takes them; `unused`: columns that mean nothing here."""

    rows: tuple[dict[str, Any], ...]
    unused: tuple[str, ...]


def read(path: Path) -> AuthorityList:
    """Raises Unreadable, ValueError, OSError."""
    found = sheets.rows(path)
    header = next(found, None)
    if header is None:
        raise Unreadable("the file is empty")
    columns = Columns.of(header, TITLES, NEEDED)
    filled = [(number, row) for number, row in enumerate(found, FIRST_ROW) if any(cell.strip() for cell in row)]
    if not 1 <= len(filled) <= LONGEST_LIST:
        raise Unreadable(f"1 to {LONGEST_LIST} rows are taken, there are {len(filled)}")
    return AuthorityList(tuple(_row(number, columns, row) for number, row in filled), columns.unused)


def _row(number: int, columns: Columns, row: Sequence[str]) -> dict[str, Any]:
    """What nobody could have meant is cut where directory takes no more; that refuses it by its number."""
    given = {name: text[:LONGEST_TEXT] for name, text in columns.values(row).items()}
    return {
        "row": number,
        **{name: given.get(name, "") for name in ("town", "matter", "area")},
        "basis": {"zh": given.get("basis", ""), "en": given.get("basis_en", "")},
        **{name: _day(given.get(name, "")) for name in ("valid_from", "valid_to")},
    }


def _day(text: str) -> str:
    """A day in the form that directory reads; anything else as it was written."""
    try:
        day, _, time = occurred(text).partition(" ")
    except ValueError:
        return text[:LONGEST_DAY]
    return day if time in ("", "00:00") else text[:LONGEST_DAY]
