"""Real PostgreSQL and Kafka for tests: one pair for most of them, others for drills that destroy theirs."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from deploy.embedded.harness import Embedded
from deploy.registry import SERVICES
from shared.relay.topics import TOPICS, ensure_topics
from tests.kit.toys import TOYS
from tests.kit.until import until

_numbers = count(1)


class Servers:
    """Started when first asked for anything."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lianzhi-kit-", dir=os.environ.get("LIANZHI_TEST_DATA")))
        self.folder.chmod(0o755)
        self.started = False

    @cached_property
    def embedded(self) -> Embedded:
        embedded = Embedded(self.folder, [*SERVICES, *TOYS])
        embedded.start()
        self.started = True
        return embedded

    @property
    def secrets(self) -> Mapping[str, str]:
        return self.embedded.secrets

    @property
    def bootstrap(self) -> str:
        return self.embedded.bootstrap

    def stop(self) -> None:
        if self.started:
            self.embedded.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def fresh_database(self) -> str:
        """A new empty database: its URL for the superuser."""
        name = f"world_{next(_numbers)}"
        admin = await asyncpg.connect(self.embedded.admin_url)
        try:
            await admin.execute(f"CREATE DATABASE {name}")
        finally:
            await admin.close()
        return urlunsplit(urlsplit(self.embedded.admin_url)._replace(path=f"/{name}"))

    async def fresh_topics(self) -> None:
        """All topics, empty: those that exist are deleted first."""
        await self.no_topics()
        await ensure_topics(self.bootstrap)
        await self._usable()

    async def no_topics(self) -> None:
        """As after the loss of the broker's disk."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            wanted = set(TOPICS)
            there = [name for name in await admin.list_topics() if name in wanted]
            if there:
                await admin.delete_topics(there)

            async def gone() -> bool:
                return wanted.isdisjoint(await admin.list_topics())

            await until(gone, 20, "deleted topics disappear")
        finally:
            await admin.close()

    async def _usable(self) -> None:
        """Every partition has a leader that answers."""
        from aiokafka import AIOKafkaConsumer, TopicPartition
        from aiokafka.errors import KafkaError

        places = [TopicPartition(topic, n) for topic, partitions in TOPICS.items() for n in range(partitions)]
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()

        async def answers() -> bool:
            try:
                async with asyncio.timeout(5):
                    return len(await consumer.end_offsets(places)) == len(places)
            except (KafkaError, TimeoutError):
                return False

        try:
            await until(answers, 20, "new topics answer")
        finally:
            await consumer.stop()


_shared: list[Servers] = []


def shared_servers() -> Servers:
    """The pair that most tests use, one after the other."""
    if not _shared:
        _shared.append(Servers())
    return _shared[0]


def stop_shared_servers() -> None:
    while _shared:
        _shared.pop().stop()


@contextmanager
def own_servers() -> Iterator[Servers]:
    """A pair of one's own, to be killed, emptied and restarted."""
    servers = Servers()
    try:
        yield servers
    finally:
        servers.stop()
