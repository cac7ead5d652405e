"""The floor of P2: one commit, one round trip through Kafka, one commit, by the same clients.

`python -m deploy.bench.bare_hop send|hear`; answers lines of JSON as `hop` does.
"""

import asyncio
import os
import sys
import time
from typing import Any, Protocol

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

TOPIC = "bench"
PARTITIONS = 8
TABLES = """
CREATE TABLE public.bare_sent (number bigint PRIMARY KEY, data bytea NOT NULL);
CREATE TABLE public.bare_heard (number bigint PRIMARY KEY, data bytea NOT NULL);
"""
DATA = b"x" * 600


class Side(Protocol):
    async def answer(self, line: dict[str, Any]) -> dict[str, Any]: ...


class Sender:
    """A row and its commit, then a record that Kafka acknowledges."""

    def __init__(self, pool: asyncpg.Pool, producer: AIOKafkaProducer) -> None:
        self.pool, self.producer = pool, producer
        self.began: dict[str, float] = {}

    async def answer(self, line: dict[str, Any]) -> dict[str, Any]:
        if line["do"] != "accept":
            return {"joined": True}
        self.began.clear()
        began, running = time.monotonic(), []
        for number in range(line["count"]):
            left = began + number / line["rate"] - time.monotonic()
            if left > 0:
                await asyncio.sleep(left)
            running.append(asyncio.create_task(self._send(line["from"] + number)))
        await asyncio.gather(*running)
        return {"times": self.began, "rate": line["count"] / (time.monotonic() - began)}

    async def _send(self, number: int) -> None:
        self.began[str(number)] = time.monotonic()
        await self.pool.execute("INSERT INTO public.bare_sent VALUES ($1, $2)", number, DATA)
        key = b"%d" % number
        await self.producer.send_and_wait(TOPIC, DATA, key, partition=number % PARTITIONS)


class Hearer:
    """One transaction for what has come together."""

    def __init__(self, pool: asyncpg.Pool, consumer: AIOKafkaConsumer) -> None:
        self.pool, self.consumer = pool, consumer
        self.times: dict[str, float] = {}
        self._task = asyncio.create_task(self._hear())

    async def answer(self, line: dict[str, Any]) -> dict[str, Any]:
        if self._task.done():
            self._task.result()
        return {"times": self.times, "joined": bool(self.consumer.assignment())}

    async def _hear(self) -> None:
        while True:
            found = await self.consumer.getmany(timeout_ms=1000)
            numbers = [int(record.key) for records in found.values() for record in records]
            if not numbers:
                continue
            await self.pool.execute(
                "INSERT INTO public.bare_heard SELECT number, $2 FROM unnest($1::bigint[]) AS given (number)",
                numbers,
                DATA,
            )
            now = time.monotonic()
            self.times.update({str(number): now for number in numbers})


async def main(side: str) -> None:
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=4)
    bootstrap = os.environ["KAFKA_BOOTSTRAP"]
    end: Side
    if side == "send":
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        end = Sender(pool, producer)
    else:
        consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, group_id="bench", auto_offset_reset="earliest")
        await consumer.start()
        end = Hearer(pool, consumer)
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        sys.stdout.buffer.write(orjson.dumps(await end.answer(orjson.loads(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
