"""Who has looked: what is recorded when somebody opens a report, and what its reporter is told of it."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.audit import facts as audit
from services.dispatch import facts as dispatch
from shared.facts.fact import Fact
from tests.intake.builders import REPORTER, TEXT, hear, of_case, offered, opened, register
from tests.kit.world import World

NOBODY = {
    "en": "Nobody has seen who you are so far; and apart from those who work on it, nobody has opened the case file",
    "zh": "至今没有人查看过您的身份信息；除办理人员在本职工作中查阅外，也没有人查阅过案卷",
}
TOLD = """
SELECT attributes::jsonb ->> 'actor' AS by, convert_from(data, 'UTF8')::jsonb AS data
FROM (SELECT type, attributes, data FROM log UNION ALL SELECT type, attributes, data FROM pending) told
WHERE type = 'lianzhi.intake.case-file-opened.v1' AND convert_from(data, 'UTF8')::jsonb ->> 'report_id' = $1
ORDER BY attributes::jsonb ->> 'time'
"""


async def recorded(world: World, receipt: dict[str, str]) -> list[tuple[str, str]]:
    """By whom, and what of it, in order."""
    rows = await world.fetch("intake", TOLD, receipt["report_id"])
    return [(row["by"], json.loads(row["data"])["what"]) for row in rows]


async def read(world: World, who: str, path: str, expect: int = 200) -> httpx.Response:
    async with world.client("intake", as_=who) as client:
        answer = await client.get(f"/v1/{path}")
    assert answer.status_code == expect, answer.text
    return answer


async def accepted(world: World, receipt: dict[str, str]) -> str:
    async with world.client("intake", as_="clerk.liu") as clerk:
        answer = await clerk.post(f"/v1/reports/{receipt['report_id']}/accept", json={})
    case = str(answer.json()["case_id"])
    await hear(world, opened(receipt["report_id"], case))
    return case


async def a_report(world: World, **more: Any) -> dict[str, str]:
    async with world.client("intake") as resident:
        return await register(resident, **more)


async def text_of(world: World, receipt: dict[str, str]) -> str:
    """Its narrative's id."""
    query = "SELECT id FROM contents WHERE about = $1 AND kind = 'narrative'"
    return str((await world.fetch("intake", query, receipt["report_id"]))[0]["id"])


async def told(world: World, receipt: dict[str, str], language: str = "en", code: str | None = None) -> httpx.Response:
    headers = {"Tracking-Code": code or receipt["tracking_code"]}
    async with world.client("intake", language=language) as resident:
        return await resident.get(f"/v1/receipts/{receipt['receipt_no']}/accesses", headers=headers)


async def items(world: World, receipt: dict[str, str], count: int) -> list[dict[str, Any]]:
    """Once there are so many."""

    async def come() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await told(world, receipt)).json()["items"]
        return found if len(found) >= count else None

    return await world.until(come, what=f"{count} accesses")


async def test_what_waits_to_be_screened_is_the_windows_own_and_nothing_after_it(world: World) -> None:
    receipt = await a_report(world)
    path = f"reports/{receipt['report_id']}"
    for what in ("", "/similar"):
        await read(world, "clerk.liu", path + what)
    await read(world, "dispatch.cheng", path)
    assert await recorded(world, receipt) == []
    await accepted(world, receipt)
    await read(world, "dispatch.cheng", path)
    assert await recorded(world, receipt) == [], "a dispatcher's open case"
    for what in ("", "/similar"):
        await read(world, "clerk.liu", path + what)
    assert await recorded(world, receipt) == [("clerk.liu", "report"), ("clerk.liu", "similar")]


async def test_a_closed_case_is_no_dispatchers_any_more(world: World) -> None:
    receipt = await a_report(world)
    case = await accepted(world, receipt)
    closed = of_case(dispatch.CaseClosed, case, reason="solved", at=world.runtime("intake").now())
    await hear(world, closed)
    await read(world, "dispatch.cheng", f"reports/{receipt['report_id']}")
    assert await recorded(world, receipt) == [("dispatch.cheng", "report")]


async def test_a_text_is_the_offices_own_while_they_work_on_it_and_not_a_supervisors(world: World) -> None:
    receipt = await a_report(world)
    case, path = await accepted(world, receipt), f"contents/{await text_of(world, receipt)}"
    await hear(world, offered(case, "housing_commission"))
    await read(world, "housing.ye", path)
    await read(world, "police.wu", path, expect=404)
    assert await recorded(world, receipt) == []
    await read(world, "supervise.mao", path)
    await read(world, "supervise.mao", path)
    assert await recorded(world, receipt) == [("supervise.mao", "content")]


async def test_what_cannot_be_recorded_is_not_shown(world: World) -> None:
    receipt = await a_report(world)
    await accepted(world, receipt)
    text = await text_of(world, receipt)
    async with world.admin("intake") as administrator:
        await administrator.execute(
            "CREATE OR REPLACE FUNCTION no_accesses() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END $$;"
            "CREATE TRIGGER no_accesses BEFORE INSERT ON pending FOR EACH ROW WHEN (NEW.topic = 'accesses')"
            " EXECUTE FUNCTION no_accesses()"
        )
        try:
            shown = await read(world, "supervise.mao", f"contents/{text}", expect=503)
            whole = await read(world, "clerk.liu", f"reports/{receipt['report_id']}", expect=503)
        finally:
            await administrator.execute("DROP TRIGGER no_accesses ON pending")
    assert TEXT not in shown.text + whole.text
    assert (await read(world, "supervise.mao", f"contents/{text}")).text == TEXT


