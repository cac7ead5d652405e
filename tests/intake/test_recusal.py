"""Who stepped back from a case meets none of its reports by any way of intake's, and all again once that is lifted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from services.dispatch import facts as dispatch
from shared.contents.refs import ContentRef
from tests.intake.builders import REPORTER, handoff, hear, of_case, offered, opened, register
from tests.intake.test_search import a_word, finds
from tests.kit.appointing import Person, appoint
from tests.kit.world import World

CENTRE, CITY = "governance_center", "city_management_bureau"
TEXT = ContentRef(id="why", kind="recusal_lifted", commitment="0" * 64)
CLERK, HANDLER, GRID, ADMINISTRATOR = "back.clerk", "back.handler", "back.grid", "back.admin"
OFFICERS = (CLERK, HANDLER, GRID, ADMINISTRATOR)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def officers(world: World) -> AsyncIterator[World]:
    await appoint(
        world,
        Person(CLERK, "clerk", CENTRE),
        Person(HANDLER, "handler", CITY),
        Person(GRID, "grid_worker", "dongzheng_community", area="50010400200301"),
        Person(ADMINISTRATOR, "administrator", CENTRE),
    )
    yield world


async def a_case(world: World, code: str, word: str) -> dict[str, Any]:
    """Accepted by city management, and resolved: to be visited."""
    async with world.client("intake") as resident, world.client("intake", as_="hotline.he") as office:
        receipt = await register(resident, text=f"楼道里{word}。", reporter=REPORTER, category="stairs.clutter")
        path = f"/v1/reports/{receipt['report_id']}"
        case_id = (await office.post(f"{path}/accept", json={})).json()["case_id"]
        content = (await office.get(path)).json()["contents"][0]["content_id"]
    about = {"case_id": case_id, "department": CITY}
    await hear(world, opened(receipt["report_id"], case_id, code), offered(**about))
    await hear(world, handoff(dispatch.HandoffAccepted, **about), of_case(dispatch.CaseResolved, case_id))
    (row,) = await world.fetch("intake", "SELECT ref FROM reporters WHERE report_id = $1", receipt["report_id"])
    return {**receipt, "case_id": case_id, "content": content, "ref": row["ref"], "word": word, "code": code}


async def met(world: World, case: dict[str, Any]) -> set[str]:
    """By which ways the officers meet the report, each by those that their role has; erasing last of all."""
    report, found = case["report_id"], set()
    async with world.client("intake", as_=CLERK) as clerk, world.client("intake") as resident:
        listed = await clerk.get("/v1/reports?limit=500&status=accepted")
        found |= {"list"} if report in {row["report_id"] for row in listed.json()["items"]} else set()
        found |= {"text search"} if report in await finds(world, CLERK, case["word"]) else set()
        other = await register(resident, category="stairs.clutter")
        alike = (await clerk.get(f"/v1/reports/{other['report_id']}/similar")).json()["items"]
        found |= {"similar"} if report in {item["report"]["report_id"] for item in alike} else set()
        joined = await clerk.post(f"/v1/reports/{other['report_id']}/join", json={"into": case["code"]})
        found |= {"join"} if joined.status_code != 404 else set()
        for path in (f"reports/{report}", f"reports/{report}/similar", f"reports/{report}/reporter?purpose=verify"):
            found |= {path.rpartition("/")[2]} if (await clerk.get(f"/v1/{path}")).status_code != 403 else set()
        for step, body in (("refuse", {"route": "litigation", "reason": "原因"}), ("redirect", {"to": "119"})):
            answer = await clerk.post(f"/v1/reports/{report}/{step}", json=body)
            found |= {step} if answer.status_code != 403 else set()
    for who in (CLERK, HANDLER, GRID):
        async with world.client("intake", as_=who) as officer:
            answer = await officer.get(f"/v1/contents/{case['content']}")
            found |= {f"content {who}"} if answer.status_code not in (403, 404) else set()
    async with world.client("intake", as_=ADMINISTRATOR) as admin:
        for path, body in (
            (f"contents/{case['content']}", {"ground": "asked_by_person"}),
            (f"reporters/{case['ref']}", None),
        ):
            answer = await admin.post(f"/v1/{path}/erase", json=body)
            found |= {f"erase {path.partition('/')[0]}"} if answer.status_code != 403 else set()
    return found


async def test_no_way_of_intakes_shows_the_report_to_who_stepped_back(officers: World) -> None:
    case = await a_case(officers, "500104-210305-STEPBACK", a_word())
    word = {"case_id": case["case_id"], "ground": "kinship"}
    await hear(officers, *(of_case(dispatch.OfficerRecused, **word, officer=who) for who in OFFICERS))
    assert await met(officers, case) == set()
    assert await finds(officers, "clerk.liu", case["word"]) == [case["report_id"]], "others see it"
    lifted = {"case_id": case["case_id"], "reason": TEXT}
    await hear(officers, *(of_case(dispatch.RecusalLifted, **lifted, officer=who) for who in OFFICERS))
    assert await met(officers, case) == {
        *("list", "text search", "similar", "join", case["report_id"], "reporter?purpose=verify", "refuse", "redirect"),
        *(f"content {who}" for who in (CLERK, HANDLER, GRID)),
        *("erase contents", "erase reporters"),
    }


async def test_the_last_word_counts(officers: World) -> None:
    case = await a_case(officers, "500104-210305-LASTWORD", a_word())
    back = of_case(dispatch.OfficerRecused, case["case_id"], officer=CLERK, ground="kinship")
    lifted = of_case(dispatch.RecusalLifted, case["case_id"], officer=CLERK, reason=TEXT)
    for said, status in (((back, lifted), 200), ((back,), 403)):
        await hear(officers, *said)
        async with officers.client("intake", as_=CLERK) as clerk:
            assert (await clerk.get(f"/v1/reports/{case['report_id']}")).status_code == status
