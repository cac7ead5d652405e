"""Dispatch as its users meet it, with real facts from intake and the offices."""

from typing import Any

import pytest

from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_accepted_report_becomes_a_case_that_names_the_rule_that_routed_it(centre: Centre):
    case = await centre.a_case()
    assert case["status"] == "routed"
    assert case["rule"].startswith("R")
    assert [h["department"] for h in case["handoffs"]] == ["city_management_bureau"]
    assert case["handoffs"][0]["department_name"] != "city_management_bureau"
    assert case["code"].startswith("500104-")


async def test_a_matter_without_a_rule_waits_in_the_queue_until_a_person_decides(centre: Centre):
    case = await centre.a_case("noise.living", "50010400300101")
    assert (case["status"], case["queued_for"], case["lead"]) == ("queued", "no_rule", None)
    routed = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": "city_management_bureau"})
    assert (routed["status"], routed["rule"], routed["lead"]) == ("routed", "manual", "city_management_bureau")


async def test_a_report_goes_past_the_unit_that_the_clerk_read_in_its_text(centre: Centre):
    report = await centre.report()
    path = f"/v1/reports/{report['report_id']}"
    async with centre.world.client("intake", "clerk.liu") as clerk:
        named = await clerk.post(f"{path}/complained-of", json={"complained_of": "city_management_bureau"})
        assert named.status_code == 200, named.text
        case_id = (await clerk.post(f"{path}/accept", json={})).json()["case_id"]
    case = await centre.case(case_id)
    assert (case["status"], case["queued_for"], case["handoffs"]) == ("queued", "complained_of", [])
    assert "city_management_bureau" in case["barred"]


async def test_routing_by_hand_to_a_department_that_does_not_exist_is_refused_by_name(centre: Centre):
    case = await centre.a_case("noise.living", "50010400300101")
    refused = await centre.does(
        "dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": "ministry_of_magic"}, expect=422
    )
    assert refused["code"] == "unknown-department"
    assert refused["department"] == "ministry_of_magic"


