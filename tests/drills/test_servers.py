"""Drills 2–8, 16 and 17: PostgreSQL and Kafka killed, Kafka's disk or a part of it lost, and bad links to both."""

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import asyncpg
import httpx
import orjson
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.facts.envelope import Trail, attributes, lane_of
from shared.relay.topics import TOPICS, ensure_topics
from shared.world.world import new_id
from tests.drills.checker import check
from tests.drills.evidence import Told, read_topics
from tests.drills.stage import ADDED, LONG, TIMES, Stage, in_time, staged
from tests.kit import reference
from tests.kit.issuer import the_issuer
from tests.kit.link import Link, behind_a_link
from tests.kit.servers import Servers
from tests.kit.toys.toy.facts import Added
from tests.kit.until import until
from tests.kit.voice import NOW, Voice


async def in_thread(work: Callable[[], object]) -> None:
    """The load goes on meanwhile."""
    await asyncio.to_thread(work)


async def test_2_3_postgresql_killed_under_load_with_a_careless_writer(servers: Servers) -> None:
    postgres = servers.embedded.postgres
    async with staged(servers, audited=True) as stage:
        stage.may_refuse = {503}
        load = stage.load()
        careless = asyncio.create_task(_write_without_waiting_for_the_disk(stage))
        statuses: set[int] = set()
        refused = asyncio.create_task(_ask_what_is_refused(stage, statuses))
        for _ in range(2 * TIMES):
            await asyncio.sleep(load.chance.uniform(0.7, 1.5))
            await in_thread(postgres.kill)
            await in_thread(postgres.start)
            began = time.monotonic()  # its own recovery is not ours
            before = len(load.accepted)
            await until(lambda before=before: len(load.accepted) > before, 30, "accepting again")
            in_time("accepting again", time.monotonic() - began, 10)
        careless.cancel()
        refused.cancel()
        await stage.judge()
        assert 409 in statuses
        assert statuses <= {409, 503}, "a refusal is a failure neither of the caller nor of the service"


async def _ask_what_is_refused(stage: Stage, statuses: set[int]) -> None:
    """A refusal looks in the database for an earlier answer under the same key."""
    path = stage.running[0].url + "/v1/counters/never begun/close"
    async with httpx.AsyncClient(timeout=5) as client:
        while True:
            with suppress(httpx.HTTPError):
                statuses.add((await client.post(path, headers={"Idempotency-Key": new_id()})).status_code)
            await asyncio.sleep(0.02)


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
        for _ in range(20 if LONG else 1):
            await asyncio.sleep(load.chance.uniform(0.5, 1.0))
            await in_thread(kafka.kill)
            before = len(load.accepted)
            await until(lambda before=before: len(load.accepted) > before + 50, 20, "accepting without Kafka")
            await in_thread(kafka.start)
        await load.stop()
        in_time("caught up after the end of the load", await stage.settled(60), 10)
        await stage.judge()


async def test_5_kafkas_disk_lost_under_load(servers: Servers) -> None:
    kafka = servers.embedded.kafka
    async with staged(servers, audited=True) as stage:
        load = stage.load(clients=4)
        await until(lambda: len(load.accepted) > 300, 30, "something to lose")
        await in_thread(kafka.wipe)
        await in_thread(kafka.start)
        before = len(load.accepted)
        await until(lambda: len(load.accepted) > before + 100, 30, "the load goes on")
        await load.stop()
        in_time("all handled after the end of the load", await stage.settled(90), 15)
        in_time("all in Kafka again after that", await stage.resent(), 15)
        # Facts after the loss may reach the new log before those from before it: listeners make them wait.
        await stage.judge(also=frozenset({"reordered"}))


async def test_6_a_new_log_that_has_outgrown_what_was_read(servers: Servers) -> None:
    """Where the consumer stood lies another record now, and before it some that it never saw; nothing shows a gap."""
    kafka = servers.embedded.kafka
    async with staged(servers) as stage, stage.admin("echo") as echo:
        load = stage.load(clients=3)
        await until(lambda: len(load.accepted) > 150, 30, "something to read")
        await load.stop()
        await stage.settled()
        for running in stage.running:
            running.end()
        await in_thread(kafka.wipe)
        await in_thread(kafka.start)
        await ensure_topics(servers.bootstrap)  # as the stranger's relay would
        read = {
            row["partition"]: row["next"] for row in await echo.fetch("SELECT * FROM offsets WHERE topic = 'cases'")
        }
        assert min(read.values()) > 3, "each partition was read"
        async with Voice(servers.bootstrap, "stranger") as stranger:
            stage.voices.append(stranger)
            for partition, before in read.items():
                await stranger.tell(_key_in(partition), *[1] * (before - 2))
            await stage.begin("toy")
            await until(lambda: _is_longer(stranger, read), 30, "the new log is longer in every partition")
            await stage.begin("echo")
            await until(lambda: _all_of(echo, stranger), 30, "what the consumer never saw has its effect")
            await stage.resent()
            await stage.judge()


def _key_in(partition: int) -> str:
    return next(key for n in count() if lane_of(key := f"new{n}") % TOPICS["cases"] == partition)


async def _is_longer(voice: Voice, read: dict[int, int]) -> bool:
    ends = await voice.ends(("cases", partition) for partition in read)
    return all(ends["cases", partition] >= before for partition, before in read.items())


