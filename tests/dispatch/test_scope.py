"""Who sees what of a case: by area, by the work that an office has, by the visit that is due; never the accused."""

from typing import Any

import pytest
import pytest_asyncio

from shared.desk.matter import ReceiveTask
from shared.desk.model import AcceptTask
from shared.facts.envelope import Trail
from shared.procedure.actor import Actor, Post, Role, service_actor
from shared.record.aggregate import Write
from shared.record.recorder import Request
from tests.dispatch.conftest import GRID, Centre
from tests.kit.appointing import Person, appoint
from tests.kit.world import World

CITY, TRANSPORT = "city_management_bureau", "transport_bureau"
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def people(world: World) -> None:
    await appoint(
        world,
        Person("city.far", "handler", CITY, area="500104003"),
        Person("city.far.system", "system", CITY, area="500104003"),
        Person("city.far.grid", "grid_worker", CITY, area="500104003"),
        Person("city.near", "handler", CITY, area="500104002"),
        Person("home.accused", "dispatcher", "governance_center", home=CITY),
    )


async def listed(centre: Centre, who: str, what: str = "cases", query: str = "") -> set[str]:
    found = await centre.sees(who, f"{what}?limit=500{query}")
    return {row.get("case_id") or row["id"] for row in found["items"]}


async def content_of(centre: Centre, case_id: str, fact: str, field: str) -> str:
    told = await centre.sees("dispatch.cheng", f"cases/{case_id}/timeline")
    facts = [item["data"] for item in told["items"] if item["type"].split(".")[2] == fact]
    found = [data[field]["id"] for data in facts if field in data]
    return str(found[-1])


async def reads(centre: Centre, who: str, content: str) -> int:
    async with centre.world.client("dispatch", who) as someone:
        return (await someone.get(f"/v1/contents/{content}")).status_code


@pytest.mark.parametrize("who", ["city.far", "city.far.system", "city.far.grid"])
async def test_an_office_of_another_area_neither_lists_nor_opens_the_case(centre: Centre, who: str):
    case = await centre.a_case()
    for what in ("cases", "handoffs"):
        assert case["case_id"] not in await listed(centre, who, what)
        assert case["case_id"] in await listed(centre, "city.near", what)
    assert await centre.sees(who, "figures/cases?area=500104002") == []
    for path in ("", "/timeline"):
        await centre.sees(who, f"cases/{case['case_id']}{path}", expect=404)
    handoff = case["handoffs"][0]["handoff_id"]
    if who != "city.far.grid":
        await centre.does(who, f"handoffs/{handoff}/accept", expect=404)
    await centre.does("city.near", f"handoffs/{handoff}/accept")


async def given_back(centre: Centre, how: str) -> tuple[dict[str, Any], str]:
    """A case that city management gave back in this way and transport works on now, with the way's own content."""
    case = await centre.a_case()
    first = case["handoffs"][0]["handoff_id"]
    if how != "returned":
        await centre.does("city.tang", f"handoffs/{first}/accept")
    if how == "transferred":
        await centre.does("city.tang", f"handoffs/{first}/transfer", {"to": TRANSPORT, "reason": "属交通部门"})
    else:
        who, step = {"returned": ("city.tang", "return"), "recalled": ("dispatch.cheng", "recall")}[how]
        await centre.does(who, f"handoffs/{first}/{step}", {"reason": "不属于本单位职责"})
        await centre.does("dispatch.cheng", f"cases/{case['case_id']}/handoffs", {"department": TRANSPORT})
    second = (await centre.case(case["case_id"]))["handoffs"][1]["handoff_id"]
    await centre.does("transport.lei", f"handoffs/{second}/accept")
    await centre.does("transport.lei", f"handoffs/{second}/progress", {"note": "已联系产权单位。"})
    field = "reason" if how == "returned" else "why"
    return case, await content_of(centre, case["case_id"], f"handoff-{how}", field)


