"""Drills 23–26: inverted ids, rollbacks, poison, while others go on."""

import asyncio
import random
import statistics

import asyncpg
import httpx
import orjson

from shared.facts.envelope import Trail, attributes
from shared.world.world import new_id
from tests.drills.stage import TIMES, Stage, staged
from tests.kit.servers import Servers
from tests.kit.toys.toy.facts import Added
from tests.kit.until import until
from tests.kit.voice import NOW, Letter, Voice

PENDING = (
    "INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
# The stranger has no outbox: its facts are none of the judge's business.
OF_THE_STRANGER = "source = '/services/stranger'"


def pending(counter: str, version: int) -> tuple[object, ...]:
    fact = Added(at=NOW, by="writer", counter_id=counter, amount=1, total=version)
    about = ("written", counter, version)
    named = orjson.dumps(attributes(fact, new_id(), about, Trail())).decode()
    return (*about, fact.topic, fact.key(), fact.type(), named, fact.data())


async def test_23_24_inverted_ids_and_random_rollbacks(servers: Servers) -> None:
    async with staged(servers) as stage:
        stage.load(clients=2)
        chance = random.Random(stage.seed)
        written = await asyncio.gather(*(_writer(stage, number, chance) for number in range(6)))
        evidence = await stage.judge()
        told = [told for told in evidence.outboxes[0].log if told.aggregate == "written"]
        assert len(told) == sum(written)
        print(f"{len(told)} facts of {sum(written)} committed ones, ids inverted, 30 % rolled back")


async def _writer(stage: Stage, number: int, chance: random.Random) -> int:
    """Each turn: two sessions on one case, the later version takes the lower id; some roll back."""
    committed = 0
    async with stage.admin("toy") as first, stage.admin("toy") as second:
        for turn in range(25 * TIMES):
            case = f"w{number}-{turn}"
            await first.execute(PENDING, *pending(case, 1))
            committed += 1
            if chance.random() < 0.3:
                await _rolled_back(second, case)
                continue
            async with second.transaction():
                await second.execute(PENDING, *pending(case, 3))
                await first.execute(PENDING, *pending(case, 2))
                await asyncio.sleep(chance.uniform(0, 0.005))
            committed += 2
    return committed


async def _rolled_back(connection: asyncpg.Connection, case: str) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(PENDING, *pending(case, 2))
    await transaction.rollback()


def poison(voice: Voice, number: int) -> list[Letter]:
    """A fact that is well, and four that are not."""
    good = voice.added(f"poisoned{number}")
    bad = voice.added(f"poisoned{number}")
    future = voice.added(f"future{number}").with_header("ce_type", b"lianzhi.toy.added.v99")
    unknown = voice.added(f"unknown{number}").with_header("ce_type", b"lianzhi.toy.never-heard-of.v1")
    large = voice.added(f"large{number}")
    return [
        good,
        Letter(bad.topic, bad.partition, bad.key, b"{'not json", bad.headers, bad.position),
        future,
        unknown,
        Letter(large.topic, large.partition, large.key, b"x" * 1_000_000, large.headers, large.position),
    ]


async def test_25_26_poison_parks_its_own_case_and_the_others_go_on(servers: Servers) -> None:
    async with staged(servers) as stage, Voice(servers.bootstrap, "stranger") as stranger:
        load = stage.load(clients=3)
        await until(lambda: len(load.accepted) > 200, 30, "load")
        calm = statistics.median(load.seconds)
        async with httpx.AsyncClient(timeout=5) as client:
            for number in range(10 * TIMES):
                letters = [
                    letter.with_header("ce_source", b"/services/stranger") for letter in poison(stranger, number)
                ]
                await stranger.send(*letters, *poison_without_name(number))
                await load.add(client, f"beast{number}", 1)
                await load.add(client, f"beast{number}", 666)
                await load.add(client, f"beast{number}", 2)
        await until(lambda: len(load.accepted) > 500, 60, "the load goes on")
        poisoned = statistics.median(load.seconds[-200:])
        print(f"median answer {calm * 1000:.1f} ms before, {poisoned * 1000:.1f} ms with poison")
        async with stage.admin("echo") as admin:
            await until(lambda: _quarantined(admin, 30 * TIMES), 20, "three a round are in quarantine")
            await until(lambda: _parked(admin, 40 * TIMES), 20, "two of each beast and of each poisoned case wait")
            await until(
                lambda: _effects(admin, 10 * TIMES), 20, "the one of each stranger's case that is well has its effect"
            )
            await admin.execute(f"DELETE FROM effect WHERE {OF_THE_STRANGER}")
            await stage.judge()


def poison_without_name(number: int) -> list[Letter]:
    return [
        Letter("cases", number % 8, None, b"garbage", [("x", b"\xff\xfe")]),
        Letter("reference", 0, None, b"garbage", []),
        Letter("cases", number % 8, b"key", b"{}", [("ce_id", b"only")]),
    ]


async def _quarantined(admin: asyncpg.Connection, wanted: int) -> bool:
    return bool(await admin.fetchval("SELECT count(*) FROM quarantine") == wanted)


async def _parked(admin: asyncpg.Connection, wanted: int) -> bool:
    rows = await admin.fetch("SELECT key, cause FROM parked ORDER BY id")
    keys = {row["key"].rstrip("0123456789") for row in rows}
    return keys <= {"beast", "poisoned", "future", "large"} and len(rows) >= wanted


async def _effects(admin: asyncpg.Connection, wanted: int) -> bool:
    return bool(await admin.fetchval(f"SELECT count(*) FROM effect WHERE {OF_THE_STRANGER}") == wanted)
