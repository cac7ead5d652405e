"""Sealing and sending: no gaps, no wrong order, and nothing that the broker loses stays lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from itertools import count
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
from aiokafka.errors import KafkaError

from deploy.migrate import runtime_url
from shared.facts.envelope import Trail, attributes, lane_of, source_of
from shared.relay import relay as relay_module
from shared.relay.anchors import Anchor, store_seen
from shared.relay.relay import Relay
from shared.relay.sealer import Deposed, Sealer
from shared.relay.sender import Sender
from shared.relay.topics import TOPICS
from shared.world.world import new_id
from tests.drills.evidence import read_topics
from tests.kit.toys.toy.facts import Added
from tests.kit.voice import NOW, Voice
from tests.kit.world import World

PENDING = (
    "INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)


def pending(counter: str, version: int, amount: int = 1) -> tuple[Any, ...]:
    fact = Added(at=NOW, by="somebody", counter_id=counter, amount=amount, total=0)
    about = ("counter", counter, version)
    named = orjson.dumps(attributes(fact, new_id(), about, Trail())).decode()
    return (*about, fact.topic, fact.key(), fact.type(), named, fact.data())


@pytest_asyncio.fixture(loop_scope="session")
async def writer(toys: World) -> AsyncIterator[asyncpg.Connection]:
    async with toys.admin("toy") as connection:
        yield connection


async def positions(world: World, counter: str) -> list[tuple[int, int]]:
    rows = await world.fetch("toy", "SELECT position, version FROM log WHERE key = $1 ORDER BY position", counter)
    return [(row["position"], row["version"]) for row in rows]


async def until_sealed(world: World, counter: str, count: int) -> list[int]:
    async def so() -> bool:
        world.runtime("toy").relay.wake()
        return len(await positions(world, counter)) == count

    await world.until(so, 15, f"{count} facts of {counter} are sealed")
    return [version for _, version in await positions(world, counter)]


async def heard(world: World, counter: str) -> list[int]:
    rows = await world.fetch("echo", "SELECT version FROM effect WHERE key = $1 ORDER BY nr", counter)
    return [row["version"] for row in rows]


async def test_positions_and_lane_sequences_have_no_gaps_whatever_is_rolled_back(toys: World) -> None:
    chance = random.Random(24)  # the drill's number is the seed

    async def write(number: int) -> int:
        url = runtime_url(toys.admin_url, "toy", toys.servers.secrets)
        connection, committed = await asyncpg.connect(url), 0
        try:
            for turn in range(40):
                transaction = connection.transaction()
                await transaction.start()
                for version in range(1, chance.randint(2, 4)):
                    await connection.execute(PENDING, *pending(f"roll{number}-{turn}", version))
                if chance.random() < 0.3:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    committed += version
        finally:
            await connection.close()
        return committed

    committed = sum(await asyncio.gather(*(write(number) for number in range(6))))
    await toys.settled()
    log = await toys.fetch("toy", "SELECT position, topic, lane, sequence, key FROM log ORDER BY position")
    assert [row["position"] for row in log] == list(range(1, len(log) + 1))
    assert sum(row["key"].startswith("roll") for row in log) == committed
    lanes: dict[tuple[str, int], list[int]] = {}
    for row in log:
        assert row["lane"] == lane_of(row["key"])
        lanes.setdefault((row["topic"], row["lane"]), []).append(row["sequence"])
    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in lanes.values())


async def test_two_facts_of_one_case_with_inverted_ids_are_sealed_by_version(
    toys: World, writer: asyncpg.Connection
) -> None:
    for number in range(20):
        await writer.execute(PENDING, *pending(f"inv{number}", 1))
        async with toys.admin("toy") as later, later.transaction():
            # The id is taken, the transaction not over: what comes after it in the case gets a lower place.
            await later.execute(PENDING, *pending(f"inv{number}", 3))
            await writer.execute(PENDING, *pending(f"inv{number}", 2))
        assert await until_sealed(toys, f"inv{number}", 3) == [1, 2, 3]


async def test_a_version_that_is_not_the_next_waits_and_others_go_on(toys: World, writer: asyncpg.Connection) -> None:
    await writer.execute(PENDING, *pending("gap", 2))
    await writer.execute(PENDING, *pending("nogap", 1))
    assert await until_sealed(toys, "nogap", 1) == [1]
    assert await positions(toys, "gap") == []
    await writer.execute(PENDING, *pending("gap", 1))
    assert await until_sealed(toys, "gap", 2) == [1, 2]


async def test_more_waiting_facts_than_a_batch_holds_do_not_stop_the_others(
    toys: World, writer: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.relay.sealer.LARGEST_SEAL", 4)
    for number in range(6):
        await writer.execute(PENDING, *pending(f"wait{number}", 2))
    await writer.execute(PENDING, *pending("goes", 1))
    assert await until_sealed(toys, "goes", 1) == [1]
    for number in range(6):
        await writer.execute(PENDING, *pending(f"wait{number}", 1))
    assert await until_sealed(toys, "wait5", 2) == [1, 2]


async def seal_until_something_is_there(sealer: Sealer, connection: asyncpg.Connection) -> None:
    """The fact may have been sealed by the service's own relay: then another is told."""
    for number in count(1):
        await connection.execute(PENDING, *pending(f"late{number}", 1))
        await sealer.seal(connection)


