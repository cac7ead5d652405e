"""会商 as its users meet it: the office in dispute, those invited, the centre, the arbiter."""

from typing import Any

import pytest

from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
CITY, TRANSPORT = "city_management_bureau", "transport_bureau"


async def in_dispute(centre: Centre) -> tuple[dict[str, Any], str]:
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    return await centre.does("city.tang", f"handoffs/{handoff}/dispute", {"reason": "该井属道路雨水井。"}), handoff


async def called(centre: Centre) -> tuple[dict[str, Any], str]:
    case, handoff = await in_dispute(centre)
    body = {"reason": "dispute", "question": "雨水井由谁维护？", "invited": [TRANSPORT], "disputed": [handoff]}
    case = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/consultations", body)
    return case, case["consultations"][0]["consultation_id"]


async def stated(centre: Centre, consultation: str, **positions: str) -> dict[str, Any]:
    case: dict[str, Any] = {}
    for who, position in positions.items():
        body = {"position": position, "statement": "按权责清单。"}
        case = await centre.does(who.replace("_", "."), f"consultations/{consultation}/position", body)
    return case


async def test_a_dispute_is_settled_by_a_consultation_from_start_to_end(centre: Centre):
    case, _ = await in_dispute(centre)
    owed = next(clock for clock in case["clocks"] if clock["deadline"]["rule"] == "consultation_call")
    assert (owed["rule_name"], owed["answerable_name"]) == ("Calling a consultation", "Governance Centre")
    case, consultation = await called(centre)
    shown = case["consultations"][0]
    assert (shown["status_name"], shown["reason_name"]) == ("in consultation", "dispute of competence")
    assert {seat["department_name"] for seat in shown["seats"]} == {"City Management Bureau", "Transport Bureau"}
    refused = await centre.does(
        "dispatch.cheng",
        f"consultations/{consultation}/conclude",
        {"conclusion": "由区交通局承办。", "tasks": [{"department": TRANSPORT}]},
        expect=409,
    )
    assert refused["code"] == "still-to-be-heard"
    assert "Transport Bureau" in refused["title"]
    mine = await centre.sees("transport.lei", "consultations?unanswered=true&limit=500")
    assert consultation in {row["consultation_id"] for row in mine["items"]}
    await stated(centre, consultation, city_tang="not_ours", transport_lei="ours")
    mine = await centre.sees("transport.lei", "consultations?unanswered=true&limit=500")
    assert consultation not in {row["consultation_id"] for row in mine["items"]}
    case = await centre.does(
        "dispatch.cheng",
        f"consultations/{consultation}/conclude",
        {"conclusion": "由区交通局承办。", "tasks": [{"department": TRANSPORT}]},
    )
    assert [(h["department"], h["status"]) for h in case["handoffs"]] == [(CITY, "recalled"), (TRANSPORT, "offered")]
    mine = case["handoffs"][1]["handoff_id"]
    bound = await centre.does("transport.lei", f"handoffs/{mine}/return", {"reason": "不属本局"}, expect=409)
    assert bound["code"] == "bound-by-consultation"
    await centre.does("transport.lei", f"handoffs/{mine}/accept")
    assert (await centre.case(case["case_id"]))["lead"] == TRANSPORT


async def test_who_is_invited_reads_the_case_and_its_papers_until_the_end_and_then_what_was_said_there(centre: Centre):
    case, _ = await in_dispute(centre)
    await centre.sees("transport.lei", f"cases/{case['case_id']}", expect=404)
    report = case["contents"][0]["id"]
    async with centre.world.client("intake", "transport.lei") as outside:
        assert (await outside.get(f"/v1/contents/{report}")).status_code == 404
    case, consultation = await called(centre)
    await centre.world.settled()
    whole = await centre.sees("transport.lei", f"cases/{case['case_id']}")
    assert [h["department"] for h in whole["handoffs"]] == [CITY]
    report = whole["contents"][0]["id"]
    async with centre.world.client("intake", "transport.lei") as invited:
        assert (await invited.get(f"/v1/contents/{report}")).status_code == 200
    paper = await centre.does("city.tang", f"consultations/{consultation}/papers", {"paper": "管网图。"})
    written = paper["consultations"][0]["papers"][0]["id"]
    async with centre.world.client("dispatch", "transport.lei") as invited:
        assert (await invited.get(f"/v1/contents/{written}")).text == "管网图。"
    await stated(centre, consultation, city_tang="ours", transport_lei="not_ours")
    body = {"conclusion": "由区城市管理局承办。", "tasks": [{"department": CITY}]}
    await centre.does("dispatch.cheng", f"consultations/{consultation}/conclude", body)
    await centre.world.settled()
    after = await centre.sees("transport.lei", f"cases/{case['case_id']}")
    assert (after["handoffs"], after["contents"], len(after["consultations"])) == ([], [], 1)
    told = await centre.sees("transport.lei", f"cases/{case['case_id']}/timeline")
    assert {fact["type"].split(".")[2].partition("-")[0] for fact in told["items"]} == {
        "consultation",
        "department",
        "paper",
        "position",
    }
    async with centre.world.client("intake", "transport.lei") as outside:
        assert (await outside.get(f"/v1/contents/{report}")).status_code == 404


async def test_what_the_departments_cannot_agree_on_the_committee_decides(centre: Centre):
    case, consultation = await called(centre)
    await stated(centre, consultation, city_tang="not_ours", transport_lei="not_ours")
    case = await centre.does("dispatch.cheng", f"consultations/{consultation}/refer", {"reason": "两家均不认领。"})
    assert case["consultations"][0]["referred_to_name"] == "Political and Legal Affairs Committee"
    body = {"conclusion": "由区城市管理局承办。", "tasks": [{"department": CITY}], "agreed": False}
    refused = await centre.does("dispatch.cheng", f"consultations/{consultation}/conclude", body, expect=409)
    assert refused["code"] == "arbiter-decides"
    case = await centre.does("supervise.mao", f"consultations/{consultation}/conclude", body)
    assert (case["consultations"][0]["decided_by"], case["handoffs"][0]["binding"]) == ("arbiter", True)


async def test_a_stranger_neither_sees_nor_speaks_and_offices_do_not_call_one(centre: Centre):
    case, consultation = await called(centre)
    body = {"position": "ours", "statement": "无关。"}
    await centre.does("market.pan", f"consultations/{consultation}/position", body, expect=404)
    listed = await centre.sees("market.pan", "consultations?limit=500")
    assert listed["items"] == []
    asked = {"reason": "complex", "question": "?", "invited": [CITY]}
    await centre.does("city.tang", f"cases/{case['case_id']}/consultations", asked, expect=403)


async def test_after_the_second_return_the_centre_must_consult(centre: Centre):
    case = await centre.a_case()
    for number, (who, next_one) in enumerate((("city.tang", TRANSPORT), ("transport.lei", CITY))):
        handoff = case["handoffs"][number]["handoff_id"]
        case = await centre.does(who, f"handoffs/{handoff}/return", {"reason": "不属本单位"})
        body = {"department": next_one, "replaces": handoff}
        case = await centre.does(
            "dispatch.cheng", f"cases/{case['case_id']}/handoffs", body, expect=200 if number == 0 else 409
        )
    assert case["code"] == "must-consult"
