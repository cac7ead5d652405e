"""A task of the emergency bureau, from the offer to the result, through the service's own routes."""

from collections.abc import AsyncIterator

import pytest_asyncio

from services.dispatch import facts as dispatch
from tests.shared.desks import Office, handed, office_running

DEPARTMENT = "emergency_bureau"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office() -> AsyncIterator[Office]:
    async with office_running("emergency") as found:
        yield found


async def test_a_task_goes_from_the_offer_to_the_verified_result(office: Office) -> None:
    task = handed(DEPARTMENT, "emergency", category="hazard.flood")
    id = await office.has(task)
    assert (await office.post("police.wu", id, "accept")).status_code == 403
    for step, body in (("accept", None), ("start", None), ("finish", {"result": "已办结"})):
        answer = await office.post("emergency.bai", id, step, body)
        assert answer.status_code == 200, answer.text
    await office.hears(task.told(dispatch.HandoffVerified))
    await office.until(task, "verified")


async def test_an_offer_to_another_service_does_not_arrive(office: Office) -> None:
    elsewhere, ours = handed("police_bureau", "police"), handed(DEPARTMENT, "emergency")
    await office.hears(elsewhere.offered())
    await office.has(ours)
    assert (await office.get("emergency.bai", f"/{elsewhere.handoff_id}")).status_code == 404


async def test_its_facts_bear_its_own_name(office: Office) -> None:
    await office.has(handed(DEPARTMENT, "emergency"))
    types = await office.world.fetch("emergency", "SELECT DISTINCT type FROM log UNION SELECT type FROM pending")
    assert {row["type"].split(".")[1] for row in types} == {"emergency"}
