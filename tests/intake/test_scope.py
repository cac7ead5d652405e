"""A case that a clerk may not see cannot be looked into by joining a report of one's own to it."""

import pytest_asyncio

from services.dispatch import facts as dispatch
from tests.intake.builders import FAR_GRID, GRID, OTHER_GRID, handoff, hear, of_case, offered, opened, register
from tests.kit.appointing import Person, appoint
from tests.kit.world import World

CENTRE = "governance_center"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clerks(world: World) -> World:
    await appoint(
        world,
        Person("clerk.of.far", "clerk", CENTRE, area="500104003"),
        Person("clerk.at.home", "clerk", "hotline_center", home=CENTRE),
        Person("grid.neighbour", "grid_worker", "dongzheng_community", area=OTHER_GRID),
        Person("admin.city", "administrator", "city_management_bureau"),
    )
    return world


async def a_case(world: World, code: str, screener: str = "dispatch.cheng", **changed: object) -> dict[str, str]:
    async with world.client("intake") as resident, world.client("intake", as_=screener) as office:
        receipt = await register(resident, **changed)
        path = f"/v1/reports/{receipt['report_id']}"
        screened = await office.post(f"{path}/accept", json={})
        assert screened.status_code == 200, screened.text
        content = (await office.get(path)).json()["contents"][0]["content_id"]
    await hear(world, opened(receipt["report_id"], screened.json()["case_id"], code))
    return {**receipt, "case_id": screened.json()["case_id"], "content": content}


async def joins(world: World, who: str, into: str, area: str = GRID) -> tuple[int, str]:
    async with world.client("intake") as resident, world.client("intake", as_=who) as clerk:
        own = await register(resident, area=area)
        answer = await clerk.post(f"/v1/reports/{own['report_id']}/join", json={"into": into})
    return answer.status_code, answer.json().get("code", "")


async def test_a_clerk_joins_no_report_to_a_case_about_his_own_centre(clerks: World) -> None:
    hidden = await a_case(clerks, "500104-210305-HIDDEN", "hotline.he", complained_of=CENTRE)
    unknown = await joins(clerks, "clerk.liu", "500104-210305-NOSUCH")
    assert unknown == (404, "not-found")
    for who in ("clerk.liu", "clerk.at.home"):
        for into in (hidden["case_id"], "500104-210305-HIDDEN"):
            assert await joins(clerks, who, into) == unknown
    await hear(clerks, of_case(dispatch.CaseClosed, hidden["case_id"], reason="solved"))
    assert await joins(clerks, "clerk.liu", hidden["case_id"]) == unknown
    assert (await joins(clerks, "hotline.he", hidden["case_id"]))[0] == 422


async def test_a_clerk_joins_no_report_to_a_case_of_another_area(clerks: World) -> None:
    near = await a_case(clerks, "500104-210305-NEARBY", "hotline.he")
    assert await joins(clerks, "clerk.of.far", near["case_id"], FAR_GRID) == (404, "not-found")
    assert (await joins(clerks, "clerk.liu", near["case_id"]))[0] == 200
    far = await a_case(clerks, "500104-210305-FARFAR", "hotline.he", area=FAR_GRID)
    assert (await joins(clerks, "clerk.of.far", far["case_id"], FAR_GRID))[0] == 200


async def test_a_complaint_that_joined_hides_the_other_reports_of_the_case_too(clerks: World) -> None:
    plain = await a_case(clerks, "500104-210305-JOINED", "hotline.he", category="stairs.clutter")
    async with clerks.client("intake") as resident, clerks.client("intake", as_="hotline.he") as office:
        complaint = await register(resident, category="stairs.clutter", complained_of=CENTRE)
        other = await register(resident, category="stairs.clutter")
        joined = await office.post(f"/v1/reports/{complaint['report_id']}/join", json={"into": plain["case_id"]})
        assert joined.status_code == 200
    for who in ("clerk.liu", "clerk.at.home"):
        async with clerks.client("intake", as_=who) as clerk:
            for report in (plain, complaint):
                assert (await clerk.get(f"/v1/reports/{report['report_id']}")).status_code == 403
            assert (await clerk.get(f"/v1/contents/{plain['content']}")).status_code == 403
            listed = {row["report_id"] for row in (await clerk.get("/v1/reports?limit=500")).json()["items"]}
            assert not listed & {plain["report_id"], complaint["report_id"]}
            alike = (await clerk.get(f"/v1/reports/{other['report_id']}/similar")).json()["items"]
            assert not {item["report"]["report_id"] for item in alike} & {plain["report_id"], complaint["report_id"]}


async def test_the_office_complained_of_does_not_erase_the_complaint(clerks: World) -> None:
    who = {"name": "陈小满", "phone": "199-0000-7731", "address": "红炉二村3栋2-1"}
    accused = "city_management_bureau"
    case = await a_case(clerks, "500104-210305-ERASED", "hotline.he", complained_of=accused, reporter=who)
    (row,) = await clerks.fetch("intake", "SELECT ref FROM reporters WHERE report_id = $1", case["report_id"])
    async with clerks.client("intake", as_="admin.city") as administrator:
        assert (await administrator.post(f"/v1/reporters/{row['ref']}/erase")).status_code == 403


async def test_a_grid_worker_who_accepted_reads_the_report(clerks: World) -> None:
    case = await a_case(clerks, "500104-210305-GRIDGO", "hotline.he")
    path, office = f"/v1/contents/{case['content']}", "dongzheng_community"

    async def reads(who: str) -> int:
        async with clerks.client("intake", as_=who) as worker:
            return (await worker.get(path)).status_code

    assert (await reads("grid.luo"), await reads("grid.neighbour")) == (404, 404)
    await hear(clerks, offered(case["case_id"], office), handoff(dispatch.HandoffAccepted, case["case_id"], office))
    assert (await reads("grid.luo"), await reads("grid.neighbour")) == (200, 404)


async def test_a_grid_worker_reads_what_the_follow_up_visit_is_about_while_it_is_due(clerks: World) -> None:
    case = await a_case(clerks, "500104-210305-VISITS", "hotline.he")

    async def reads(who: str) -> int:
        async with clerks.client("intake", as_=who) as worker:
            return (await worker.get(f"/v1/contents/{case['content']}")).status_code

    await hear(clerks, of_case(dispatch.CaseResolved, case["case_id"]))
    assert (await reads("grid.luo"), await reads("grid.neighbour")) == (200, 404)
    await hear(clerks, of_case(dispatch.CaseClosed, case["case_id"], reason="solved"))
    assert await reads("grid.luo") == 404
