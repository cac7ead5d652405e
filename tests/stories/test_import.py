"""A table of reports is registered row by row: good ones once, bad ones told by number and reason."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from deploy.cli import import_
from deploy.imports.reports import Faulty, Keys, Names, report_of
from deploy.scenarios.calls import Declined
from shared.sheets import sheets
from shared.sheets.columns import CHANNELS, Columns, guarded, unguarded
from shared.sheets.sheets import Unreadable
from tests.stories.conftest import Theatre

HEADER = ("类别", "网格", "反映内容", "渠道", "发生时间", "姓名", "联系电话")
NAMES = Names(
    {"sanitation.garbage": "sanitation.garbage", "垃圾清运": "sanitation.garbage"},
    {"50010400200301": "50010400200301", "东正社区第一网格": "50010400200301"},
    {"区交通局": "transport_bureau"},
)
FORMULA = "=cmd|' /C calc'!A0"


def row(text: str, **changed: str) -> tuple[str, ...]:
    fields = {
        "类别": "垃圾清运",
        "网格": "东正社区第一网格",
        "反映内容": text,
        "渠道": "网格巡查",
        "发生时间": "2021-03-05",
        "姓名": "赵某某",
        "联系电话": "199-0000-0007",
        **changed,
    }
    return tuple(fields[name] for name in HEADER)


def written(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def body(*values: tuple[str, str]) -> dict[str, object]:
    given = {"category": "垃圾清运", "area": "东正社区第一网格", "text": "桶满了", **dict(values)}
    return report_of(given, NAMES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_the_encoding_it_has(tmp_path: Path, encoding: str) -> None:
    rows = [row("楼下垃圾桶满了，“三天”没清运。"), row("第一行\n第二行")]
    path = written(tmp_path / "a.csv", rows, encoding)
    assert list(sheets.rows(path)) == [HEADER, *rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_with_the_delimiter_it_has(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"类别{delimiter}网格{delimiter}内容\n垃圾清运{delimiter}一{delimiter}满了\n", encoding="utf-8")
    assert list(sheets.rows(path)) == [("类别", "网格", "内容"), ("垃圾清运", "一", "满了")]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xff\x00\x01\xff")
    with pytest.raises(Unreadable, match="neither UTF-8 nor GB18030"):
        list(sheets.rows(path))


def test_a_file_is_read_up_to_the_row_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('类别,网格,内容\na,b,c\na,b,"c"d\n', encoding="utf-8")
    found = sheets.rows(path)
    assert [next(found), next(found)] == [("类别", "网格", "内容"), ("a", "b", "c")]
    with pytest.raises(Unreadable, match="row 3"):
        next(found)


def test_a_workbook_says_what_its_cells_show(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["类别", "网格", "电话", "时间", "内容", "空"])
    sheet.append(["垃圾清运", 50010400200301, 19900000007.0, datetime(2021, 3, 5, 9, 30), "=1+1", None])
    book.save(tmp_path / "a.xlsx")
    assert list(sheets.rows(tmp_path / "a.xlsx"))[1] == (
        *("垃圾清运", "50010400200301", "19900000007", "2021-03-05 09:30"),
        *("", ""),  # nobody has calculated the formula yet
    )


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("类别,网格,内容\n")
    with pytest.raises(Unreadable, match="not an XLSX file"):
        list(sheets.rows(tmp_path / "a.xlsx"))


def test_columns_are_known_by_chinese_and_english_names() -> None:
    chinese = Columns.of(["序号", "*类别", "所属网格", " 反映内容 ", "手机号"])
    assert chinese.places == {"category": 1, "area": 2, "text": 3, "reporter_phone": 4}
    assert chinese.unused == ("序号",)
    english = Columns.of(["Reporter Name", "category", "Area", "TEXT"])
    assert english.values(["Zhao", " parking ", "1", ""]) == {
        "reporter_name": "Zhao",
        "category": "parking",
        "area": "1",
    }


@pytest.mark.parametrize(
    ("header", "why"), [(["类别", "内容"], "no column area"), (["类别", "网格", "内容", "区域"], "both 'area'")]
)
def test_a_table_whose_columns_do_not_do_is_refused(header: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Columns.of(header)


def test_a_row_becomes_the_request_of_a_report() -> None:
    told = body(("channel", "网格巡查"), ("occurred", "2021-03-05"), ("complained_of", "区交通局"), ("meeting", "M07"))
    assert told == {
        "category": "sanitation.garbage",
        "area": "50010400200301",
        "text": "桶满了\n发生时间：2021-03-05",
        "channel": "patrol",
        "complained_of": "transport_bureau",
        "meeting": "m07",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "没有的类别"),
        ("area", "第九网格"),
        ("text", ""),
        ("text", "字" * 5001),
        ("text", "a\x07b"),
        ("channel", "飞鸽"),
        ("complained_of", "无此局"),
        ("reporter_name", "只有姓名"),
        ("reporter_phone", "199-0000-0007"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_without_what_was_written(field: str, value: str) -> None:
    with pytest.raises(Faulty) as fault:
        body((field, value))
    assert str(fault.value).startswith(field.removeprefix("reporter_")[:4] if field[:8] != "reporter" else "reporter")
    assert not value or value not in str(fault.value)


def test_every_fault_of_a_row_is_told_at_once() -> None:
    with pytest.raises(Faulty) as fault:
        body(("category", "没有的"), ("channel", "飞鸽"), ("occurred", "昨天"), ("reporter_name", "只有姓名"))
    assert [each.partition(":")[0] for each in fault.value.faults] == ["category", "occurred", "channel", "reporter"]


def test_a_channel_by_telephone_is_known_and_an_unknown_one_is_told_what_is_accepted() -> None:
    assert body(("channel", "电话"))["channel"] == "hotline"
    with pytest.raises(Faulty, match=r"可填：.*电话.*accepted: .*hotline"):
        body(("channel", "飞鸽"))
    for word, code in CHANNELS.items():
        assert body(("channel", word))["channel"] == body(("channel", code))["channel"] == code


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2021-03-05", "2021-03-05"),
        ("2021/3/5", "2021-03-05"),
        ("2021.3.5", "2021-03-05"),
        ("2021年3月5日", "2021-03-05"),
        ("20210305", "2021-03-05"),
        ("2021-03-05 09:30", "2021-03-05 09:30"),
        ("2021-03-05T09:30:00+08:00", "2021-03-05 09:30"),
        ("2021年3月5日9时30分", "2021-03-05 09:30"),
        ("2021年3月5日下午3点", "2021-03-05 15:00"),
    ],
)
def test_a_time_is_read_in_the_forms_that_people_write(written: str, kept: str) -> None:
    assert body(("occurred", written))["text"] == f"桶满了\n发生时间：{kept}"


@pytest.mark.parametrize("written", ["昨天", "2021-02-30", "2021-13-01", "3月5日", "2021-03-05 25:00", "2021", "x"])
def test_what_is_no_time_is_refused_with_the_forms_that_are(written: str) -> None:
    with pytest.raises(Faulty, match=r"occurred: .*2021-03-05"):
        body(("occurred", written))


def test_a_missing_column_is_told_with_every_title_that_would_do() -> None:
    with pytest.raises(ValueError, match=r"no column category .*类别、事项类别.*no column area .*网格.*所属网格"):
        Columns.of(["内容"])


def test_rows_keep_their_keys_when_they_are_moved_and_equal_rows_have_their_own() -> None:
    one, other = {"text": "a", "area": "1"}, {"area": "1", "text": "b"}
    first, then = Keys(), Keys()
    keys = [first.of(one), first.of(other), first.of(one)]
    moved = [then.of(one), then.of(dict(reversed(one.items()))), then.of(other)]
    assert len(set(keys)) == 3
    assert sorted(keys) == sorted(moved)


@pytest.mark.parametrize("cell", [FORMULA, "+86 199", "-1", "@a", "'=1", "a=1", "", "\t1"])
def test_no_cell_of_the_error_file_can_be_run_and_each_comes_back_as_it_was(cell: str) -> None:
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t"))
    assert unguarded(guarded(cell)) == cell or cell.startswith("'")


async def brought_in(theatre: Theatre, path: Path, errors: Path | None = None, as_: str | None = "clerk.liu") -> str:
    console = Console(file=io.StringIO(), width=500)
    await import_.perform(console, theatre.api, import_.look(path, as_, errors))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def reports(theatre: Theatre) -> int:
    return (await theatre.world.fetch("intake", "SELECT count(*) AS count FROM reports"))[0]["count"]


async def test_a_table_is_taken_once_and_its_bad_rows_after_correction(theatre: Theatre, tmp_path: Path) -> None:
    before = await reports(theatre)
    good = [row(f"第{number}栋垃圾桶满了") for number in range(40)]
    bad = [row("x", 类别="没有的类别"), row(FORMULA, 联系电话="")]
    path = written(tmp_path / "a.csv", [*good[:10], bad[0], *good[10:], good[0], ("",) * 7, bad[1]], "gb18030")
    assert "41 rows would be taken, 1 was empty, 2 not taken" in await brought_in(theatre, path, as_=None)
    assert await reports(theatre) == before

    told = await brought_in(theatre, path, tmp_path / "errors.csv")
    assert "41 rows taken, 1 was empty, 2 not taken" in told
    assert "row 12: category: 没有这一类别" in told
    assert "row 45: reporter: 姓名和电话须同时填写" in told
    assert await reports(theatre) == before + 41

    again = written(tmp_path / "b.csv", [row("新的一行"), *reversed(good), good[0]])
    assert "1 row taken, 41 had been taken before, 0 not taken" in await brought_in(theatre, again)

    text = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd" in text
    corrected = text.replace("没有的类别", "垃圾清运").replace("赵某某,\n", "赵某某,199-0000-0007\n")
    (tmp_path / "errors.csv").write_text(corrected, encoding="utf-8-sig", newline="")
    assert "2 rows taken, 0 not taken" in await brought_in(theatre, tmp_path / "errors.csv")
    assert await reports(theatre) == before + 44


async def test_a_column_of_which_nothing_is_kept_is_said_to_be_one(theatre: Theatre, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("类别,网格,内容,地址\n垃圾清运,东正社区第一网格,满了,三栋\n", encoding="utf-8")
    told = await brought_in(theatre, path, as_=None)
    assert "Nothing of the column '地址' is kept" in told
    assert "住址" in told
    assert "1 row would be taken, 0 not taken" in told


async def test_how_it_went_is_told_to_programs(theatre: Theatre, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row("满了"), row("x", 类别="没有的类别")])
    went = await import_.perform(Console(file=io.StringIO()), theatre.api, import_.look(path, None, None))
    assert (went.dry_run, went.taken, went.not_taken, went.rows[0][0]) == (True, 1, 1, 3)
    assert went.rows[0][1].startswith("category: ")


async def test_somebody_who_cannot_sign_in_imports_nothing(theatre: Theatre, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row("满了")])
    with pytest.raises(Declined, match=r"nobody\.known cannot sign in"):
        await brought_in(theatre, path, as_="nobody.known")


async def test_a_departments_system_may_import_too(theatre: Theatre, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row("热线转来的一件", 渠道="热线")])
    assert "1 row taken, 0 not taken" in await brought_in(theatre, path, as_="system.hotline")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(Unreadable, match="empty"):
        import_.look(tmp_path / "empty.csv", None, None)
