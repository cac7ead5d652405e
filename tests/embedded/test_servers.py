"""PostgreSQL and Kafka themselves: killed without a word, they come back with all they had."""

import os
from collections.abc import Iterator
from pathlib import Path
from signal import Signals
from typing import Any

import aiokafka
import asyncpg
import pytest

from deploy.embedded.errors import CannotRun
from deploy.embedded.harness import Embedded
from shared.relay.topics import TOPICS, ensure_topics
from tests.embedded.processes import works
from tests.kit.until import until


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded(tmp_path_factory.mktemp("servers"), ["dispatch"]) as servers:
        yield servers


async def written(embedded: Embedded, value: bytes) -> None:
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=embedded.bootstrap)
    async with producer:
        await producer.send_and_wait("reference", value)


async def read(embedded: Embedded) -> list[bytes]:
    consumer = aiokafka.AIOKafkaConsumer(
        "reference", bootstrap_servers=embedded.bootstrap, auto_offset_reset="earliest"
    )
    async with consumer:
        batches = await consumer.getmany(timeout_ms=5000)
        return [record.value for batch in batches.values() for record in batch]


async def rows(embedded: Embedded, statement: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(embedded.admin_url)
    try:
        return [dict(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_postgres_keeps_its_rows_through_a_kill(embedded: Embedded) -> None:
    await rows(embedded, "CREATE TABLE kept AS SELECT 'here' AS word")
    before = embedded.postgres.processes
    os.kill(embedded.postgres.pid, Signals.SIGKILL)
    embedded.postgres.start()
    assert await rows(embedded, "SELECT word FROM kept") == [{"word": "here"}]
    await until(lambda: not any(map(works, before)))


async def test_postgres_starts_though_its_old_pid_went_to_another(embedded: Embedded) -> None:
    embedded.postgres.kill()
    status = embedded.postgres.folder / "postmaster.pid"
    lines = status.read_text(encoding="utf-8").splitlines()
    status.write_text("\n".join([str(os.getpid()), *lines[1:]]), encoding="utf-8")
    embedded.postgres.start()
    assert embedded.postgres.is_ready()


async def test_postgres_is_safe_and_asks_for_a_password(embedded: Embedded) -> None:
    settings = {row["name"]: row["setting"] for row in await rows(embedded, "SELECT name, setting FROM pg_settings")}
    assert {settings[name] for name in ("fsync", "full_page_writes", "synchronous_commit")} == {"on"}
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["data_checksums"] == "on"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(embedded.postgres.url(password="wrong"))


async def test_kafka_keeps_its_records_through_a_kill(embedded: Embedded) -> None:
    await ensure_topics(embedded.bootstrap)
    await written(embedded, b"here")
    embedded.kafka.kill()
    assert not embedded.kafka.is_ready()
    embedded.kafka.start()
    assert await read(embedded) == [b"here"]


async def test_a_wiped_kafka_is_empty_and_works(embedded: Embedded) -> None:
    await ensure_topics(embedded.bootstrap)
    await written(embedded, b"old")
    embedded.kafka.wipe()
    embedded.kafka.start()
    await ensure_topics(embedded.bootstrap)
    await written(embedded, b"new")
    assert await read(embedded) == [b"new"]


async def test_topics_are_made_once_and_then_left_alone(embedded: Embedded) -> None:
    await ensure_topics(embedded.bootstrap, {"reference": 1, "mine": 3})
    await ensure_topics(embedded.bootstrap, {"mine": 5})
    await ensure_topics(embedded.bootstrap)
    async with aiokafka.AIOKafkaConsumer("mine", bootstrap_servers=embedded.bootstrap) as client:
        assert set(TOPICS) <= await client.topics()
        assert client.partitions_for_topic("mine") == {0, 1, 2}


async def test_both_move_to_other_ports(embedded: Embedded) -> None:
    await rows(embedded, "CREATE TABLE moved AS SELECT 1 AS one")
    await ensure_topics(embedded.bootstrap)
    await written(embedded, b"moved")
    embedded.stop()
    with Embedded(embedded.postgres.folder.parent) as elsewhere:
        assert elsewhere.bootstrap != embedded.bootstrap
        assert await rows(elsewhere, "TABLE moved") == [{"one": 1}]
        assert b"moved" in await read(elsewhere)
    embedded.start()


async def test_a_server_that_cannot_start_says_why(embedded: Embedded, tmp_path: Path) -> None:
    other = Embedded(tmp_path)
    other.postgres.port = embedded.postgres.port
    with pytest.raises(CannotRun, match=r"(?s)postgres ended with code 1.*Address already in use"):
        other.postgres.start()
