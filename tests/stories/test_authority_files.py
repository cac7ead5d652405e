"""An authority list is read from a table as offices keep it; what is written wrong goes on, to be told by its row."""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from services.directory.api.authority_list import LONGEST_LIST, ListForm
from shared.sheets import authorities
from shared.sheets.sheets import Unreadable

HEADER = ("序号", "乡镇街道", "事项", "区域", "依据", "生效日", "终止日")
READ = {
    "town": "跃进村街道办事处",
    "matter": "车辆乱停乱放",
    "area": "500104002",
    "basis": {"zh": "区级赋权清单", "en": ""},
    "valid_from": "2027-01-01",
    "valid_to": "",
}


def line(*days: str) -> tuple[str, ...]:
    return ("1", "跃进村街道办事处", "车辆乱停乱放", "500104002", "区级赋权清单", *days)


def written(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_rows_are_read_with_the_numbers_that_the_table_shows(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "a.csv", [HEADER, line("2027年1月1日", ""), ("",) * 7, line("20270101")], encoding)
    found = authorities.read(path)
    assert found.rows == ({"row": 2, **READ}, {"row": 4, **READ})
    assert found.unused == ("序号",)
    ListForm.model_validate({"rows": found.rows})


def test_a_workbook_is_read_with_its_days(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Town", "Matter", "Area", "Basis", "Basis EN", "From", "To"])
    days = [datetime(2027, 1, 1), datetime(2028, 1, 1)]
    sheet.append(["跃进村街道办事处", "车辆乱停乱放", 500104002, "区级赋权清单", "District list", *days])
    book.save(tmp_path / "a.xlsx")
    (row,) = authorities.read(tmp_path / "a.xlsx").rows
    basis = {"zh": "区级赋权清单", "en": "District list"}
    assert row == {"row": 2, **READ, "basis": basis, "valid_to": "2028-01-01"}


@pytest.mark.parametrize("day", ["明天", "2027-02-30", "2027-01-01 09:30"])
def test_what_is_no_day_goes_on_as_it_was_written(tmp_path: Path, day: str) -> None:
    (row,) = authorities.read(written(tmp_path / "a.csv", [HEADER, line("", day)])).rows
    assert (row["valid_from"], row["valid_to"]) == ("", day)


def test_no_cell_keeps_the_others_from_being_judged(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [HEADER, ("", "镇" * 5000, "", "", "", "x" * 5000, ""), line("", "")])
    found = authorities.read(path)
    assert [row.row for row in ListForm.model_validate({"rows": found.rows}).rows] == [2, 3]


@pytest.mark.parametrize(("gone", "title"), [(1, "town"), (2, "matter"), (3, "area"), (4, "basis")])
def test_a_table_without_a_needed_column_is_refused(tmp_path: Path, gone: int, title: str) -> None:
    path = written(tmp_path / "a.csv", [[name for place, name in enumerate(HEADER) if place != gone], ["x"] * 6])
    with pytest.raises(ValueError, match=f"no column {title}"):
        authorities.read(path)


def test_a_table_of_nothing_or_of_too_much_is_refused(tmp_path: Path) -> None:
    for count in (0, LONGEST_LIST + 1):
        with pytest.raises(Unreadable, match=f"there are {count}"):
            authorities.read(written(tmp_path / "a.csv", [HEADER, *[line("", "")] * count]))
    assert len(authorities.read(written(tmp_path / "a.csv", [HEADER, *[line("", "")] * LONGEST_LIST])).rows) == 2000
    with pytest.raises(Unreadable, match="empty"):
        authorities.read(written(tmp_path / "a.csv", []))