async def _all_of(echo: asyncpg.Connection, voice: Voice) -> bool:
    heard = await echo.fetchval("SELECT count(*) FROM effect WHERE source = $1", voice.source)
    return bool(heard == len(voice.written))


async def test_7_an_older_copy_of_kafkas_disk(servers: Servers) -> None:
    """As after a power cut that took what had not reached the disk: the relay's mark says that it was sent."""
    kafka = servers.embedded.kafka
    copy = servers.folder / "older"
    async with staged(servers) as stage:
        load = stage.load(clients=3)
        await until(lambda: len(load.accepted) > 60, 30, "something that is kept")
        await in_thread(kafka.stop)
        await in_thread(lambda: shutil.copytree(kafka.data, copy))
        await in_thread(kafka.start)
        before = len(load.accepted)
        await until(lambda: len(load.accepted) > before + 100, 30, "something that will be lost")
        await load.stop()
        await stage.settled()
        await in_thread(kafka.wipe)
        await in_thread(lambda: copy.rename(kafka.data))
        await in_thread(kafka.start)
        assert any(finding.fault == "lost" for finding in check(await stage.evidence())), "nothing was lost"
        in_time("all in Kafka again", await stage.resent(), 15)
        again = stage.load(clients=3)
        await until(lambda: len(again.accepted) > 60, 30, "the load goes on")
        await stage.judge(also=frozenset({"reordered"}))


async def test_8_facts_removed_from_a_topic_stop_their_lanes(servers: Servers) -> None:
    """The ordinary consumer notices by itself, stops just these lanes, and goes on when they are sent again."""
    async with staged(servers, echoes=0) as stage, stage.admin("echo") as echo, stage.admin("toy") as toy:
        await reference.put(toy, "toy")
        load = stage.load(clients=3, counters=10)
        await until(lambda: len(load.accepted) > 150, 30, "something to remove")
        await load.stop()
        await until(lambda: _sent(toy), 20, "all is sent")
        removed = await _remove_first(servers.bootstrap, 2)
        gone = {(told.lane, told.sequence) for told in removed}
        began = time.monotonic()
        await stage.begin("echo")
        rows: list[Any] = []

        async def noticed() -> bool:
            rows[:] = await echo.fetch("SELECT DISTINCT lane FROM parked WHERE cause = 'hole'")
            return {row["lane"] for row in rows} == {lane for lane, _ in gone}

        await until(noticed, 60, "the lanes of what was removed wait, and no others")
        in_time("noticed", time.monotonic() - began, 20)
        assert stage.errors().count("a fact is missing; its lane waits") >= len(rows)
        facts = await toy.fetch("SELECT lane, position FROM log WHERE type = $1", ADDED)
        others = {row["position"] for row in facts if row["lane"] not in {lane for lane, _ in gone}}

        async def others_go_on() -> bool:
            return {row["position"] for row in await echo.fetch("SELECT position FROM effect")} == others

        await until(others_go_on, 20, "facts of other lanes have their effects, and no fact past a hole has")
        assert {f.fault for f in check(await stage.evidence())} == {"lost"}, "the judge sees it too"
        token = the_issuer().token("admin.ran", None)
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as operator:
            answer = await operator.post(f"{stage.running[0].url}/v1/relay/resend", params={"after": 0})
            assert answer.status_code == 202, answer.text
        await stage.judge(also=frozenset({"reordered"}))


async def _sent(toy: asyncpg.Connection) -> bool:
    return bool(
        await toy.fetchval(
            "SELECT NOT EXISTS (SELECT FROM pending WHERE topic = 'cases') AND (SELECT position FROM sending)"
            " >= (SELECT max(position) FROM log WHERE topic = 'cases')"
        )
    )


async def _remove_first(bootstrap: str, count: int) -> list[Told]:
    """From the partition of `cases` that holds most; as an impatient retention would."""
    there: dict[int, list[Told]] = {}
    for told in await read_topics(bootstrap, ["cases"]):
        there.setdefault(told.lane % TOPICS["cases"], []).append(told)
    partition, records = max(there.items(), key=lambda item: len(item[1]))
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition("cases", partition): RecordsToDelete(count)})
    finally:
        await admin.close()
    return records[:count]


async def test_16_17_slow_links_lost_answers_and_cut_ones(servers: Servers) -> None:
    async with (
        Link(servers.embedded.postgres.port) as database,
        behind_a_link(servers) as broker,
        staged(servers, audited=True, database_port=database.port) as stage,
    ):
        database.delay, broker.delay = 0.004, 0.06
        load = stage.load(clients=4)
        await until(lambda: len(load.accepted) > 60, 60, "load over slow links")
        for _ in range(TIMES):
            for faults in ((broker.lose_answers, database.hold), (broker.hold, database.lose_answers)):
                for fault in faults:
                    fault()
                await asyncio.sleep(load.chance.uniform(0.5, 1.5))
                for link in (broker, database):
                    await link.mend()
                before = len(load.accepted)
                await until(lambda before=before: len(load.accepted) > before + 20, 40, "accepting again")
        await load.stop()
        in_time("caught up after the end of the load", await stage.settled(90), 15)
        await stage.judge()
