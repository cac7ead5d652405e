"""Drills 2–5: PostgreSQL and Kafka killed, and Kafka's disk lost."""

import asyncio
import time
from collections.abc import Callable

import asyncpg
import orjson

from shared.facts.envelope import Trail, attributes
from shared.relay.topics import ensure_topics
from shared.world.world import new_id
from tests.drills.stage import TIMES, Stage, staged
from tests.kit.servers import Servers
from tests.kit.toys.toy.facts import Added
from tests.kit.until import until
from tests.kit.voice import NOW


async def in_thread(work: Callable[[], object]) -> None:
    """The load goes on meanwhile."""
    await asyncio.to_thread(work)


async def test_2_3_postgresql_killed_under_load_with_a_careless_writer(servers: Servers) -> None:
    postgres = servers.embedded.postgres
    async with staged(servers) as stage:
        load = stage.load()
        careless = asyncio.create_task(_write_without_waiting_for_the_disk(stage))
        for _ in range(2 * TIMES):
            await asyncio.sleep(load.chance.uniform(0.7, 1.5))
            await in_thread(postgres.kill)
            began = time.monotonic()
            await in_thread(postgres.start)
            before = len(load.accepted)
            await until(lambda before=before: len(load.accepted) > before, 30, "accepting again")
            print(f"accepting again {time.monotonic() - began:.1f} s after the kill")
            assert set(load.refused) <= {503}, stage.failures()
        careless.cancel()
        await stage.judge()


async def _write_without_waiting_for_the_disk(stage: Stage) -> None:
    """Drill 3: what it committed may be gone after a crash; it must not have been sent then."""
    number = 0
    while True:
        try:
            async with stage.admin("toy") as connection:
                await connection.execute("SET synchronous_commit = off")
                while True:
                    number += 1
                    await _add_pending(connection, f"careless{number}")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(0.05)


async def _add_pending(connection: asyncpg.Connection, counter: str) -> None:
    fact = Added(at=NOW, by="careless", counter_id=counter, amount=1, total=1)
    about = ("careless", counter, 1)
    await connection.execute(
        "INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *about,
        fact.topic,
        fact.key(),
        fact.type(),
        orjson.dumps(attributes(fact, new_id(), about, Trail())).decode(),
        fact.data(),
    )
    await asyncio.sleep(0.002)


async def test_4_kafka_killed_under_load(servers: Servers) -> None:
    kafka = servers.embedded.kafka
    async with staged(servers) as stage:
        load = stage.load(clients=4)
        for _ in range(2 * TIMES):
            await asyncio.sleep(load.chance.uniform(0.5, 1.0))
            await in_thread(kafka.kill)
            before = len(load.accepted)
            await until(lambda before=before: len(load.accepted) > before + 50, 20, "accepting without Kafka")
            await in_thread(kafka.start)
        assert load.refused == []
        await load.stop()
        print(f"caught up {await stage.settled(60):.1f} s after the end of the load")
        await stage.judge()


async def test_5_kafkas_disk_lost_under_load(servers: Servers) -> None:
    kafka = servers.embedded.kafka
    async with staged(servers) as stage:
        load = stage.load(clients=4)
        await until(lambda: len(load.accepted) > 300, 30, "something to lose")
        await in_thread(kafka.wipe)
        await in_thread(kafka.start)
        await ensure_topics(servers.bootstrap)
        before = len(load.accepted)
        await until(lambda: len(load.accepted) > before + 100, 30, "the load goes on")
        await load.stop()
        print(f"all handled {await stage.settled(90):.1f} s after the end of the load,")
        print(f"all in Kafka again {await stage.resent():.1f} s after that")
        assert load.refused == []
        # Facts after the loss may reach the new log before those from before it: listeners make them wait.
        await stage.judge(also=frozenset({"reordered"}))
