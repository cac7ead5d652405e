"""Merging, parting, splitting and linking, as dispatchers do it and reporters and offices meet it."""

from typing import Any

import pytest

from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def receipt(centre: Centre, given: dict[str, Any]) -> dict[str, Any]:
    async with centre.world.client("intake") as resident:
        answer = await resident.get(
            f"/v1/receipts/{given['receipt_no']}", headers={"Tracking-Code": given["tracking_code"]}
        )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def finish(centre: Centre, case: dict[str, Any]) -> dict[str, Any]:
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    return await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")


async def test_after_a_merge_both_reporters_are_answered_with_the_case_that_goes_on(centre: Centre):
    one, other = await centre.a_case(), await centre.a_case()
    assert {"absorb_case", "release_case", "unlink_case"}.isdisjoint(one["steps"])
    merged = await centre.does("dispatch.cheng", f"cases/{one['case_id']}/merge", {"into": other["code"]})
    assert (merged["status"], merged["merged_into"]) == ("merged", other["case_id"])
    await centre.world.settled()
    mine = await centre.sees("city.tang", "handoffs?limit=500")
    assert [row["case_id"] for row in mine["items"] if row["case_id"] in (one["case_id"], other["case_id"])] == [
        other["case_id"]
    ]
    assert len((await centre.case(other["case_id"]))["reports"]) == 2
    await finish(centre, other)
    await centre.world.settled()
    first, second = [await receipt(centre, case["receipt"]) for case in (one, other)]
    assert first["status"] == second["status"] == "resolved"
    assert "已疏通" in str(first)


async def test_a_merge_is_undone_and_each_goes_its_own_way(centre: Centre):
    one, other = await centre.a_case(), await centre.a_case()
    await centre.does("dispatch.cheng", f"cases/{one['case_id']}/merge", {"into": other["case_id"]})
    await centre.world.settled()
    parted = await centre.does("dispatch.cheng", f"cases/{one['case_id']}/unmerge")
    assert (parted["status"], parted["queued_for"]) == ("queued", "unmerged")
    await centre.world.settled()
    assert len((await centre.case(other["case_id"]))["reports"]) == 1
    routed = await centre.does("dispatch.cheng", f"cases/{one['case_id']}/route", {"lead": "city_management_bureau"})
    await finish(centre, {**routed, "handoffs": routed["handoffs"][1:]})
    await centre.world.settled()
    assert (await receipt(centre, one["receipt"]))["status"] == "resolved"
    assert (await receipt(centre, other["receipt"]))["status"] != "resolved"


async def test_a_part_of_the_matter_becomes_a_case_of_its_own_that_is_closed_first(centre: Centre):
    case = await centre.a_case()
    path = f"cases/{case['case_id']}"
    await centre.does("dispatch.cheng", f"{path}/split", {"category": "no.such"}, expect=404)
    await centre.does("dispatch.cheng", f"{path}/split", {"category": "noise.living"})
    (link,) = (await centre.sees("dispatch.cheng", f"{path}/links"))["items"]
    assert (link["kind"], link["kind_name"], link["status"]) == ("child", "split off", "routed")
    child = await centre.case(link["id"])
    assert (child["lead"], child["contents"]) == ("yuejincun_police_station", case["contents"])
    (back,) = (await centre.sees("dispatch.cheng", f"cases/{link['id']}/links"))["items"]
    assert (back["kind"], back["code"]) == ("parent", case["code"])
    assert (await centre.sees("city.tang", f"{path}/links"))["items"] == [], "not the police's case"
    await finish(centre, case)
    await centre.does("dispatch.zou", f"{path}/follow-up", {"solved": True})
    refused = await centre.does("dispatch.cheng", f"{path}/close", {"reason": "solved"}, expect=409)
    assert (refused["code"], refused["codes"]) == ("cases-open", [child["code"]])
    handoff = child["handoffs"][0]["handoff_id"]
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/recall", {"reason": "已由社区调解"})
    body = {"route": "other", "reason": "已由社区调解"}
    await centre.does("dispatch.cheng", f"cases/{child['case_id']}/refuse", body)
    assert (await centre.does("dispatch.cheng", f"{path}/close", {"reason": "solved"}))["status"] == "closed"


async def test_causes_are_linked_on_both_sides_and_not_in_a_circle(centre: Centre):
    first, second, third = [await centre.a_case() for _ in range(3)]

    async def caused_by(case: dict[str, Any], other: dict[str, Any], expect: int = 200) -> dict[str, Any]:
        body = {"kind": "caused_by", "other": other["code"]}
        return await centre.does("dispatch.cheng", f"cases/{case['case_id']}/links", body, expect)

    await caused_by(first, second)
    await caused_by(second, third)
    assert (await caused_by(third, first, expect=409))["code"] == "link-in-a-circle"
    (link,) = (await centre.sees("dispatch.cheng", f"cases/{third['case_id']}/links"))["items"]
    assert (link["kind"], link["code"]) == ("causes", second["code"])
    body = {"kind": "causes", "other": second["case_id"]}
    await centre.does("dispatch.cheng", f"cases/{third['case_id']}/links/remove", body)
    assert (await centre.sees("dispatch.cheng", f"cases/{third['case_id']}/links"))["items"] == []
    assert len((await centre.sees("dispatch.cheng", f"cases/{second['case_id']}/links"))["items"]) == 1


async def test_the_office_complained_of_learns_of_no_case_by_its_link(centre: Centre):
    own = await centre.a_case()
    hidden = await centre.a_case(complained_of="city_management_bureau")
    body = {"kind": "same_matter", "other": hidden["case_id"]}
    await centre.does("dispatch.cheng", f"cases/{own['case_id']}/links", body)
    assert (await centre.sees("city.tang", f"cases/{own['case_id']}/links"))["items"] == []
    whole = str(await centre.sees("city.tang", f"cases/{own['case_id']}"))
    told = str(await centre.sees("city.tang", f"cases/{own['case_id']}/timeline"))
    assert hidden["case_id"] not in whole + told
    assert len((await centre.sees("dispatch.cheng", f"cases/{own['case_id']}/links"))["items"]) == 1
