"""Drills 1, 9, 11–14: services killed, hanging, and back from the dead."""

import asyncio
import time

import httpx
import pytest

from tests.drills.stage import TIMES, Stage, staged
from tests.kit.servers import Servers
from tests.kit.until import until


async def nap(seconds: float) -> None:
    """The load goes on meanwhile."""
    await asyncio.sleep(seconds)


async def leader(stage: Stage) -> str:
    """The url of the toy whose relay leads."""
    async with httpx.AsyncClient(timeout=2) as client:

        async def find() -> str | None:
            for running in stage.running:
                if running.name == "toy" and running.alive:
                    try:
                        if (await client.get(f"{running.url}/readyz")).json()["relay"] == "leading":
                            return running.url
                    except httpx.HTTPError:
                        continue
            return None

        return await until(find, 20, "a relay leads")


@pytest.mark.parametrize(("way", "statements"), [("_at_once", 2), ("_in_turn", 6)])
async def test_1_a_service_killed_before_any_statement_of_a_recording(
    servers: Servers, way: str, statements: int
) -> None:
    async with staged(servers) as stage:
        steady, died, number = stage.running[0], 0, 0
        load = stage.load([steady], clients=1)
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                number += 1
                doomed = await stage.begin("toy", kill_at=(way, number))
                headers = {"Idempotency-Key": f"key{number}"}
                path, body = f"/v1/counters/kill{number}/add", {"amount": 1}
                try:
                    survived = await client.post(doomed.url + path, json=body, headers=headers)
                except httpx.HTTPError:
                    survived, died = None, died + 1
                doomed.kill()
                again = await client.post(steady.url + path, json=body, headers=headers)
                assert (again.status_code, again.json()["version"]) == (201, 1)
                if survived is not None:
                    assert again.headers["Idempotent-Replay"] == "true"
                    break
        assert load.accepted
        print(f"killed before each of {died} statements")
        assert died >= statements
        await stage.judge()


async def test_1_a_service_killed_under_load_and_its_clients_ask_again(servers: Servers) -> None:
    async with staged(servers, toys=2) as stage:
        load = stage.load()
        for _ in range(3 * TIMES):
            await nap(load.chance.uniform(0.2, 0.8))
            next(running for running in stage.running if running.name == "toy" and running.alive).kill()
            toy = await stage.begin("toy", ready=False)
            print(f"ready again after {await stage.ready(toy):.1f} s")
        await stage.judge()


async def test_9_two_relays_of_which_one_hangs_and_comes_back(servers: Servers) -> None:
    async with staged(servers, toys=2) as stage:
        load = stage.load(clients=3)
        leading = await leader(stage)
        first = next(running for running in stage.running if running.url == leading)
        await until(lambda: len(load.accepted) > 30, 20, "load")
        first.hang()
        began = time.monotonic()
        stage.running.remove(first)  # no requests to it
        await leader(stage)
        print(f"lead taken over after {time.monotonic() - began:.1f} s")
        assert time.monotonic() - began < 15
        before = len(load.accepted)
        await until(lambda: len(load.accepted) > before + 50, 30, "the load goes on")
        first.go_on()
        stage.running.append(first)
        await nap(1.0)
        await stage.judge()


async def test_11_a_consumer_killed_in_the_middle(servers: Servers) -> None:
    async with staged(servers) as stage:
        load = stage.load()
        for _ in range(4 * TIMES):
            await nap(load.chance.uniform(0.3, 1.2))
            stage.running[-1].kill()
            await stage.begin("echo")
        await stage.judge()


async def test_12_consumers_join_and_leave_all_the_time(servers: Servers) -> None:
    async with staged(servers) as stage:
        load = stage.load()
        for _ in range(4 * TIMES):
            second = await stage.begin("echo", ready=False)
            await nap(load.chance.uniform(1.0, 1.6))
            second.end() if load.chance.random() < 0.5 else second.kill()
        await stage.judge()


async def test_13_a_consumer_that_was_thought_dead_comes_back(servers: Servers) -> None:
    async with staged(servers) as stage:
        load = stage.load(clients=3)
        zombie = stage.running[-1]
        await until(lambda: len(load.accepted) > 20, 20, "load")
        zombie.hang()
        heir = await stage.begin("echo", ready=False)
        await stage.ready(heir, 40)  # the group waits for the zombie's session to end
        before = len(load.accepted)
        await until(lambda: len(load.accepted) > before + 50, 30, "the load goes on")
        zombie.go_on()
        await nap(1.0)
        await stage.judge()


async def test_14_a_stored_offset_that_cannot_be_read(servers: Servers) -> None:
    async with staged(servers) as stage:
        load = stage.load(clients=2)
        await until(lambda: len(load.accepted) > 20, 20, "load")
        stage.running[-1].kill()
        async with stage.admin("echo") as admin:
            await admin.execute("REVOKE SELECT ON offsets FROM lianzhi_echo")
            before = await admin.fetchval("SELECT count(*) FROM effect")
            blind = await stage.begin("echo", ready=False)
            await until(lambda: blind.log.exists() and "could not be read" in blind.log.read_text(), 30, "it says so")
            await nap(0.5)
            assert await admin.fetchval("SELECT count(*) FROM effect") == before
            await admin.execute("GRANT SELECT ON offsets TO lianzhi_echo")
        await stage.judge()
