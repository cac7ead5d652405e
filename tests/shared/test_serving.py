"""A server that stops does not wait for answers without an end, nor for clients who do not read."""

import asyncio
import json
import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.embedded.ports import free_ports
from shared.web.serving import STUCK, Server
from tests.kit.until import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Endless:
    """Tells the time for ever, or until it is said that the process stops."""

    def __init__(self, size: int) -> None:
        self.size, self.told, self.stopping = size, 0, asyncio.Event()
        self.state = SimpleNamespace(runtime=SimpleNamespace(when_stopping=[self.stopping.set]))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not self.stopping.is_set():
            self.told += 1
            await send({"type": "http.response.body", "body": b"x" * self.size, "more_body": True})
            await asyncio.sleep(0.001)
        await send({"type": "http.response.body", "body": json.dumps({"end": True}).encode()})


async def started(app: Endless) -> tuple[Server, "asyncio.Task[None]", int]:
    (port,) = free_ports(1)
    server = Server(app, host="127.0.0.1", port=port, lifespan="off", timeout_graceful_shutdown=30)  # type: ignore[arg-type]
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    return server, serving, port


async def stopped_within(server: Server, serving: "asyncio.Task[None]") -> float:
    began = time.monotonic()
    server.should_exit = True
    await serving
    return time.monotonic() - began


async def test_streams_are_ended_and_their_clients_get_the_end() -> None:
    app = Endless(10)
    server, serving, port = await started(app)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await until(lambda: app.told > 3)
    took = await stopped_within(server, serving)
    assert b'{"end": true}' in await reader.read()
    assert took < STUCK
    writer.close()


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    app = Endless(500_000)
    server, serving, port = await started(app)
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", port))
    stuck.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    told = -1

    def no_more_is_taken() -> bool:
        nonlocal told
        same, told = told == app.told and told > 0, app.told
        return same

    await until(no_more_is_taken)
    took = await stopped_within(server, serving)
    assert took < STUCK + 3
    stuck.close()
