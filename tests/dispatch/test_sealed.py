"""A sealed matter (封存): known to its circle and to who routes it, here, at intake and on the desks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.dispatch.conftest import Centre
from tests.kit.appointing import Person, appoint, seal
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
SEALED, OPEN, CITY = "noise.living", "sanitation.drain", "city_management_bureau"
Case = dict[str, Any]
INSIDE, ROUTES = ("station.jiang", "police.boss"), ("dispatch.cheng",)
OUTSIDE = ("supervise.mao", "clerk.liu", "audit.yan", "grid.tan", "city.tang", "dispatch.far", "police.home")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def sealed(world: World) -> AsyncIterator[None]:
    """The police and what is below them."""
    await appoint(
        world,
        Person("police.boss", "supervisor", "police_bureau"),
        Person("police.home", "supervisor", "governance_center", home="police_bureau"),
        Person("dispatch.far", "dispatcher", "governance_center", area="500104003"),
    )
    await seal(world, SEALED, "police_bureau")
    yield
    await seal(world, SEALED)


async def a_sealed_case(centre: Centre, **more: Any) -> Case:
    """Clerks outside the circle do not screen it."""
    return await centre.a_case(SEALED, screener="dispatch.cheng", **more)


async def met(centre: Centre, case: Case, who: str) -> bool:
    """By whatever way of dispatch's."""
    case_id, shown = case["case_id"], []
    async with centre.world.client("dispatch", who) as someone:
        for path in (f"cases/{case_id}", f"cases/{case['code']}/timeline", f"cases/{case_id}/links"):
            shown.append((await someone.get(f"/v1/{path}")).status_code != 404)
        for path in (
            "cases?",
            f"cases?code={case['code']}&",
            "handoffs?",
            "clocks?",
            "cases?q=噪声&",
            "cases/export?format=jsonl&",
        ):
            shown.append(case_id in (await someone.get(f"/v1/{path}limit=500")).text)
    return any(shown)


async def counted(centre: Centre, who: str) -> tuple[int, int]:
    """By figures and on the map: of all matters, and of the sealed one."""
    sums = []
    for query in ("", f"?category={SEALED}"):
        rows = await centre.sees(who, f"figures/cases{query}")
        places = (await centre.sees(who, f"map/cases{query}"))["items"]
        sums.append(sum(row["count"] for row in (*rows, *places)))
    return sums[0], sums[1]


async def test_nobody_outside_the_circle_meets_the_case_and_the_circle_and_the_centre_work_on_it(centre: Centre):
    before = {who: await counted(centre, who) for who in (*OUTSIDE, *INSIDE, *ROUTES)}
    case = await a_sealed_case(centre)
    assert {who for who in (*OUTSIDE, *INSIDE, *ROUTES) if await met(centre, case, who)} == {*INSIDE, *ROUTES}
    for who, (every, of_it) in before.items():
        more = 2 if who in (*INSIDE, *ROUTES) else 0
        assert await counted(centre, who) == (every + more, of_it + more), who
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("supervise.mao", f"handoffs/{handoff}/urge", expect=404)
    await centre.does("police.boss", f"handoffs/{handoff}/urge")


async def test_what_was_there_before_is_hidden_once_its_matter_is_sealed_and_while_nobody_ends_that(centre: Centre):
    case = await centre.a_case(OPEN)
    assert await met(centre, case, "supervise.mao")
    await seal(centre.world, OPEN, CITY)
    try:
        assert not await met(centre, case, "supervise.mao")
        assert await met(centre, case, "city.tang")
    finally:
        await seal(centre.world, OPEN)
    assert await met(centre, case, "supervise.mao")


async def test_what_is_sealed_comes_out_by_no_other_case(centre: Centre):
    case, plain = await a_sealed_case(centre), await centre.a_case(OPEN)
    path = f"cases/{case['case_id']}"
    for one, into in ((case, plain), (plain, case)):
        refused = await centre.does(
            "dispatch.cheng", f"cases/{one['case_id']}/merge", {"into": into["case_id"]}, expect=409
        )
        assert refused["code"] == "sealed-apart"
    refused = await centre.does("dispatch.cheng", f"{path}/split", {"category": OPEN}, expect=409)
    assert refused["code"] == "sealed-apart"
    for department, expect in ((CITY, 409), ("yuejincun_police_station", 200)):
        body = {"reason": "complex", "question": "如何处置？", "invited": [department]}
        answer = await centre.does("dispatch.cheng", f"{path}/consultations", body, expect=expect)
        assert expect == 200 or answer["code"] == "outside-circle"
    consultation = f"consultations/{answer['consultations'][0]['consultation_id']}"
    more = await centre.does("dispatch.cheng", f"{consultation}/invite", {"department": CITY}, expect=409)
    arbiter = await centre.does("dispatch.cheng", f"{consultation}/refer", {"reason": "未达成一致"}, expect=409)
    assert more["code"] == arbiter["code"] == "outside-circle", "nor the committee, unless it is of the circle"
    body = {"kind": "same_matter", "other": case["case_id"]}
    await centre.does("dispatch.cheng", f"cases/{plain['case_id']}/links", body)
    assert (await centre.sees("city.tang", f"cases/{plain['case_id']}/links"))["items"] == []
    assert case["case_id"] not in str(await centre.sees("city.tang", f"cases/{plain['case_id']}/timeline"))
    assert len((await centre.sees("dispatch.cheng", f"cases/{plain['case_id']}/links"))["items"]) == 1


