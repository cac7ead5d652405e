"""What came is kept: all of it, in order, byte by byte, for ever."""

import asyncio
from base64 import b64decode
from typing import Any

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.migrate import runtime_url
from services.dispatch.facts import CaseWithdrawn
from shared.listen.reactions import Heard
from shared.relay.topics import TOPICS
from tests.audit.conftest import minutes
from tests.audit.telling import Telling
from tests.kit import reference
from tests.kit.toys.echo.reactions import FAULTS
from tests.kit.world import World


async def add(world: World, *counters: str) -> None:
    async with world.client("toy") as client:
        answers = [client.post(f"/v1/counters/{id}/add", json={"amount": 1}) for id in counters]
        assert {answer.status_code for answer in await asyncio.gather(*answers)} == {201}


async def read_log(world: World, **query: Any) -> list[dict[str, Any]]:
    async with world.client("audit", "audit.yan") as client:
        answer = await client.get("/v1/log", params={"limit": 100_000, **query})
        assert answer.status_code == 200, answer.text
        return [orjson.loads(line) for line in answer.text.splitlines()]


async def everything_in_kafka(world: World) -> dict[tuple[str, int, int], Any]:
    places = [TopicPartition(topic, n) for topic, count in TOPICS.items() for n in range(count)]
    consumer = AIOKafkaConsumer(bootstrap_servers=world.servers.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    found = {}
    while any([await consumer.position(place) < ends[place] for place in places]):
        for place, records in (await consumer.getmany(timeout_ms=200)).items():
            found.update({(place.topic, place.partition, record.offset): record for record in records})
    await consumer.stop()
    return found


async def test_every_record_is_kept_with_its_exact_bytes_and_in_the_order_of_its_partition(
    world: World,
) -> None:
    await add(world, *[f"kept-{n % 40}" for n in range(400)])
    await world.settled()
    lines = await read_log(world)
    kept = {(line["topic"], line["partition"], line["offset"]): line for line in lines}
    came = await everything_in_kafka(world)
    assert len(kept) == len(lines)
    assert len(lines) >= 800
    for place, line in kept.items():
        assert [(name, b64decode(value)) for name, value in line["headers"]] == list(came[place].headers)
        assert b64decode(line["value"]) == came[place].value
    assert [line["index"] for line in lines] == list(range(len(lines)))
    for place in {(line["topic"], line["partition"]) for line in lines}:
        offsets = [line["offset"] for line in lines if (line["topic"], line["partition"]) == place]
        assert offsets == sorted(offsets)


async def test_each_source_is_complete_and_each_counter_in_order_of_version(world: World) -> None:
    await add(world, *["ordered"] * 50)
    await world.settled()
    rows = await world.fetch(
        "audit",
        "SELECT version FROM entries WHERE aggregate_id = 'ordered' AND aggregate = 'counter' ORDER BY index",
    )
    assert [row["version"] for row in rows] == list(range(1, 51))
    for row in await world.fetch("audit", "SELECT highest, count FROM sources"):
        assert row["highest"] == row["count"]


async def test_nobody_can_change_or_remove_an_entry(world: World) -> None:
    await add(world, "unchangeable")
    await world.settled()
    service = await asyncpg.connect(runtime_url(world.admin_url, "audit", world.servers.secrets))
    tries = (
        "UPDATE entries SET value = ''",
        "DELETE FROM entries",
        "TRUNCATE entries",
        "DELETE FROM conflicts",
    )
    for statement in tries:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    await service.close()
    async with world.admin("audit") as administrator:
        for statement in tries[:3]:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await administrator.execute(statement)


async def test_search_narrows_and_pages(world: World) -> None:
    await add(world, *["sought"] * 7)
    await world.settled()
    async with world.client("audit", "audit.yan") as client:
        query = {"key": "sought", "source": "/services/toy", "limit": 3}
        pages = [(await client.get("/v1/facts", params=query)).json()]
        while cursor := pages[-1]["next"]:
            pages.append((await client.get("/v1/facts", params={**query, "cursor": cursor})).json())
        foreign = await client.get("/v1/facts", params={"cursor": "WyJhIl0"})
    found = [item for page in pages for item in page["items"]]
    assert [item["version"] for item in found] == [7, 6, 5, 4, 3, 2, 1]
    assert found[0]["data"] == {"counter_id": "sought", "amount": 1, "total": 7, "unit": "piece"}
    assert foreign.status_code == 422


async def test_only_auditors_read_the_log(world: World) -> None:
    for user, status in (("audit.yan", 200), ("admin.ran", 403), ("clerk.liu", 403), (None, 401)):
        async with world.client("audit", user) as client:
            for path in ("/v1/log?limit=1", "/v1/facts"):
                assert (await client.get(path)).status_code == status, (user, path)


async def test_the_same_position_with_other_bytes_is_kept_as_evidence(world: World, dispatch: Telling) -> None:
    first = dispatch.write(CaseWithdrawn(at=minutes(0), by="somebody", case_id="forked"))
    await dispatch.send(first, first)
    forged = dispatch.write(CaseWithdrawn(at=minutes(9), by="other", case_id="forked"))
    headers = [(name, b"1" if name in ("ce_sequence", "ce_lanesequence") else value) for name, value in forged.headers]
    await dispatch.producer.send_and_wait(forged.topic, forged.value, forged.key, forged.partition, headers=headers)

    async def evidence() -> list[dict[str, Any]]:
        return await world.fetch("audit", "SELECT * FROM conflicts WHERE source = $1", dispatch.source)

    (row,) = await world.until(evidence)
    assert row["position"] == 1
    entries = await world.fetch("audit", "SELECT time FROM entries WHERE source = $1", dispatch.source)
    assert [entry["time"] for entry in entries] == [minutes(0)]
    async with world.client("audit", "admin.ran") as client:
        alarms = (await client.get("/v1/alarms", params={"open": True})).json()["items"]
    assert [(a["kind"], a["first"]) for a in alarms if a["source"] == dispatch.source and a["kind"] != "silence"] == [
        ("conflict", 1)
    ]
    await dispatch.send(forged)
    indexes = await world.fetch("audit", "SELECT index FROM entries ORDER BY index")
    assert [row["index"] for row in indexes] == list(range(len(indexes)))


async def test_what_a_consumer_skipped_is_itself_in_the_log(world: World) -> None:
    """A fact that echo could not handle, and that somebody decided to pass over."""
    async with world.admin("echo") as database:
        await reference.put(database, "echo")
    echo = world.runtime("echo")
    await echo.reference.load(echo.database)

    def fails(heard: Heard) -> None:
        if heard.fact.counter_id == "skipped":
            raise LookupError("a bug")

    FAULTS["skipped"] = fails
    try:
        await add(world, "skipped")
        parked = await world.until(lambda: world.fetch("echo", "SELECT id, position FROM parked WHERE key = 'skipped'"))
        async with world.client("echo", "admin.ran") as administrator:
            assert (await administrator.post(f"/v1/parked/{parked[0]['id']}/skip")).status_code == 204
    finally:
        del FAULTS["skipped"]
    await world.settled()
    async with world.client("audit", "audit.yan") as auditor:
        answer = await auditor.get("/v1/facts", params={"type": "lianzhi.echo.fact-skipped.v1"})
    [fact] = answer.json()["items"]
    assert (fact["actor"], fact["data"]["position"]) == ("admin.ran", parked[0]["position"])
