"""The kit itself: two services, one fact, its effect."""

from tests.kit.toy import load_toy
from tests.kit.world import running


async def test_a_fact_of_one_service_has_its_effect_in_another() -> None:
    async with running(toys=[load_toy("toy"), load_toy("echo")]) as world:
        async with world.client("toy") as client:
            answer = await client.post("/v1/counters/c1/add", json={"amount": 5})
            assert answer.status_code == 201, answer.text
            assert answer.json() == {"id": "c1", "version": 1, "total": 5}
        await world.until(lambda: world.fetch("echo", "SELECT * FROM effect"))
        await world.settled()
