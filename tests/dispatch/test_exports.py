"""Cases as a file for spreadsheets and programs."""

import csv
import io

import orjson
import pytest

from services.dispatch.api.exports import COLUMNS, PORTION
from shared.web.spreadsheets import harmless
from tests.dispatch.conftest import Centre

NAMES = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'dispatch' AND table_name = 'cases'"
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_spreadsheet_reads_it_with_names_beside_codes(centre: Centre) -> None:
    case = await centre.a_case()
    async with centre.world.client("dispatch", "dispatch.cheng", language="zh") as someone:
        answer = await someone.get(f"/v1/cases/export?code={case['code']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert tuple(row) == COLUMNS
    assert (row["code"], row["category"], row["category_name"]) == (case["code"], "sanitation.drain", "下水道堵塞")
    assert (row["status"], row["status_name"], row["colour_name"], row["closed_at"]) == ("routed", "已分流", "正常", "")


async def test_a_program_reads_a_case_a_line(centre: Centre) -> None:
    case = await centre.a_case()
    async with centre.world.client("dispatch", "dispatch.cheng") as someone:
        answer = await someone.get(f"/v1/cases/export?format=jsonl&q={case['code']}")
    (line,) = answer.text.splitlines()
    assert orjson.loads(line)["id"] == case["case_id"]


async def test_filters_are_refused_before_anything_is_sent(centre: Centre) -> None:
    await centre.sees("dispatch.cheng", "cases/export?status=done", expect=422)
    await centre.sees("dispatch.cheng", "cases/export?format=xlsx", expect=422)


async def test_no_line_is_twice_or_missing_where_two_portions_meet(centre: Centre) -> None:
    """As many cases as two portions and one more, put there as rows."""
    case = await centre.a_case("greening.tree")
    async with centre.world.admin("dispatch") as administrator:
        found = await administrator.fetch(NAMES)
        names = [row["column_name"] for row in found]
        changed = {"id": "'copy-' || n", "code": "'990104-' || n"}
        columns = ", ".join(changed.get(name, name) for name in names)
        await administrator.execute(
            f"INSERT INTO cases ({', '.join(names)}) SELECT {columns} FROM cases, generate_series(1, $1::int) n"
            " WHERE id = $2",
            2 * PORTION + 1,
            case["case_id"],
        )
        try:
            async with centre.world.client("dispatch", "dispatch.cheng") as someone:
                answer = await someone.get("/v1/cases/export?format=jsonl&code=990104")
        finally:
            await administrator.execute("DELETE FROM cases WHERE code LIKE '990104-%'")
    ids = [orjson.loads(line)["id"] for line in answer.text.splitlines()]
    assert (len(ids), len(set(ids))) == (2 * PORTION + 1, 2 * PORTION + 1)


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1"])
async def test_what_would_be_a_formula_is_a_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"x{cell}") == f"x{cell}"
    assert harmless(None) == ""
