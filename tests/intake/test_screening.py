"""The intake window: worklist, screening, duplicates."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.dispatch import facts as dispatch
from tests.intake.builders import FAR_GRID, OTHER_GRID, TEXT, handoff, hear, of_case, offered, opened, register
from tests.kit.world import World


async def reports(world: World, user: str, query: str) -> dict[str, Any]:
    async with world.client("intake", as_=user) as office:
        answer = await office.get(f"/v1/reports?{query}")
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_the_worklist_is_oldest_first_and_goes_on_page_by_page(world: World) -> None:
    async with world.client("intake") as resident:
        ids = [(await register(resident))["report_id"] for _ in range(5)]
    seen, cursor = [], ""
    while True:
        page = await reports(world, "clerk.liu", f"status=received&limit=2{cursor}")
        seen += [item["report_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen[-5:] == ids
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["nonsense", "WyJhIiwiYiJd", "WyIyMDIxLTAxLTAxIiwiXHUwMDAwIl0", "bnVsbA"])
async def test_a_cursor_that_was_not_given_is_refused(world: World, cursor: str) -> None:
    async with world.client("intake", as_="clerk.liu") as clerk:
        assert (await clerk.get(f"/v1/reports?cursor={cursor}")).status_code == 422


async def test_who_has_no_post_in_the_area_neither_sees_nor_screens(world: World) -> None:
    async with world.client("intake") as resident:
        receipt = await register(resident)
        path = f"/v1/reports/{receipt['report_id']}"
        for signed_out in (await resident.get("/v1/reports"), await resident.get(path)):
            assert signed_out.status_code == 401
        assert (await resident.post(f"{path}/accept", json={})).status_code == 401
    for user in ("police.wu", "grid.luo", "audit.yan", "supervise.mao", "admin.ran"):
        async with world.client("intake", as_=user) as other:
            assert (await other.get("/v1/reports")).status_code == 403
            assert (await other.get(path)).status_code == 403
            assert (await other.post(f"{path}/accept", json={})).status_code == 403


async def test_a_clerk_of_another_area_is_refused(world: World, far_clerk: str) -> None:
    async with world.client("intake") as resident:
        near, far = await register(resident), await register(resident, area=FAR_GRID)
    async with world.client("intake", as_=far_clerk) as clerk:
        assert (await clerk.get(f"/v1/reports/{near['report_id']}")).status_code == 403
        refused = await clerk.post(f"/v1/reports/{near['report_id']}/accept", json={})
        assert refused.status_code == 403
        listed = (await clerk.get("/v1/reports?status=received&limit=500")).json()["items"]
        assert {item["area"] for item in listed} == {FAR_GRID}
        assert (await clerk.post(f"/v1/reports/{far['report_id']}/accept", json={})).status_code == 200


async def test_a_clerk_reads_whom_the_text_complains_of_and_that_office_sees_nothing_from_then_on(world: World) -> None:
    async with world.client("intake") as resident:
        receipt = await register(resident)
    path = f"/v1/reports/{receipt['report_id']}"
    async with (
        world.client("intake", as_="hotline.he") as accused,
        world.client("intake", as_="clerk.liu") as clerk,
    ):
        assert (await accused.get(path)).status_code == 200, "nobody knows yet"
        unknown = await clerk.post(f"{path}/complained-of", json={"complained_of": "no_such_bureau"})
        assert (unknown.status_code, unknown.json()["field"]) == (422, "complained_of")
        named = await clerk.post(f"{path}/complained-of", json={"complained_of": "hotline_center"})
        assert (named.status_code, named.json()["status"]) == (200, "received")
        assert (await accused.get(path)).json()["code"] == "recused"
        for step, body in (("complained-of", {"complained_of": None}), ("accept", {})):
            refused = await accused.post(f"{path}/{step}", json=body)
            assert refused.json()["code"] == "recused", "it cannot strike itself out"
        assert (await clerk.post(f"{path}/accept", json={})).status_code == 200
        late = await clerk.post(f"{path}/complained-of", json={"complained_of": None})
        assert late.status_code == 409
    told = await world.fetch(
        "intake",
        "SELECT type, convert_from(data, 'UTF8') AS data FROM"
        " (SELECT version, aggregate_id, type, data FROM log UNION ALL"
        " SELECT version, aggregate_id, type, data FROM pending) told WHERE aggregate_id = $1 ORDER BY version",
        receipt["report_id"],
    )
    assert [row["type"].split(".")[2] for row in told] == ["report-registered", "report-corrected", "report-accepted"]
    assert json.loads(told[-1]["data"])["complained_of"] == "hotline_center", "routing hears of it"


async def test_the_department_complained_of_sees_nothing_of_it(world: World) -> None:
    async with world.client("intake") as resident:
        receipt = await register(resident, complained_of="hotline_center")
    path = f"/v1/reports/{receipt['report_id']}"
    async with (
        world.client("intake", as_="hotline.he") as accused,
        world.client("intake", as_="clerk.liu") as clerk,
    ):
        assert (await accused.get(path)).json()["code"] == "recused"
        assert (await accused.post(f"{path}/accept", json={})).json()["code"] == "recused"
        assert (await accused.get(f"{path}/reporter?purpose=verify")).json()["code"] == "recused"
        content = (await clerk.get(path)).json()["contents"][0]["content_id"]
        assert (await accused.get(f"/v1/contents/{content}")).json()["code"] == "recused"
        page = await reports(world, "hotline.he", "status=received&limit=500")
        assert receipt["report_id"] not in {item["report_id"] for item in page["items"]}


async def test_screening_shows_the_text_and_is_done_once(world: World) -> None:
    async with world.client("intake") as resident:
        receipt = await register(resident)
    path = f"/v1/reports/{receipt['report_id']}"
    async with world.client("intake", as_="clerk.liu") as clerk:
        shown = await clerk.get(path)
        assert shown.json()["contents"][0]["text"] == TEXT
        assert shown.json()["category_name"] == "Parking in fire lanes" or shown.json()["category_name"]
        stale = await clerk.post(f"{path}/accept", json={}, headers={"If-Match": '"7"'})
        assert stale.status_code == 412
        answers = await asyncio.gather(
            *(clerk.post(f"{path}/accept", json={"category": "stairs.clutter", "area": OTHER_GRID}) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        again = (await clerk.get(path)).json()
        assert (again["status"], again["category"], again["area"]) == (
            "accepted",
            "stairs.clutter",
            OTHER_GRID,
        )
        for path_, body in (
            ("accept", {"category": "no.such"}),
            ("accept", {"area": "1"}),
            ("redirect", {"to": "911"}),
        ):
            assert (await clerk.post(f"{path}/{path_}", json=body)).status_code == 422
        assert (await clerk.post("/v1/reports/no-such/accept", json={})).status_code == 404


async def test_refused_reports_tell_the_lawful_route(world: World) -> None:
    async with world.client("intake") as resident, world.client("intake", as_="dispatch.cheng") as office:
        receipt = await register(resident, category="dispute.debt")
        body = {"route": "litigation", "reason": "已有生效判决,请申请强制执行。"}
        assert (await office.post(f"/v1/reports/{receipt['report_id']}/refuse", json=body)).status_code == 200
        headers = {"Tracking-Code": receipt["tracking_code"], "Accept-Language": "zh"}
        told = (await resident.get(f"/v1/receipts/{receipt['receipt_no']}", headers=headers)).json()
    assert told["text"] == "不属于受理范围。您可以：向人民法院起诉"
    assert (told["route"], told["reason"]) == ("litigation", body["reason"])


async def test_emergencies_are_redirected(world: World) -> None:
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as office:
        receipt = await register(resident, category="hazard.fire")
        done = await office.post(f"/v1/reports/{receipt['report_id']}/redirect", json={"to": "119"})
        assert done.json()["status"] == "redirected"
        headers = {"Tracking-Code": receipt["tracking_code"]}
        told = (await resident.get(f"/v1/receipts/{receipt['receipt_no']}", headers=headers)).json()
    assert (told["status"], told["redirected_to"]) == ("redirected", "119")


async def test_a_duplicate_is_suggested_joined_and_answered_with_the_other_case(world: World) -> None:
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as clerk:
        first = await register(resident, category="elevator.fault")
        second = await register(resident, category="elevator.fault", area=OTHER_GRID)
        await register(resident, category="elevator.fault", area=FAR_GRID)
        case = (await clerk.post(f"/v1/reports/{first['report_id']}/accept", json={})).json()["case_id"]
        path = f"/v1/reports/{second['report_id']}"
        assert (await clerk.post(f"{path}/join", json={"into": case})).status_code == 404, "not opened yet"
        await hear(world, opened(first["report_id"], case, "500104-210305-LIFT"))
        alike = (await clerk.get(f"{path}/similar", headers={"Accept-Language": "zh"})).json()["items"]
        assert [item["report"]["report_id"] for item in alike] == [first["report_id"]]
        assert alike[0]["why"] == ["同一类别", "同一社区", "相隔0天"]
        assert alike[0]["case_code"] == "500104-210305-LIFT"
        joined = await clerk.post(f"{path}/join", json={"into": "500104-210305-LIFT"})
        assert (joined.json()["status"], joined.json()["case_id"]) == ("joined", case)
        await hear(world, of_case(dispatch.CaseResolved, case))
        place, headers = f"/v1/receipts/{second['receipt_no']}", {"Tracking-Code": second["tracking_code"]}
        told = (await resident.get(place, headers=headers)).json()
        assert (told["status"], told["case_code"]) == ("resolved", "500104-210305-LIFT")
        assert "joined" in [step["step"] for step in told["steps"]]
        said = await resident.post(f"{place}/answer", json={"solved": True}, headers=headers)
        assert said.status_code == 200
        await hear(world, of_case(dispatch.CaseClosed, case, reason="solved"))
        third = await register(resident, category="elevator.fault")
        ended = await clerk.post(f"/v1/reports/{third['report_id']}/join", json={"into": case})
        assert (ended.status_code, ended.json()["field"]) == (422, "into")
        assert (await clerk.get(f"/v1/reports/{third['report_id']}/similar")).json()["items"] == []


async def test_a_complaint_is_not_joined_to_a_case_that_the_accused_handle(world: World) -> None:
    accused = "yuejincun_police_station"
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as clerk:
        first = await register(resident, category="noise.living")
        complaint = await register(resident, category="noise.living", complained_of="police_bureau")
        case = (await clerk.post(f"/v1/reports/{first['report_id']}/accept", json={})).json()["case_id"]
        await hear(world, opened(first["report_id"], case), offered(case, accused))
        path = f"/v1/reports/{complaint['report_id']}/join"
        refused = await clerk.post(path, json={"into": case})
        assert (refused.status_code, refused.json()["code"]) == (409, "handled-by-accused")
        await hear(world, handoff(dispatch.HandoffRecalled, case, accused))
        assert (await clerk.post(path, json={"into": case})).status_code == 200
    await world.settled()
    told = await world.fetch(
        "intake", "SELECT data FROM log WHERE type LIKE '%report-joined%' AND aggregate_id = $1", complaint["report_id"]
    )
    assert [json.loads(row["data"])["complained_of"] for row in told] == ["police_bureau"]


async def test_the_list_says_by_when_a_report_is_to_be_screened_and_which_are_late(world: World) -> None:
    async with world.client("intake") as resident:
        report = await register(resident)
    runtime = world.runtime("intake")

    async def line() -> Any:
        cursor = ""
        while True:
            page = await reports(world, "clerk.liu", f"limit=500{cursor}")
            for item in page["items"]:
                if item["report_id"] == report["report_id"]:
                    return item
            cursor = f"&cursor={page['next']}"

    listed = await line()
    due = datetime.fromisoformat(listed["screening_due_at"])
    assert not listed["overdue"]
    real = runtime.now
    for moment, overdue in ((due - timedelta(microseconds=1), False), (due, True)):
        runtime.now = lambda moment=moment: moment  # type: ignore[method-assign, misc]
        try:
            assert (await line())["overdue"] is overdue
        finally:
            runtime.now = real  # type: ignore[method-assign]
