"""The things a supervisor keeps alive: PostgreSQL and Kafka, and each service."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from signal import Signals
from typing import Any, Protocol

from deploy.embedded.environment import Surroundings
from deploy.embedded.nursery import Nursery
from deploy.embedded.ports import HOST
from deploy.embedded.postgres import Postgres
from deploy.embedded.server import Server

ANSWER_WITHIN = 1.0


class Process(Protocol):
    """A running or ended process, however it was started."""

    @property
    def pid(self) -> int:
        """Its id."""

    async def ended(self) -> int:
        """Its exit code, once it has ended."""

    def send(self, number: Signals) -> None:
        """Nothing if it has ended."""

    def kill(self) -> None:
        """Ends it at once."""

    def last_lines(self, count: int = 10) -> list[str]:
        """The end of its output."""


class Unit(Protocol):
    """Something with a name that can be started, again and again."""

    name: str
    stop_signal: Signals
    stop_within: float

    @property
    def address(self) -> str:
        """Where it is reached."""

    async def prepare(self) -> None:
        """What must be there before; CannotRun if it cannot be."""

    async def begin(self) -> Process:
        """Starts its process; it need not be ready yet."""

    async def is_ready(self) -> bool:
        """Whether it serves now."""


class ServerUnit:
    """PostgreSQL or Kafka."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.name = server.name
        self.stop_signal = server.stop_signal
        self.stop_within = server.stop_within

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{HOST}:{self.server.port}"

    async def prepare(self) -> None:
        """Takes seconds the first time."""
        await asyncio.to_thread(self.server.prepare)

    async def begin(self) -> Process:
        """Its first process."""
        return self.server.launch()

    async def is_ready(self) -> bool:
        """Asked in a thread: it may take a moment to answer."""
        return await asyncio.to_thread(self.server.is_ready)


@dataclass
class ServiceUnit:
    """One service."""

    name: str
    surroundings: Surroundings
    postgres: Postgres
    nursery: Nursery
    stop_signal: Signals = Signals.SIGTERM
    stop_within: float = 15.0

    @property
    def address(self) -> str:
        """Its URL."""
        return self.surroundings.addresses.url(self.name)

    async def prepare(self) -> None:
        """A service needs nothing but what runs already."""

    async def begin(self) -> Process:
        """As `python -m deploy.serve NAME` would."""
        environment = self.surroundings.as_of_now().of(self.name, self.postgres)
        return await self.nursery.spawn(self.name, "deploy.serve", environment, self.name)

    async def is_ready(self) -> bool:
        """By its own word."""
        return await answers_ready(self.surroundings.addresses.port(self.name))


@dataclass
class ProgramUnit:
    """What is no service and runs beside them: the witness of the audit log, the console."""

    name: str
    module: str
    port: int
    environment: Callable[[], dict[str, str]]
    nursery: Nursery
    stop_signal: Signals = Signals.SIGTERM
    stop_within: float = 15.0

    @property
    def address(self) -> str:
        """Its URL."""
        return f"http://{HOST}:{self.port}"

    async def prepare(self) -> None:
        """It needs nothing but what runs already."""

    async def begin(self) -> Process:
        """As `python -m` its module would."""
        return await self.nursery.spawn(self.name, self.module, self.environment())

    async def is_ready(self) -> bool:
        """By its own word."""
        return await answers_ready(self.port)


async def answers_ready(port: int) -> bool:
    """Whether GET /readyz there answers 200 within a second."""
    return (await ask_ready(port))[0]


async def ask_ready(port: int) -> tuple[bool, Any]:
    """Whether GET /readyz there answers 200 within a second, and what it says: None if that is not JSON."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            head, _, body = (await _answer(port)).partition(b"\r\n\r\n")
    except (OSError, TimeoutError):
        return False, None
    try:
        return b" 200 " in head.partition(b"\r\n")[0], json.loads(body)
    except ValueError:
        return b" 200 " in head.partition(b"\r\n")[0], None


async def _answer(port: int) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        # Of version 1.0, so that the body comes as it is.
        writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return await reader.read()
    finally:
        writer.close()
