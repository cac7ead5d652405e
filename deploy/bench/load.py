"""Puts one request to a server, many times: `python -m deploy.bench.load`, JSON in and out."""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import count

import orjson
import uvloop

from deploy.bench.wire import Connection, connect, request

MOST_CONNECTIONS = 400


@dataclass(frozen=True)
class Spec:
    """`clients`, each with one request after the other, or `rate` a second come what may.

    Every request gets an Idempotency-Key of its own. `warm` seconds before `seconds` are not counted.
    """

    port: int
    path: str
    body: str
    seconds: float
    warm: float = 1.0
    clients: int = 0
    rate: float = 0.0


@dataclass
class Result:
    """Answers with 2xx; all others and failed connections by kind. Latencies in milliseconds."""

    answered: int = 0
    seconds: float = 0.0
    errors: dict[str, int] = field(default_factory=dict)
    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0

    @property
    def rate(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0


def percentile(ordered: list[float], share: float) -> float:
    """Of ascending values; 0 if there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Load:
    """One run of a spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.latencies: list[float] = []
        self.errors: Counter[str] = Counter()
        begin, body = time.monotonic(), spec.body.encode()
        self.counted_from, self.end = begin + spec.warm, begin + spec.warm + spec.seconds
        self._head, self._tail = request("POST", spec.path, body, {"Idempotency-Key": f"{time.time_ns():x}-?"}).split(
            b"?", 1
        )
        self._numbers = count()
        self._idle: list[Connection] = []

    async def run(self) -> Result:
        await (self._closed() if self.spec.clients else self._open())
        ordered = sorted(self.latencies)
        return Result(
            len(ordered),
            self.spec.seconds,
            dict(self.errors),
            percentile(ordered, 0.5),
            percentile(ordered, 0.99),
            ordered[-1] if ordered else 0.0,
        )

    async def _closed(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(self.spec.clients)))

    async def _client(self) -> None:
        connection = await connect(self.spec.port)
        while (began := time.monotonic()) < self.end:
            if not await self._ask(connection, began):
                connection = await connect(self.spec.port)
        connection.close()

    async def _open(self) -> None:
        running: set[asyncio.Task[None]] = set()
        due, pause = time.monotonic(), 1 / self.spec.rate
        while due < self.end:
            left = due - time.monotonic()
            if left > 0:
                await asyncio.sleep(left)
            task = asyncio.create_task(self._arrival(due))
            running.add(task)
            task.add_done_callback(running.discard)
            due += pause
        await asyncio.gather(*running)
        for connection in self._idle:
            connection.close()

    async def _arrival(self, due: float) -> None:
        """Latency counts from when the request was due, not from when there was a connection for it."""
        while self._idle and not self._idle[-1].usable:
            self._idle.pop()
        connection = self._idle.pop() if self._idle else await connect(self.spec.port)
        if await self._ask(connection, due) and len(self._idle) < MOST_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    async def _ask(self, connection: Connection, began: float) -> bool:
        try:
            status, _ = await connection.ask(b"%s%d%s" % (self._head, next(self._numbers), self._tail))
        except OSError as error:
            self.errors[type(error).__name__] += 1
            return False
        ended = time.monotonic()
        if not 200 <= status < 300:
            self.errors[str(status)] += 1
        elif self.counted_from <= ended < self.end:
            self.latencies.append((ended - began) * 1000)
        return True


def main() -> None:
    spec = Spec(**orjson.loads(sys.stdin.buffer.read()))
    result = uvloop.run(_run(spec))
    sys.stdout.buffer.write(orjson.dumps(asdict(result)))


async def _run(spec: Spec) -> Result:
    return await Load(spec).run()


if __name__ == "__main__":
    main()
