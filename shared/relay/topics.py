"""The topics all services share, and the one place that creates them, wherever Kafka runs.

Also run by every relay before it sends: a broker that has lost its disk has lost its topics too.
"""

import asyncio
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

TOPICS: Final[Mapping[str, int]] = MappingProxyType({"cases": 8, "reference": 1, "accesses": 2, "heads": 1})
"""Name of each shared topic and its number of partitions when it is created."""

MOST_REPLICAS: Final = 3


async def ensure_topics(bootstrap: str, topics: Mapping[str, int] = TOPICS) -> None:
    """Creates the topics that do not exist yet; one that exists keeps its settings. KafkaError if refused."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        existing = await admin.list_topics()
        missing = {name: count for name, count in topics.items() if name not in existing}
        if missing:
            await _create(admin, missing)
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, missing: Mapping[str, int]) -> None:
    cluster = await admin.describe_cluster()
    replicas = min(MOST_REPLICAS, len(cluster["brokers"]))
    answer = await admin.create_topics([NewTopic(name, count, replicas) for name, count in missing.items()])
    for name, code, reason in answer.topic_errors:
        # Another process may have created it since it was listed.
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(f"Topic {name} was not created: {reason}")


if __name__ == "__main__":
    asyncio.run(ensure_topics(os.environ["KAFKA_BOOTSTRAP"]))
