"""What comes in is told to who screens it, at once, and to nobody else."""

import pytest

from tests.kit.listening import listening
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
BODY = {"category": "sanitation.drain", "area": "50010400200303", "text": "下水道堵塞。", "channel": "mobile"}


async def reported(world: World) -> str:
    async with world.client("intake") as resident:
        answer = await resident.post("/v1/reports", json=BODY)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["report_id"])


async def test_a_new_report_is_told_to_the_clerk_of_its_area_alone_and_none_is_missed(
    world: World, far_clerk: str
) -> None:
    async with (
        listening(world, "clerk.liu", service="intake") as near,
        listening(world, far_clerk, service="intake") as far,
    ):
        first = await reported(world)
        told = await near.hears("change", report_id=first)
        assert told == {"report_id": first, "version": 1, "status": "received"}
        async with world.client("intake", "clerk.liu") as clerk:
            accepted = await clerk.post(f"/v1/reports/{first}/accept", json={})
        assert accepted.status_code == 200, accepted.text
        assert (await near.hears("change", report_id=first, status="accepted"))["version"] == 2
        assert [each.name for each in far.told] == ["ready"]
    second = await reported(world)
    await world.settled()
    async with listening(world, "clerk.liu", near.last, service="intake") as again:
        await again.hears("change", report_id=second)


async def test_who_screens_nothing_is_refused(world: World) -> None:
    async with world.client("intake", "city.tang") as office:
        assert (await office.get("/v1/reports/changes")).status_code == 403