async def test_an_old_sealer_cannot_write_after_a_new_one_has_begun(toys: World, writer: asyncpg.Connection) -> None:
    old = await Sealer.begin(writer)
    new = await Sealer.begin(writer)
    await writer.execute(PENDING, *pending("zombie", 1))
    with pytest.raises(Deposed):
        await seal_until_something_is_there(old, writer)
    assert await positions(toys, "zombie") in ([], [(new.position + 1, 1)])
    # The service's own relay was deposed too: it takes the lead again and seals.
    assert await until_sealed(toys, "zombie", 1) == [1]


async def test_a_leader_that_hangs_is_replaced(toys: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database ends the session of a leader that says nothing; its lock is free then."""
    monkeypatch.setattr(relay_module, "_SILENCE", 1)
    monkeypatch.setattr(relay_module, "_BEAT", 3600.0)
    runtime = toys.runtime("toy")
    await runtime.relay.resend_after(runtime.relay.sealed)  # the leader begins again, and is silent from then on
    second = Relay(runtime.database, runtime.relay.bootstrap, runtime.relay.head, runtime.now)
    second.start()
    try:
        await toys.until(lambda: second.leading, 20, "the second relay leads")
    finally:
        monkeypatch.undo()
        await second.stop()
    await toys.until(lambda: runtime.relay.leading, 20, "the first relay leads again")


async def test_what_was_sent_twice_has_its_effect_once(toys: World) -> None:
    async with toys.client("toy") as client:
        for _ in range(5):
            await client.post("/v1/counters/resent/add", json={"amount": 1})
    await toys.settled()
    before = await heard(toys, "resent")
    async with toys.admin("toy") as admin:
        await admin.execute("UPDATE sending SET position = 0")
    relay = toys.runtime("toy").relay
    await relay.resend_after(0)
    await toys.until(lambda: relay.sent == relay.sealed, 15)
    await toys.settled()
    assert await heard(toys, "resent") == before == [1, 2, 3, 4, 5]


async def test_a_recreated_topic_is_filled_again_and_nothing_happens_twice(
    toys: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "_LOOK", 0.3)
    relay = toys.runtime("toy").relay
    await relay.resend_after(relay.sealed)  # begins again with the short interval
    async with toys.client("toy") as client:
        await client.post("/v1/counters/lost/add", json={"amount": 1})
        await toys.settled()
        effects = (await toys.fetch("echo", "SELECT count(*) FROM effect"))[0]["count"]
        await toys.servers.fresh_topics()
        await client.post("/v1/counters/lost/add", json={"amount": 1})

    async def both() -> bool:
        return await heard(toys, "lost") == [1, 2]

    await toys.until(both, 40, "the fact after the loss is heard")
    assert (await toys.fetch("echo", "SELECT count(*) FROM effect"))[0]["count"] == effects + 1
    lag = toys.runtime("toy").relay
    await toys.until(lambda: lag.sent == lag.sealed, 20)


async def test_head_facts_chain_the_log(toys: World) -> None:
    await toys.settled()
    log = await toys.fetch("toy", "SELECT position, topic, data FROM log ORDER BY position")
    digest, last, chain = sha256(b""), 0, ""
    heads = [row for row in log if row["topic"] == "heads"]
    assert heads
    for head in heads:
        told = orjson.loads(head["data"])
        digest = sha256(chain.encode())
        for row in log[last : told["position"]]:
            digest.update(sha256(row["data"]).digest())
        assert told["hash"] == digest.hexdigest()
        assert told["position"] < head["position"]
        last, chain = told["position"], told["hash"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET key = 'x'",
        "DELETE FROM log",
        "TRUNCATE log",
        "UPDATE log_p0 SET key = 'x'",
        "DELETE FROM log_p0",
        "TRUNCATE log_p0",
        "DROP TABLE log",
        "ALTER TABLE log DISABLE TRIGGER ALL",
        "CREATE TABLE mine (a int)",
    ],
)
async def test_the_services_own_role_cannot_change_its_log(toys: World, statement: str) -> None:
    connection = await asyncpg.connect(runtime_url(toys.admin_url, "toy", toys.servers.secrets))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("statement", ["UPDATE log SET key = 'x'", "DELETE FROM log", "TRUNCATE log_p0"])
async def test_not_even_the_owner_changes_the_log_by_mistake(toys: World, statement: str) -> None:
    async with toys.admin("toy") as owner:
        await owner.execute("SET ROLE lianzhi_toy_owner")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await owner.execute(statement)


async def test_a_service_is_not_ready_while_its_role_could_change_the_log(toys: World) -> None:
    async with toys.admin("toy") as admin, toys.client("toy") as client:
        await admin.execute("GRANT UPDATE ON log TO lianzhi_toy")
        try:
            answer = await client.get("/readyz")
        finally:
            await admin.execute("REVOKE UPDATE ON log FROM lianzhi_toy")
        assert (answer.status_code, answer.json()["database"]) == (503, "this role could alter the log")
        assert (await client.get("/readyz")).status_code == 200


async def test_facts_of_two_million_positions_go_into_parts(toys: World, writer: asyncpg.Connection) -> None:
    parts = await toys.fetch(
        "toy",
        "SELECT inhrelid::regclass::text AS relname FROM pg_inherits WHERE inhparent = 'log'::regclass ORDER BY 1",
    )
    assert [row["relname"] for row in parts] == ["log_p0", "log_p1"]
    for _ in range(2):
        await writer.execute("SELECT extend_log(7_000_000)")
    assert (await toys.fetch("toy", "SELECT to_regclass('log_p3')::text AS name"))[0]["name"] == "log_p3"


async def test_sending_again_after_a_loss_is_finished_even_if_it_is_interrupted(
    toys: World, writer: asyncpg.Connection
) -> None:
    """The records sent again are seen as held; only the mark, set back first, tells that others are not yet."""
    relay = toys.runtime("toy").relay
    for version in range(1, 7):
        await writer.execute(PENDING, *pending("cut", version))
    assert len(await until_sealed(toys, "cut", 6)) == 6
    await toys.settled()
    real, marks = Sender.send, list[int]()

    async def interrupted(self: Sender, sealed: Any) -> None:
        await real(self, sealed[:5])
        await self.mark()
        async with toys.admin("toy") as admin:
            marks.append(await admin.fetchval("SELECT position FROM sending"))
        raise KafkaError("cut")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Sender, "send", interrupted)
        await relay.resend_after(0)
        await toys.until(lambda: 5 in marks, 15, "sending again was interrupted")
    await toys.until(lambda: relay.sent == relay.sealed, 20, "all is sent again")
    await toys.settled()


async def test_what_was_sealed_once_is_not_sealed_again_in_a_later_term(
    toys: World, writer: asyncpg.Connection
) -> None:
    await writer.execute(PENDING, *pending("once", 1))
    assert await until_sealed(toys, "once", 1) == [1]
    await writer.execute(PENDING, *pending("once", 1))
    relay = toys.runtime("toy").relay
    await relay.resend_after(relay.sealed)
    await writer.execute(PENDING, *pending("once more", 1))
    assert await until_sealed(toys, "once more", 1) == [1]
    assert await until_sealed(toys, "once", 1) == [1]
    await writer.execute("DELETE FROM pending WHERE key = 'once'")


async def test_a_leader_that_was_replaced_does_not_move_the_mark(toys: World, writer: asyncpg.Connection) -> None:
    runtime = toys.runtime("toy")
    await toys.settled()
    late = Sender(runtime.relay.bootstrap, runtime.database, "late")
    late.term = await writer.fetchval("SELECT term FROM sending") - 1
    late._position, late.latest = 10**9, {("cases", 0): Anchor(10**9, 10**9)}
    with pytest.raises(Deposed):
        await late.mark()
    await store_seen(writer, late.term, late.latest)
    assert await writer.fetchval("SELECT position FROM sending") < 10**9
    assert not await writer.fetchval(
        "SELECT count(*) FROM anchors WHERE greatest(position, seen_position) = 1000000000"
    )


async def test_a_replica_that_stands_by_has_the_leader_send_again(toys: World, writer: asyncpg.Connection) -> None:
    """Whichever replica an operator happens to ask."""
    await writer.execute(PENDING, *pending("stood by", 1))
    await toys.settled()
    runtime = toys.runtime("toy")
    standby = Relay(runtime.database, runtime.relay.bootstrap, runtime.relay.head, runtime.now)
    assert await standby.resend_after(10**9) == runtime.relay.sealed
    assert await standby.resend_after(0) is None

    async def done() -> bool:
        return await writer.fetchval("SELECT again_after FROM sending") is None and runtime.relay.leading

    await toys.until(done, 20, "the leader has begun again")
    await toys.settled()
    assert await heard(toys, "stood by") == [1]


async def test_a_relay_that_is_woken_while_it_begins_again_goes_on(toys: World) -> None:
    """A cancellation that met the waking was lost with it: the relay led, and sent nothing any more."""
    relay = toys.runtime("toy").relay
    for _ in range(3):
        await relay.resend_after(relay.sealed)
        async with asyncio.timeout(20):
            await _wake_until_it_begins_again(relay)
    await toys.settled()


async def _wake_until_it_begins_again(relay: Relay) -> None:
    """At every turn of the event loop."""
    term = relay._term
    while relay._term in (term, 0):
        relay.wake()
        await asyncio.sleep(0)


async def test_works_that_swallow_a_cancellation_are_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "_CLEANED_UP_WITHIN", 0.01)

    async def fails() -> None:
        await asyncio.sleep(0)
        raise KafkaError("first")

    async def swallows() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    with pytest.raises(KafkaError, match="first"):
        async with asyncio.timeout(5):
            await relay_module._first_to_end(fails(), swallows())


async def test_topics_that_are_gone_are_made_again_by_nobody_but_the_relay(toys: World) -> None:
    relay = toys.runtime("toy").relay
    await toys.servers.no_topics()
    await relay.resend_after(relay.sealed)
    async with toys.client("toy") as client:
        await client.post("/v1/counters/again/add", json={"amount": 3})

    async def so() -> bool:
        return await heard(toys, "again") == [1]

    await toys.until(so, 60, "the fact is heard by the topics made again")


async def test_a_recreated_topic_that_others_have_refilled_is_filled_again(
    toys: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next record of a source that speaks in one partition lands behind its last one, as it always does."""
    monkeypatch.setattr(relay_module, "_LOOK", 3600.0)
    relay = toys.runtime("toy").relay
    await relay.resend_after(relay.sealed)
    async with toys.client("toy") as client, Voice(toys.servers.bootstrap, "stranger") as stranger:
        await client.post("/v1/counters/refilled/add", json={"amount": 1})
        await toys.settled()
        place = ("cases", lane_of("refilled") % TOPICS["cases"])
        before = (await stranger.ends([place]))[place]
        await toys.servers.fresh_topics()
        await stranger.tell("refilled", *[1] * (before + 1))
        await client.post("/v1/counters/refilled/add", json={"amount": 1})
        await toys.settled()
        async with toys.admin("toy") as admin:  # of one partition only, as of a source that tells nothing but heads
            await admin.execute("DELETE FROM anchors WHERE (topic, partition) <> ($1, $2)", *place)
        await relay.resend_after(relay.sealed)  # which begins with a look at what the broker holds

        async def held() -> set[int]:
            there = await read_topics(toys.servers.bootstrap, ["cases"])
            return {told.version for told in there if (told.source, told.key) == (source_of("toy"), "refilled")}

        async def again() -> bool:
            return await held() == {1, 2}

        try:
            await toys.until(again, 20, "what was sent before is there again")
        finally:
            monkeypatch.undo()
            await relay.resend_after(0)
            await toys.until(again, 20, "an operator has had it sent again")
            await toys.settled()