@pytest.mark.parametrize("how", ["returned", "recalled", "transferred"])
async def test_an_office_that_gave_the_task_back_sees_its_own_part_and_not_what_came_after(centre: Centre, how: str):
    case, own = await given_back(centre, how)
    case_id, first = case["case_id"], case["handoffs"][0]["handoff_id"]
    seen = await centre.case(case_id, "city.tang")
    assert [(h["department"], h["status"]) for h in seen["handoffs"]] == [(CITY, how)]
    assert {clock["handoff_id"] for clock in seen["clocks"]} == {first}
    assert (seen["reports"], seen["contents"], seen["lead"], seen["complained_of"]) == ([], [], None, None)
    told = await centre.sees("city.tang", f"cases/{case_id}/timeline")
    assert {item["data"]["handoff_id"] for item in told["items"]} == {first}
    assert case_id not in await listed(centre, "city.tang")
    assert case_id in await listed(centre, "city.tang", "handoffs", f"&status={how}")
    note = await content_of(centre, case_id, "handoff-progressed", "note")
    assert (await reads(centre, "city.tang", own), await reads(centre, "city.tang", note)) == (200, 404)
    assert (await reads(centre, "transport.lei", note), await reads(centre, "transport.lei", own)) == (200, 200)
    stale = await centre.does("city.tang", f"handoffs/{first}/start", expect=409)
    assert stale["code"] == "stale"