async def test_the_whole_way_with_a_department_that_works_here(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/progress", {"note": "已到现场查看。"})
    done = await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    assert done["handoffs"][0]["status"] == "completed"
    resolved = await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
    assert resolved["status"] == "resolved"
    told = await centre.does("dispatch.zou", f"cases/{case['case_id']}/follow-up", {"solved": True, "satisfied": True})
    assert told["status"] == "followed_up"
    closed = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/close", {"reason": "solved"})
    assert (closed["status"], closed["closing_reason"]) == ("closed", "solved")
    assert all(clock["stopped_at"] for clock in closed["clocks"])


async def test_the_police_answer_in_their_own_service_and_the_hand_off_moves_by_facts_alone(centre: Centre):
    case = await centre.a_case("noise.living")
    handoff = case["handoffs"][0]["handoff_id"]
    refused = await centre.does("station.jiang", f"handoffs/{handoff}/accept", expect=409)
    assert refused["code"] == "answers-elsewhere"
    async with centre.world.client("police", "station.jiang") as police:
        await centre.world.until(lambda: _found(police, f"/v1/tasks/{handoff}"))
        assert (await police.post(f"/v1/tasks/{handoff}/accept")).status_code == 200
        assert (await police.post(f"/v1/tasks/{handoff}/finish", json={"result": "已劝离。"})).status_code == 200
    await centre.world.until(lambda: _handoff_is(centre, case["case_id"], "completed"))
    moved = await centre.case(case["case_id"])
    assert moved["status"] == "in_handling"


async def test_a_stale_answer_is_refused_and_the_office_is_told_what_happened(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/recall", {"reason": "改由交通部门办理"})
    refused = await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已办"}, expect=409)
    assert (refused["code"], refused["became"]) == ("stale", "recalled")


async def test_an_office_sees_its_own_hand_offs_and_nobody_elses(centre: Centre):
    case = await centre.a_case()
    mine = await centre.sees("city.tang", "handoffs?limit=500")
    assert {row["department"] for row in mine["items"]} == {"city_management_bureau"}
    await centre.sees("transport.lei", f"cases/{case['case_id']}", expect=404)
    others = await centre.sees("transport.lei", "handoffs?limit=500")
    assert case["case_id"] not in {row["case_id"] for row in others["items"]}


async def test_the_office_complained_of_neither_gets_nor_sees_the_case(centre: Centre):
    case = await centre.a_case(complained_of="city_management_bureau")
    assert (case["status"], case["queued_for"]) == ("queued", "complained_of")
    refused = await centre.does(
        "dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": "city_management_bureau"}, expect=409
    )
    assert refused["code"] == "complained-of"
    await centre.sees("city.tang", f"cases/{case['case_id']}", expect=404)


async def test_a_complaint_about_a_bureau_bars_what_is_below_it_and_all_its_people_in_any_role(centre: Centre):
    case = await centre.a_case("noise.living", complained_of="police_bureau")
    assert (case["status"], case["queued_for"]) == ("queued", "complained_of")
    for below in ("police_bureau", "yuejincun_police_station"):
        refused = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": below}, expect=409)
        assert refused["code"] == "complained-of"
    about_the_centre = await centre.a_case(complained_of="political_legal_committee")
    await centre.sees("supervise.mao", f"cases/{about_the_centre['case_id']}", expect=404)
    listed = await centre.sees("supervise.mao", "cases?limit=500")
    assert about_the_centre["case_id"] not in {row["id"] for row in listed["items"]}
    at_work = await centre.sees("supervise.mao", "handoffs?limit=500")
    assert about_the_centre["case_id"] not in {row["case_id"] for row in at_work["items"]}


async def test_only_those_who_see_a_case_record_its_follow_up(centre: Centre):
    case = await centre.a_case()
    answer = await centre.does("grid.luo", f"cases/{case['case_id']}/follow-up", {"solved": True}, expect=404)
    assert answer["code"] == "not-found"


async def test_the_worklist_comes_due_first_and_page_by_page_without_a_gap(centre: Centre):
    for _ in range(3):
        await centre.a_case()
    whole = (await centre.sees("city.tang", "handoffs?limit=500"))["items"]
    due = [row["due_at"] for row in whole if row["due_at"]]
    assert due == sorted(due)
    paged, cursor = [], ""
    while True:
        page = await centre.sees("city.tang", f"handoffs?limit=2{cursor}")
        paged += [row["handoff_id"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert paged == [row["handoff_id"] for row in whole]


async def test_a_version_that_is_not_the_last_is_refused_before_anything_changes(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    async with centre.world.client("dispatch", "city.tang") as office:
        old = await office.post(f"/v1/handoffs/{handoff}/accept", headers={"If-Match": '"1"'})
        assert old.status_code == 412
        now = await office.post(f"/v1/handoffs/{handoff}/accept", headers={"If-Match": f'"{case["version"]}"'})
        assert now.status_code == 200
        assert now.headers["etag"] == f'"{case["version"] + 2}"'


async def test_the_timeline_tells_what_every_office_did_in_order(centre: Centre):
    case = await centre.a_case()
    await centre.does("city.tang", f"handoffs/{case['handoffs'][0]['handoff_id']}/accept")
    told = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
    kinds = [fact["type"].split(".")[2] for fact in told["items"]]
    assert kinds == [
        "report-registered",
        "report-accepted",
        "case-opened",
        "case-routed",
        "handoff-offered",
        "handoff-accepted",
        "handling-begun",
    ]


async def test_notes_are_read_by_those_on_the_case_and_by_nobody_else(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/progress", {"note": "电话联系了住户。"})
    told = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
    note = next(f["data"]["note"]["id"] for f in told["items"] if "handoff-progressed" in f["type"])
    async with centre.world.client("dispatch", "city.tang") as office:
        assert (await office.get(f"/v1/contents/{note}")).text == "电话联系了住户。"
    await centre.sees("transport.lei", f"contents/{note}", expect=404)


async def test_the_reporters_not_solved_reopens_the_case(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
    receipt = case["receipt"]
    async with centre.world.client("intake") as resident:
        headers = {"Tracking-Code": receipt["tracking_code"]}
        await centre.world.until(lambda: _answered(resident, receipt["receipt_no"], headers))
    await centre.world.until(lambda: _case_is(centre, case["case_id"], "reopened"))


async def test_a_second_reporter_of_the_same_matter_joins_the_case(centre: Centre):
    case = await centre.a_case()
    second = await centre.report()
    async with centre.world.client("intake", "clerk.liu") as clerk:
        await centre.world.until(lambda: _joined(clerk, second["report_id"], case["case_id"]))
    await centre.world.until(lambda: _has_reports(centre, case["case_id"], 2))


async def test_an_extension_moves_the_due_day_and_keeps_the_start(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    accepted = await centre.does("city.tang", f"handoffs/{handoff}/accept")
    before = next(c["deadline"] for c in accepted["clocks"] if not c["stopped_at"])
    await centre.does("city.tang", f"handoffs/{handoff}/extension", {"days": 5, "reason": "需协调管网图纸"})
    granted = await centre.does("dispatch.cheng", f"handoffs/{handoff}/extension/grant")
    after = next(c["deadline"] for c in granted["clocks"] if not c["stopped_at"])
    assert after["started_at"] == before["started_at"]
    assert after["due_at"] > before["due_at"]


async def test_a_petition_comes_back_only_with_the_centres_consent(centre: Centre):
    case = await centre.a_case("petition.pension")
    handoff = next(h["handoff_id"] for h in case["handoffs"] if h["department"] == "petition_office")
    path = f"/v1/petitions/{handoff}"
    async with centre.world.client("petition", "petition.fu") as office:
        await centre.world.until(lambda: _found(office, path))
        assert (await office.post(f"{path}/register")).status_code == 200
        assert (await office.post(f"{path}/return", json={"reason": "属于诉讼事项"})).status_code == 200
        await centre.world.until(lambda: _return_asked(centre, handoff))
        kept = await centre.does("dispatch.cheng", f"handoffs/{handoff}/return/refuse", {"reason": "属于信访事项"})
        assert next(h["status"] for h in kept["handoffs"] if h["handoff_id"] == handoff) == "offered"

        async def back() -> bool:
            return (await office.get(path)).json()["status"] == "registered"

        await centre.world.until(back)
        assert (await office.post(f"{path}/accept")).status_code == 200


async def test_a_matter_that_nobody_is_competent_for_tells_its_reporter_the_lawful_route(centre: Centre):
    case = await centre.a_case("noise.living", "50010400300101")
    body = {"route": "litigation", "reason": "该纠纷已有生效判决。"}
    refused = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/refuse", body)
    assert (refused["status"], refused["route"]) == ("refused", "litigation")
    receipt = case["receipt"]
    headers = {"Tracking-Code": receipt["tracking_code"], "Accept-Language": "zh"}
    async with centre.world.client("intake") as resident:

        async def told() -> bool:
            return (
                "向人民法院起诉" in (await resident.get(f"/v1/receipts/{receipt['receipt_no']}", headers=headers)).text
            )

        await centre.world.until(told)


async def test_a_report_withdrawn_after_a_duplicate_joined_leaves_the_case_to_the_other_and_the_last_one_ends_it(
    centre: Centre,
):
    case = await centre.a_case()
    second = await centre.report()
    async with centre.world.client("intake", "clerk.liu") as clerk:
        await centre.world.until(lambda: _joined(clerk, second["report_id"], case["case_id"]))
    await centre.world.until(lambda: _has_reports(centre, case["case_id"], 2))
    async with centre.world.client("intake") as resident:
        for receipt, status in ((case["receipt"], "routed"), (second, "withdrawn")):
            headers = {"Tracking-Code": receipt["tracking_code"]}
            path = f"/v1/receipts/{receipt['receipt_no']}/withdraw"
            assert (await resident.post(path, headers=headers)).status_code == 200
            await centre.world.settled()
            assert (await centre.case(case["case_id"]))["status"] == status


async def test_two_transfers_at_once_end_in_one(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    body = {"to": "transport_bureau", "reason": "属公路养护"}
    await centre.does("city.tang", f"handoffs/{handoff}/transfer", body)
    assert (await centre.case(case["case_id"]))["lead"] == "transport_bureau"
    stale = await centre.does("city.tang", f"handoffs/{handoff}/transfer", body, expect=409)
    assert (stale["code"], stale["now_with"]) == ("stale", ["transport_bureau"])


async def _return_asked(centre: Centre, handoff: str) -> bool:
    listed = await centre.sees("dispatch.cheng", "handoffs?return_asked=true&limit=500")
    return handoff in {row["handoff_id"] for row in listed["items"]}


async def _found(client, path: str) -> bool:
    return (await client.get(path)).status_code == 200


async def _handoff_is(centre: Centre, case_id: str, status: str) -> bool:
    return (await centre.case(case_id))["handoffs"][0]["status"] == status


async def _case_is(centre: Centre, case_id: str, status: str) -> bool:
    return (await centre.case(case_id))["status"] == status


async def _joined(clerk, report_id: str, case_id: str) -> bool:
    """Intake knows the case as soon as it has heard of it."""
    answer = await clerk.post(f"/v1/reports/{report_id}/join", json={"into": case_id})
    return answer.status_code == 200


async def _has_reports(centre: Centre, case_id: str, count: int) -> bool:
    return len((await centre.case(case_id))["reports"]) == count


async def _answered(resident, receipt_no: str, headers) -> bool:
    answer = await resident.post(f"/v1/receipts/{receipt_no}/answer", json={"solved": False}, headers=headers)
    return answer.status_code == 200


async def test_an_emergency_lies_on_the_offices_desk_at_once_and_the_resident_reads_what_was_really_done(
    centre: Centre,
):
    report = await centre.report(text="七楼有人要跳楼,快来人!")
    receipt, headers = f"/v1/receipts/{report['receipt_no']}", {"Tracking-Code": report["tracking_code"]}
    world = centre.world
    async with world.client("intake", "clerk.liu") as clerk:
        redirected = await clerk.post(f"/v1/reports/{report['report_id']}/redirect", json={"to": "110"})
        assert redirected.status_code == 200, redirected.text
        case_id = redirected.json()["case_id"]
    async with world.client("intake") as resident, world.client("police", "police.wu") as police:
        told = (await resident.get(receipt, headers=headers)).json()
        assert told["text"].startswith("Urgent: given to Police Bureau to pass on to 110, not confirmed yet"), told
        task = (await police.get(f"/v1/tasks/{case_id}.110", headers={"Prefer": "wait=15"})).json()
        assert (task["status"], task["number"], task["part"]) == ("called", "110", "call")
        first = (await police.get("/v1/tasks")).json()["items"][0]
        assert first["handoff_id"] == task["handoff_id"], "before everything that is due later"
        assert [step["step"] for step in task["steps"]] == ["pass_on_call"]
        async with world.client("police", "station.jiang") as station:
            assert (await station.post(f"/v1/tasks/{case_id}.110/pass-on")).status_code == 403
        passed = await police.post(f"/v1/tasks/{case_id}.110/pass-on")
        assert (passed.status_code, passed.json()["status"]) == (200, "passed_on"), passed.text
        task = (await police.get(f"/v1/tasks/{case_id}.110")).json()
        assert [step["by"] for step in task["history"]] == ["service:police", "police.wu"]

        async def told_so() -> Any:
            now = (await resident.get(receipt, headers={**headers, "Accept-Language": "zh"})).json()
            return now if now["passed_on_at"] else None

        told = await world.until(told_so)
        assert told["text"] == "区公安分局已将情况转报 110。如仍有危险，请立即自行拨打 110"
        assert [step["step"] for step in told["steps"]] == ["registered", "redirected", "passed_on"]


@pytest.mark.parametrize(
    ("number", "who", "service"), [("119", "emergency.bai", "emergency"), ("122", "police.wu", "police")]
)
async def test_who_passes_an_emergency_on_reads_it(centre: Centre, number: str, who: str, service: str):
    report = await centre.report(text="烟从地下室冒出来。")
    path = f"/v1/reports/{report['report_id']}"
    async with centre.world.client("intake", "clerk.liu") as clerk:
        case_id = (await clerk.post(f"{path}/redirect", json={"to": number})).json()["case_id"]
    async with centre.world.client("intake", who) as office, centre.world.client(service, who) as desk:
        arrived = await desk.get(f"/v1/tasks/{case_id}.{number}", headers={"Prefer": "wait=15"})
        assert arrived.status_code == 200
        (text,) = arrived.json()["supplements"]
        content = text["content_id"]
        assert (await office.get(f"/v1/contents/{content}")).text == "烟从地下室冒出来。"
    async with centre.world.client("intake", "housing.ye") as other:
        assert (await other.get(f"/v1/contents/{content}")).status_code == 404


async def test_an_emergency_that_complains_of_the_police_is_passed_on_by_others(centre: Centre):
    report = await centre.report(complained_of="police_bureau")
    async with centre.world.client("intake", "clerk.liu") as clerk:
        path = f"/v1/reports/{report['report_id']}/redirect"
        case_id = (await clerk.post(path, json={"to": "110"})).json()["case_id"]
    async with centre.world.client("emergency", "emergency.bai") as desk:
        arrived = await desk.get(f"/v1/tasks/{case_id}.110", headers={"Prefer": "wait=15"})
        assert (arrived.status_code, arrived.json()["number"]) == (200, "110")


async def test_a_supplement_reaches_the_desk_of_the_police_who_can_read_it(centre: Centre):
    case = await centre.a_case("noise.living")
    receipt, world = case["receipt"], centre.world
    task = f"/v1/tasks/{case['handoffs'][0]['handoff_id']}"
    async with world.client("intake") as resident:
        headers = {"Tracking-Code": receipt["tracking_code"]}
        path = f"/v1/receipts/{receipt['receipt_no']}/supplement"
        assert (await resident.post(path, json={"text": "今晚又吵到两点。"}, headers=headers)).status_code == 200
    async with world.client("police", "station.jiang") as police, world.client("intake", "station.jiang") as intake:

        async def shown() -> Any:
            answer = await police.get(task)
            return answer.json()["supplements"] if answer.status_code == 200 else None

        (added,) = await world.until(shown)
        assert added["kind"] == "supplement"
        assert (await intake.get(f"/v1/contents/{added['content_id']}")).text == "今晚又吵到两点。"


async def test_a_report_joined_later_reaches_the_desk_and_can_be_read_there(centre: Centre):
    case = await centre.a_case("noise.living")
    other = await centre.report("noise.living", text="楼上天天半夜打麻将。")
    world, task = centre.world, f"/v1/tasks/{case['handoffs'][0]['handoff_id']}"
    async with world.client("intake", "clerk.liu") as clerk:

        async def joined() -> Any:
            answer = await clerk.post(f"/v1/reports/{other['report_id']}/join", json={"into": case["case_id"]})
            return answer.status_code == 200

        await world.until(joined)
    async with world.client("police", "station.jiang") as police, world.client("intake", "station.jiang") as intake:

        async def shown() -> Any:
            answer = await police.get(task)
            return answer.json()["supplements"] if answer.status_code == 200 else None

        (added,) = await world.until(shown)
        assert (added["report_id"], added["kind"]) == (other["report_id"], "narrative")
        assert (await intake.get(f"/v1/contents/{added['content_id']}")).text == "楼上天天半夜打麻将。"


async def test_an_administrator_erases_a_result_that_an_office_wrote_here(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    done = await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已与张某(13800001234)商定。"})
    content, body = done["handoffs"][0]["result"]["id"], {"ground": "entered_by_mistake"}
    await centre.does("city.tang", f"contents/{content}/erase", body, expect=403)
    erased = await centre.does("admin.ran", f"contents/{content}/erase", body)
    assert erased == await centre.does("admin.ran", f"contents/{content}/erase", body)
    assert (await centre.sees("city.tang", f"contents/{content}", expect=410))["code"] == "erased"
    told = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
    assert [each["data"] for each in told["items"] if "content-erased" in each["type"]] == [
        {"case_id": case["case_id"], "content_id": content, "ground": "entered_by_mistake"}
    ]


async def test_many_are_urged_at_once_and_each_that_cannot_be_says_why(centre: Centre):
    cases = [await centre.a_case() for _ in range(3)]
    ids = [case["handoffs"][0]["handoff_id"] for case in cases]
    await centre.does("city.tang", f"handoffs/{ids[2]}/return", {"reason": "不属本局"})
    asked = {"handoffs": [*ids, "no-such-case.1"]}
    async with centre.world.client("dispatch", "supervise.mao") as supervisor:
        first, again = [
            (await supervisor.post("/v1/handoffs/urge", json=asked, headers={"Idempotency-Key": "urge-them"})).json()
            for _ in range(2)
        ]
    assert [item["done"] for item in first["items"]] == [True, True, False, False]
    assert [item["problem"]["code"] for item in first["items"][2:]] == ["stale", "not-found"]
    assert first["done"] == again["done"] == 2
    assert [(await centre.case(case["case_id"]))["handoffs"][0]["urged"] for case in cases] == [1, 1, 0]


async def test_several_tasks_of_several_cases_are_offered_at_once(centre: Centre):
    routed, queued = await centre.a_case(), await centre.a_case("noise.living", "50010400300101")
    offers = [
        {"case_id": routed["case_id"], "department": "transport_bureau", "part": "co"},
        {"case_id": routed["case_id"], "department": "housing_commission", "part": "co"},
        {"case_id": routed["case_id"], "department": "city_management_bureau", "part": "co"},
        {"case_id": queued["case_id"], "department": "city_management_bureau"},
    ]
    told = await centre.does("dispatch.cheng", "handoffs/offer", {"offers": offers})
    assert [item["done"] for item in told["items"]] == [True, True, False, True]
    assert told["items"][2]["problem"]["code"] == "already-held"
    assert len((await centre.case(routed["case_id"]))["handoffs"]) == 3
    assert (await centre.case(queued["case_id"]))["lead"] == "city_management_bureau"
    await centre.does("city.tang", "handoffs/offer", {"offers": offers}, expect=403)


async def test_an_official_with_an_interest_steps_back_and_meets_the_case_no_more(centre: Centre):
    case = await centre.a_case()
    path = f"cases/{case['case_id']}"
    await centre.does("city.tang", f"{path}/recuse", {"ground": "kinship"})
    await centre.sees("city.tang", path, expect=404)
    listed = await centre.sees("city.tang", "handoffs?limit=500")
    assert case["case_id"] not in {row["case_id"] for row in listed["items"]}
    await centre.does("city.tang", f"handoffs/{case['handoffs'][0]['handoff_id']}/accept", expect=404)
    again = await centre.does("dispatch.cheng", f"{path}/recuse", {"officer": "nobody", "ground": "other"}, expect=404)
    assert again["code"] == "not-found"
    own = (await centre.case(case["case_id"]))["barred"][0]
    twice = await centre.does("dispatch.cheng", f"{path}/recuse", {"officer": own, "ground": "other"}, expect=409)
    assert twice["code"] == "recused-already"