async def test_the_reporters_own_reading_is_no_access(world: World) -> None:
    receipt = await a_report(world)
    path = f"/v1/contents/{await text_of(world, receipt)}"
    async with world.client("intake") as resident:
        headers = {"Tracking-Code": receipt["tracking_code"]}
        answer = await resident.get(path, params={"receipt_no": receipt["receipt_no"]}, headers=headers)
    assert answer.status_code == 200
    assert await recorded(world, receipt) == []


@pytest.mark.parametrize("language", NOBODY)
async def test_where_nobody_has_looked_the_reporter_is_told_so(world: World, language: str) -> None:
    receipt = await a_report(world, reporter=REPORTER)
    answer = await told(world, receipt, language)
    assert (answer.json()["text"], answer.json()["items"]) == (NOBODY[language], [])
    assert (answer.headers["content-language"], answer.headers["cache-control"]) == (language, "no-store")


async def test_the_reporter_is_told_which_office_saw_who_they_are_in_which_role_and_what_for(world: World) -> None:
    receipt = await a_report(world, reporter=REPORTER)
    await read(world, "clerk.liu", f"reports/{receipt['report_id']}/reporter?purpose=verify")
    (one,) = await items(world, receipt, 1)
    assert {name: one[name] for name in ("kind", "department", "role", "purpose")} == {
        "kind": "identity",
        "department": "governance_center",
        "role": "clerk",
        "purpose": "verify",
    }
    assert one["text"].endswith("(clerk) saw who you are to verify what was reported"), one["text"]
    chinese = (await told(world, receipt, "zh")).json()["items"][0]["text"]
    assert chinese.endswith("（窗口受理员）查看了您的身份信息：核实情况"), chinese
    assert "clerk.liu" not in (await told(world, receipt)).text, "an office, not an official"


async def test_the_reporter_is_told_who_opened_the_case_here_at_dispatch_and_in_the_log(world: World) -> None:
    receipt, other = await a_report(world), await a_report(world)
    case = await accepted(world, receipt)
    await read(world, "supervise.mao", f"contents/{await text_of(world, receipt)}")
    await hear(world, _opened(world, dispatch.CaseFileOpened, case, "auditor"))
    await hear(world, _opened(world, audit.CaseFileOpened, case, "supervisor"))
    found = await items(world, receipt, 3)
    assert sorted(each["role"] for each in found) == ["auditor", "supervisor", "supervisor"]
    assert [each["at"] for each in found] == sorted((each["at"] for each in found), reverse=True)
    assert (await told(world, receipt, "zh")).json()["text"].startswith("下面是查看过您的身份信息、查阅过案卷的单位")
    assert (await told(world, other)).json()["items"] == []


async def test_of_a_case_that_answers_several_nobody_is_told_who_saw_another(world: World) -> None:
    first, second = await a_report(world, reporter=REPORTER), await a_report(world, reporter=REPORTER)
    case = await accepted(world, first)
    async with world.client("intake", as_="clerk.liu") as clerk:
        joining = await clerk.post(f"/v1/reports/{second['report_id']}/join", json={"into": case})
    assert joining.status_code == 200, joining.text
    await read(world, "clerk.liu", f"reports/{first['report_id']}/reporter?purpose=contact")
    await hear(world, _opened(world, dispatch.CaseFileOpened, case, "supervisor"))
    assert [each["kind"] for each in sorted(await items(world, first, 2), key=lambda each: each["kind"])] == [
        "case_file",
        "identity",
    ]
    assert [each["kind"] for each in (await told(world, second)).json()["items"]] == ["case_file"]


async def test_what_was_opened_before_the_report_came_is_not_told(world: World) -> None:
    receipt = await a_report(world)
    case = await accepted(world, receipt)
    (row,) = await world.fetch("intake", "SELECT registered_at FROM reports WHERE id = $1", receipt["report_id"])
    early = _opened(
        world, dispatch.CaseFileOpened, case, "auditor", at=row["registered_at"] - timedelta(microseconds=1)
    )
    just = _opened(world, dispatch.CaseFileOpened, case, "supervisor", at=row["registered_at"])
    await hear(world, early, just)
    assert [each["role"] for each in (await told(world, receipt)).json()["items"]] == ["supervisor"]


async def test_without_the_tracking_code_nothing_is_told(world: World) -> None:
    receipt, other = await a_report(world), await a_report(world)
    assert (await told(world, receipt, code=other["tracking_code"])).status_code == 404
    async with world.client("intake", as_="supervise.mao") as someone:
        assert (await someone.get(f"/v1/receipts/{receipt['receipt_no']}/accesses")).status_code == 422


def _opened(world: World, kind: type[Fact], case: str, role: str, **more: Any) -> Fact:
    values = {"at": world.runtime("intake").now(), "by": "somebody", "by_department": "political_legal_committee"}
    about = {"opening_id": f"{case}:somebody", "case_id": case, "role": role, "what": "case"}
    return kind(**{**values, **about, **more})
