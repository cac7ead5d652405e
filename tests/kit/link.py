"""A bad network between a service and a server: slow, losing answers, silent. Whatever it does, TCP keeps the order."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from tests.kit.servers import Servers

_CHUNK = 64 * 1024


class Link:
    """A TCP proxy on `port` to a port of this machine; each way takes up to twice `delay` seconds."""

    def __init__(self, to: int, port: int = 0) -> None:
        self.to, self.port, self.delay = to, port, 0.0
        self._answers, self._passes = True, asyncio.Event()
        self._passes.set()
        self._chance = random.Random(16)
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._cut()

    def lose_answers(self) -> None:
        """Requests arrive, answers do not."""
        self._answers = False

    def hold(self) -> None:
        """Nothing arrives, and nobody is told: a pulled cable."""
        self._passes.clear()

    async def mend(self) -> None:
        """As new; what was open is cut if something of it may be lost."""
        if not self._answers or not self._passes.is_set():
            await self._cut()
        self._answers = True
        self._passes.set()

    async def _cut(self) -> None:
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        other: asyncio.StreamWriter | None = None
        try:
            there, other = await asyncio.open_connection("127.0.0.1", self.to)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, other, False))
                both.create_task(self._pump(there, writer, True))
        except* (OSError, _Ended):
            pass
        except* asyncio.CancelledError:
            pass
        finally:
            self._open.discard(task)
            for each in (writer, other):
                if each is not None:
                    with suppress(OSError):
                        each.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool) -> None:
        """Bytes on their way do not hold up those behind them."""
        loop = asyncio.get_running_loop()
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=256)

        async def arrive() -> None:
            while True:
                due, data = await on_the_way.get()
                await asyncio.sleep(due - loop.time())
                await self._passes.wait()
                if not data:
                    raise _Ended
                if self._answers or not answers:
                    writer.write(data)
                    await writer.drain()

        async with asyncio.TaskGroup() as group:
            group.create_task(arrive())
            data = b"first"
            while data:
                data = await reader.read(_CHUNK)
                await on_the_way.put((loop.time() + self.delay * self._chance.uniform(0.5, 2), data))


class _Ended(Exception):
    """One side has closed."""


@asynccontextmanager
async def behind_a_link(servers: Servers) -> AsyncIterator[Link]:
    """Kafka started again so that it sends all its clients to the link."""
    kafka = servers.embedded.kafka
    async with Link(kafka.port) as link:
        try:
            kafka.told_port = link.port
            await asyncio.to_thread(kafka.stop)
            await asyncio.to_thread(kafka.start)
            yield link
        finally:
            kafka.told_port = None
            await link.mend()
            await asyncio.to_thread(kafka.stop)
            await asyncio.to_thread(kafka.start)