async def test_giving_a_task_back_does_not_answer_with_what_comes_after(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    answer = await centre.does("city.tang", f"handoffs/{handoff}/transfer", {"to": TRANSPORT, "reason": "属交通部门"})
    assert [h["department"] for h in answer["handoffs"]] == [CITY]


async def test_a_content_is_not_kept_by_browsers_and_tells_no_stranger_that_it_exists(centre: Centre):
    _, own = await given_back(centre, "returned")
    async with centre.world.client("dispatch", "dispatch.cheng") as dispatcher:
        shown = await dispatcher.get(f"/v1/contents/{own}")
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    async with centre.world.admin("dispatch") as administrator:
        await administrator.execute(
            "UPDATE contents SET erased_at = now(), salt = NULL, wrapped_key = NULL, sealed = NULL WHERE id = $1", own
        )
    assert await reads(centre, "dispatch.cheng", own) == 410
    assert await reads(centre, "housing.ye", own) == 404
    assert await reads(centre, "housing.ye", "no-such") == 404


async def test_a_grid_worker_pays_the_follow_up_visit_in_his_own_grid(centre: Centre):
    case = await centre.a_case(area=GRID)
    case_id, handoff = case["case_id"], case["handoffs"][0]["handoff_id"]
    visit = {"solved": True, "satisfied": True}
    await centre.does("grid.tan", f"cases/{case_id}/follow-up", visit, expect=404)
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/progress", {"note": "内部情况。"})
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    note = await content_of(centre, case_id, "handoff-progressed", "note")
    assert case_id not in await listed(centre, "grid.tan")
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
    assert case_id in await listed(centre, "grid.tan", query="&status=resolved")
    seen = await centre.case(case_id, "grid.tan")
    assert [(h["department"], h["status"]) for h in seen["handoffs"]] == [(CITY, "verified")]
    assert "record_follow_up" in seen["steps"]
    assert (seen["reports"], seen["barred"]) == ([], [])
    result = await content_of(centre, case_id, "handoff-completed", "result")
    assert (await reads(centre, "grid.tan", result), await reads(centre, "grid.luo", result)) == (200, 404)
    await centre.does("grid.luo", f"cases/{case_id}/follow-up", visit, expect=404)
    told = await centre.does("grid.tan", f"cases/{case_id}/follow-up", visit)
    assert told["status"] == "followed_up"
    await centre.does("dispatch.cheng", f"cases/{case_id}/close", {"reason": "solved"})
    await centre.sees("grid.tan", f"cases/{case_id}", expect=404)
    assert await reads(centre, "grid.tan", note) == 404


async def test_a_home_in_the_office_complained_of_bars_as_a_post_there_does(centre: Centre):
    case = await centre.a_case(complained_of=CITY)
    for path in ("", "/timeline"):
        await centre.sees("home.accused", f"cases/{case['case_id']}{path}", expect=404)
    assert case["case_id"] not in await listed(centre, "home.accused")
    await centre.does("home.accused", f"cases/{case['case_id']}/route", {"lead": TRANSPORT}, expect=404)


async def joins(centre: Centre, into: str, complained_of: str, category: str) -> None:
    """As when the case had not been offered yet where the clerk saw it: past intake's own check."""
    report = await centre.report(category, complained_of=complained_of)
    await centre.world.settled()
    async with centre.world.admin("intake") as administrator:
        await administrator.execute("DELETE FROM case_steps WHERE case_id = $1 AND step <> 'opened'", into)
    async with centre.world.client("intake", "clerk.liu") as clerk:
        joined = await clerk.post(f"/v1/reports/{report['report_id']}/join", json={"into": into})
    assert joined.status_code == 200, joined.text


async def test_a_complaint_that_joins_takes_the_task_from_the_office_it_complains_of(centre: Centre):
    case = await centre.a_case()
    case_id, handoff = case["case_id"], case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await joins(centre, case_id, CITY, "sanitation.drain")

    async def recalled() -> bool:
        return (await centre.case(case_id))["handoffs"][0]["status"] == "recalled"

    await centre.world.until(recalled)
    told = await centre.sees("dispatch.cheng", f"cases/{case_id}/timeline")
    (fact,) = [item["data"] for item in told["items"] if item["type"].split(".")[2] == "handoff-recalled"]
    assert fact["reason"] == "complained_of"
    assert case_id in await listed(centre, "dispatch.cheng", query="&needs_offer=true")
    await centre.sees("city.tang", f"cases/{case_id}", expect=404)
    assert case_id not in await listed(centre, "city.tang", "handoffs", "&status=recalled")
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已办"}, expect=404)
    await centre.does("dispatch.cheng", f"cases/{case_id}/handoffs", {"department": TRANSPORT})
    assert case_id not in await listed(centre, "dispatch.cheng", query="&needs_offer=true")


async def test_a_complaint_that_joins_takes_it_from_the_desk_of_the_office_too(centre: Centre):
    case = await centre.a_case("noise.living")
    handoff = case["handoffs"][0]["handoff_id"]
    async with centre.world.client("police", "station.jiang") as station:
        found = await station.get(f"/v1/tasks/{handoff}", headers={"Prefer": "wait=15"})
        assert found.status_code == 200
        await joins(centre, case["case_id"], "police_bureau", "noise.living")

        async def gone() -> bool:
            return (await station.get(f"/v1/tasks/{handoff}")).status_code == 404

        await centre.world.until(gone)
        assert (await station.post(f"/v1/tasks/{handoff}/accept")).status_code == 404


async def test_an_answer_of_another_service_does_not_move_the_hand_off(centre: Centre):
    case = await centre.a_case("petition.pension")
    handoff = case["handoffs"][0]
    assert handoff["via"] == "petition"
    async with centre.world.client("petition", "petition.fu") as office:
        there = await office.get(f"/v1/petitions/{handoff['handoff_id']}", headers={"Prefer": "wait=15"})
        assert there.status_code == 200
    await answers_for(centre.world, "police", handoff, case)

    async def refused() -> list[dict[str, Any]]:
        told = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
        return [item["data"] for item in told["items"] if item["type"].split(".")[2] == "answer-refused"]

    (fact,) = await centre.world.until(refused)
    assert (fact["answer"], fact["why"]) == ("accept", "answered-by-another")
    assert (await centre.case(case["case_id"]))["handoffs"][0]["status"] == "offered"
    async with centre.world.client("petition", "petition.fu") as office:
        await centre.world.settled()
        petition = (await office.get(f"/v1/petitions/{handoff['handoff_id']}")).json()
        assert (petition["status"], petition["told"]) == ("received", None)


async def answers_for(world: World, service: str, handoff: dict[str, Any], case: dict[str, Any]) -> None:
    """A service takes up and accepts, on its own desk, what was handed to another."""
    runtime = world.runtime(service)
    about = {name: case[name] for name in ("case_id", "category", "area")}
    about |= {name: handoff[name] for name in ("handoff_id", "department", "part")}
    at, somebody = runtime.now(), Actor("police.wu", (Post(Role.HANDLER, handoff["department"], "500104"),))
    received = ReceiveTask(at=at, actor=service_actor(service), case_code=case["code"], **about)
    commands = [received, AcceptTask(at=at, actor=somebody)]
    desk = runtime.service.aggregates[0]
    await runtime.recorder.record(Request((Write(desk, handoff["handoff_id"], commands),), Trail()))
