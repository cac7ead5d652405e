"""Drills 23–26: inverted ids, rollbacks, poison, while others go on."""

import asyncio
import random
import statistics
import time

import asyncpg
import httpx
import orjson

from shared.facts.envelope import Trail, attributes
from shared.world.world import new_id
from tests.drills.stage import TIMES, Load, Stage, staged
from tests.kit import reference
from tests.kit.issuer import the_issuer
from tests.kit.servers import Servers
from tests.kit.toys.toy.facts import Added
from tests.kit.until import until
from tests.kit.voice import NOW, Letter, Voice

PENDING = (
    "INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
CASES = 10
"""So many at a time in drill 23: 6 writers × 10 turns × 10 are 600 cases, ten times as many in the long form."""
NOISE = 1.5
"""So much of a difference between two medians of a few answers says nothing where a machine does other things too."""


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
    """Each turn: two sessions on the same cases, the later version takes the lower id; some roll back."""
    committed = 0
    async with stage.admin("toy") as first, stage.admin("toy") as second:
        for turn in range(10 * TIMES):
            cases = [f"w{number}-{turn}-{n}" for n in range(CASES)]
            await first.executemany(PENDING, [pending(case, 1) for case in cases])
            committed += CASES
            transaction = second.transaction()
            await transaction.start()
            if chance.random() < 0.3:
                await second.executemany(PENDING, [pending(case, 2) for case in cases])
                await transaction.rollback()
                continue
            await second.executemany(PENDING, [pending(case, 3) for case in cases])
            await first.executemany(PENDING, [pending(case, 2) for case in cases])
            await asyncio.sleep(chance.uniform(0, 0.005))
            await transaction.commit()
            committed += 2 * CASES
    return committed


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
    async with (
        staged(servers, echoes=0) as stage,
        Voice(servers.bootstrap, "stranger") as stranger,
        stage.admin("echo") as admin,
        httpx.AsyncClient(timeout=5) as client,
    ):
        await reference.put(admin, "echo")
        echo = await stage.begin("echo")
        load = stage.load(clients=2)
        stage.voices.append(stranger)
        await until(lambda: len(load.accepted) > 50, 30, "load")
        ratios, calm, poisoned = list[float](), list[float](), list[float]()
        for number in range(10 * TIMES):
            before = [await _seconds_to_effect(load, client, admin) for _ in range(3)]
            letters = poison(stranger, number)
            stranger.written[-len(letters) :] = letters
            await stranger.send(*letters, *poison_without_name(number))
            for amount in (1, 666, 2):
                await load.add(client, f"beast{number}", amount)
            after = [await _seconds_to_effect(load, client, admin) for _ in range(3)]
            ratios.append(statistics.median(after) / statistics.median(before))
            calm += before
            poisoned += after
        ratio = statistics.median(ratios)
        in_ms = statistics.median(calm) * 1000, statistics.median(poisoned) * 1000
        print(
            f"effect of another case after {in_ms[0]:.0f} ms, {in_ms[1]:.0f} ms with poison; ratio of pairs {ratio:.2f}"
        )
        assert ratio <= 1.1 * NOISE
        await until(lambda: _quarantined(admin, 30 * TIMES), 20, "three a round are in quarantine")
        await until(lambda: _parked(admin, 50 * TIMES), 20, "two of each beast, three of each stranger's cases wait")
        await _mend_and_retry(stage, load, echo.url, admin)
        stage.may_wait = {f"{name}{n}" for name in ("poisoned", "future", "large") for n in range(10 * TIMES)}
        stage.unreadable = 30 * TIMES
        await stage.judge()


async def _seconds_to_effect(load: Load, client: httpx.AsyncClient, admin: asyncpg.Connection) -> float:
    """From asking to the effect in the other service."""
    began = time.monotonic()
    await load.add(client, "probe", 1)
    version = load.accepted[-1].version
    done = "SELECT EXISTS (SELECT FROM effect WHERE key = 'probe' AND version = $1)"
    while not await admin.fetchval(done, version):
        await asyncio.sleep(0.002)
    return time.monotonic() - began


async def _mend_and_retry(stage: Stage, load: Load, url: str, admin: asyncpg.Connection) -> None:
    """What stood in the way is gone: each case is retried while more comes for it, and takes effect in order."""
    await admin.execute("ALTER TABLE effect DROP CONSTRAINT not_the_beast")
    headers = {"Authorization": f"Bearer {the_issuer().token('admin.ran', None)}"}
    async with httpx.AsyncClient(timeout=10) as client, httpx.AsyncClient(timeout=10, headers=headers) as operator:

        async def one(number: int) -> None:
            key = f"beast{number}"
            more = [load.add(client, key, 3) for _ in range(3)]
            answer, *_ = await asyncio.gather(operator.post(f"{url}/v1/parked/{key}/retry"), *more)
            assert (answer.status_code, answer.json()["stopped_by"]) == (200, None), answer.text
            assert answer.json()["handled"] >= 2

        await asyncio.gather(*(one(number) for number in range(10 * TIMES)))

    async def emptied() -> bool:
        """What came while a case was emptied may have had to wait behind it: until somebody retries again."""
        waiting = await admin.fetch("SELECT DISTINCT key FROM parked WHERE key LIKE 'beast%'")
        async with httpx.AsyncClient(timeout=10, headers=headers) as operator:
            for row in waiting:
                await operator.post(f"{url}/v1/parked/{row['key']}/retry")
        return not waiting

    await load.stop()
    await stage.settled()
    await until(emptied, 20, "no beast waits")
    for number in range(10 * TIMES):
        rows = await admin.fetch("SELECT version FROM effect WHERE key = $1 ORDER BY nr", f"beast{number}")
        assert [row["version"] for row in rows] == [1, 2, 3, 4, 5, 6]


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
