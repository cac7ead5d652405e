"""Stepping back (回避) and its lifting, as officers, the centre and every service meet them."""

from typing import Any

import pytest
import pytest_asyncio

from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from shared.refusals.refusals import NotPermitted
from tests.dispatch.conftest import Centre
from tests.dispatch.given import DISPATCHER, SUPERVISOR, TEXT, a_case, handler_of
from tests.kit.appointing import Person, appoint
from tests.kit.world import World

REASON = "经核实，与当事人并无亲属关系。"
LISTS = ("cases", "handoffs", "clocks")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def people(world: World) -> None:
    await appoint(
        world,
        Person("dispatch.far", "dispatcher", "governance_center", area="500104003"),
        Person("clerk.interested", "clerk", "governance_center"),
        Person("centre.interested", "dispatcher", "governance_center"),
    )


async def lift(centre: Centre, case: dict[str, Any], officer: str, by: str, expect: int = 200) -> dict[str, Any]:
    body = {"officer": officer, "reason": REASON}
    return await centre.does(by, f"cases/{case['case_id']}/recuse/lift", body, expect)


async def listed(centre: Centre, who: str, what: str) -> set[str]:
    found = await centre.sees(who, f"{what}?limit=500")
    return {row.get("case_id") or row["id"] for row in found["items"]}


@pytest.mark.asyncio(loop_scope="session")
async def test_the_centre_lifts_a_recusal_and_the_officer_works_on(centre: Centre):
    case = await centre.a_case()
    case_id, handoff = case["case_id"], case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"cases/{case_id}/recuse", {"ground": "kinship"})
    for what in LISTS:
        assert case_id not in await listed(centre, "city.tang", what)
    assert "lift_recusal" not in case["steps"]
    shown = await centre.sees("dispatch.cheng", f"cases/{case_id}")
    (officer,) = shown["barred"]
    assert "lift_recusal" in shown["steps"]
    lifted = await lift(centre, case, officer, "dispatch.cheng")
    assert lifted["barred"] == []
    for what in LISTS:
        assert case_id in await listed(centre, "city.tang", what)
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    told = await centre.sees("dispatch.cheng", f"cases/{case_id}/timeline")
    (fact,) = [item["data"] for item in told["items"] if item["type"].split(".")[2] == "recusal-lifted"]
    assert (fact["officer"], REASON in str(fact)) == (officer, False)
    async with centre.world.client("dispatch", "supervise.mao") as supervisor:
        assert (await supervisor.get(f"/v1/contents/{fact['reason']['id']}")).text == REASON
    again = await lift(centre, case, officer, "supervise.mao", expect=409)
    assert again["code"] == "not-recused"
    await centre.does("city.tang", f"cases/{case_id}/recuse", {"ground": "interest"})
    await centre.sees("city.tang", f"cases/{case_id}", expect=404)


@pytest.mark.asyncio(loop_scope="session")
async def test_neither_the_officer_nor_an_office_nor_another_area_lifts_it(centre: Centre):
    case = await centre.a_case(complained_of="transport_bureau")
    path = f"cases/{case['case_id']}"
    await centre.does("centre.interested", f"{path}/recuse", {"ground": "took_part"})
    officer = next(each for each in (await centre.case(case["case_id"]))["barred"] if each != "transport_bureau")
    await lift(centre, case, officer, "centre.interested", expect=404)
    await lift(centre, case, officer, "city.tang", expect=403)
    await lift(centre, case, officer, "clerk.liu", expect=403)
    await lift(centre, case, officer, "dispatch.far", expect=404)
    refused = await lift(centre, case, "transport_bureau", "dispatch.cheng", expect=409)
    assert refused["code"] == "not-recused", "a complaint is not lifted so"
    assert set((await centre.case(case["case_id"]))["barred"]) == {"transport_bureau", officer}


@pytest.mark.asyncio(loop_scope="session")
async def test_intake_hides_the_report_from_who_stepped_back_until_that_is_lifted(centre: Centre):
    case = await centre.a_case()
    report, who = case["receipt"]["report_id"], "clerk.interested"

    async def reads(expect: int) -> None:
        async def answers() -> bool:
            async with centre.world.client("intake", who) as clerk:
                return (await clerk.get(f"/v1/reports/{report}")).status_code == expect

        await centre.world.until(answers)

    await reads(200)
    await centre.does(who, f"cases/{case['case_id']}/recuse", {"ground": "kinship"})
    await reads(403)
    (officer,) = (await centre.case(case["case_id"]))["barred"]
    await lift(centre, case, officer, "dispatch.cheng")
    await reads(200)


@pytest.mark.asyncio(loop_scope="session")
async def test_who_stepped_back_stays_away_from_the_case_that_takes_theirs_in(centre: Centre):
    one, other = await centre.a_case(), await centre.a_case()
    await centre.does("clerk.interested", f"cases/{one['case_id']}/recuse", {"ground": "kinship"})
    await centre.does("dispatch.cheng", f"cases/{one['case_id']}/merge", {"into": other["case_id"]})
    await centre.world.settled()
    await centre.sees("clerk.interested", f"cases/{other['case_id']}", expect=404)
    async with centre.world.client("intake", "clerk.interested") as clerk:
        for case in (one, other):
            assert (await clerk.get(f"/v1/reports/{case['receipt']['report_id']}")).status_code == 403


@pytest.mark.asyncio(loop_scope="session")
async def test_a_desk_shows_the_task_again(centre: Centre):
    case = await centre.a_case("noise.living")
    task = f"/v1/tasks/{case['handoffs'][0]['handoff_id']}"

    async def finds(expect: int) -> None:
        async def answers() -> bool:
            async with centre.world.client("police", "station.jiang") as station:
                return (await station.get(task)).status_code == expect

        await centre.world.until(answers)

    await finds(200)
    body = {"officer": "station.jiang", "ground": "kinship"}
    await centre.does("dispatch.cheng", f"cases/{case['case_id']}/recuse", body)
    await finds(404)
    await lift(centre, case, body["officer"], "dispatch.cheng")
    await finds(200)


def test_nobody_lifts_their_own_recusal_and_no_office_anothers():
    story = a_case().do(c.RecuseOfficer, DISPATCHER, officer=DISPATCHER.id, ground="kinship")
    with pytest.raises(r.OwnRecusal):
        story.do(c.LiftRecusal, DISPATCHER, officer=DISPATCHER.id, reason=TEXT)
    with pytest.raises(NotPermitted):
        story.do(c.LiftRecusal, handler_of("city_management_bureau"), officer=DISPATCHER.id, reason=TEXT)
    assert story.do(c.LiftRecusal, SUPERVISOR, officer=DISPATCHER.id, reason=TEXT).case.barred == ()


def test_what_was_never_declared_is_not_lifted_and_a_department_is_no_officer():
    story = a_case(complained_of="transport_bureau")
    for officer, known in (("nobody", True), ("transport_bureau", False)):
        with pytest.raises(r.NotRecused):
            story.do(c.LiftRecusal, DISPATCHER, officer=officer, reason=TEXT, known=known)