async def test_a_rule_that_leads_out_of_the_circle_leaves_the_case_to_the_dispatcher(centre: Centre):
    await seal(centre.world, OPEN, "police_bureau")
    try:
        report = await centre.report(OPEN)
        async with centre.world.client("intake", "dispatch.cheng") as dispatcher:
            screened = await dispatcher.post(f"/v1/reports/{report['report_id']}/accept", json={})
        case = await centre.case(screened.json()["case_id"])
        assert (case["status"], case["queued_for"], case["handoffs"]) == ("queued", "outside_circle", [])
        path = f"cases/{case['case_id']}/route"
        refused = await centre.does("dispatch.cheng", path, {"lead": CITY}, expect=409)
        assert refused["code"] == "outside-circle"
        assert (await centre.does("dispatch.cheng", path, {"lead": "police_bureau"}))["status"] == "routed"
    finally:
        await seal(centre.world, OPEN)


async def test_intake_shows_the_report_to_who_routes_it_and_to_the_circle_and_to_nobody_else(centre: Centre):
    case = await a_sealed_case(centre)
    report, content = case["receipt"]["report_id"], case["contents"][0]["id"]
    other = await centre.report(OPEN)

    async def ways(who: str) -> set[str]:
        found = set()
        async with centre.world.client("intake", who) as clerk:
            for path in (f"reports/{report}", f"reports/{report}/similar", f"contents/{content}"):
                found |= {path} if (await clerk.get(f"/v1/{path}")).status_code not in (403, 404) else set()
            listed = await clerk.get("/v1/reports?limit=500")
            found |= {"list"} if report in listed.text else set()
            answer = await clerk.get(f"/v1/reports/{report}/reporter?purpose=verify")
            found |= {"reporter"} if answer.json()["code"] not in ("not-found", "not-permitted") else set()
            answer = await clerk.post(f"/v1/reports/{other['report_id']}/join", json={"into": case["case_id"]})
            found |= {"join"} if answer.status_code not in (403, 404) else set()
        return found

    await centre.world.settled()
    everything = {f"reports/{report}", f"reports/{report}/similar", f"contents/{content}", "list", "reporter", "join"}
    assert await ways("dispatch.cheng") == everything
    for who in ("clerk.liu", "supervise.mao", "city.tang", "dispatch.far"):
        assert await ways(who) == set(), who
    assert f"contents/{content}" in await ways("station.jiang")
    async with centre.world.client("intake", "dispatch.cheng") as dispatcher:
        refused = await dispatcher.post(f"/v1/reports/{other['report_id']}/join", json={"into": case["case_id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "sealed-apart")


async def test_a_text_search_finds_it_for_them_alone(centre: Centre):
    case = await a_sealed_case(centre, text="深夜丂丄丅丆吵闹。")
    report = case["receipt"]["report_id"]

    async def finds(who: str) -> bool:
        async with centre.world.client("intake", who) as clerk:
            answer = await clerk.post("/v1/search", json={"text": "丂丄丅丆"})
        return report in answer.text

    async def found() -> bool:
        return await finds("dispatch.cheng")

    await centre.world.until(found)
    assert await finds("police.boss")
    assert [who for who in ("clerk.liu", "supervise.mao", "dispatch.far", "police.home") if await finds(who)] == []


async def test_the_desk_shows_it_to_nobody_outside_either(centre: Centre):
    case = await a_sealed_case(centre)
    task = case["handoffs"][0]["handoff_id"]

    async def sees(who: str) -> tuple[int, bool]:
        async with centre.world.client("police", who) as someone:
            one = await someone.get(
                f"/v1/tasks/{task}", headers={"Prefer": "wait=15"} if who == "station.jiang" else {}
            )
            return one.status_code, task in (await someone.get("/v1/tasks?status=all&limit=200")).text

    assert await sees("station.jiang") == (200, True)
    assert await sees("police.boss") == (200, True)
    for who in ("supervise.mao", "audit.yan", "police.home"):
        assert await sees(who) == (404, False), who
    await seal(centre.world, SEALED, "justice_bureau")
    try:
        assert await sees("station.jiang") == (404, False), "no longer of the circle"
        async with centre.world.client("police", "station.jiang") as station:
            assert (await station.post(f"/v1/tasks/{task}/accept")).status_code == 404
    finally:
        await seal(centre.world, SEALED, "police_bureau")


async def test_an_emergency_stays_with_the_desk_that_passes_it_on(centre: Centre):
    report = await centre.report(SEALED)
    async with centre.world.client("intake", "dispatch.cheng") as dispatcher:
        answer = await dispatcher.post(f"/v1/reports/{report['report_id']}/redirect", json={"to": "119"})
    assert answer.status_code == 200, answer.text
    call = f"{answer.json()['case_id']}.119"
    async with centre.world.client("emergency", "emergency.bai") as desk:
        assert (await desk.get(f"/v1/tasks/{call}", headers={"Prefer": "wait=15"})).status_code == 200
        assert call in (await desk.get("/v1/tasks?limit=200")).text
        assert (await desk.post(f"/v1/tasks/{call}/pass-on")).status_code == 200
    async with centre.world.client("emergency", "supervise.mao") as supervisor:
        assert (await supervisor.get(f"/v1/tasks/{call}")).status_code == 404
