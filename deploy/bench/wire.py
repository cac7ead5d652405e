"""HTTP/1.1 over kept connections, as bare as can be: the load runs on the cores that it measures."""

import asyncio
from collections.abc import Mapping
from typing import cast

HOST = "127.0.0.1"
Answer = tuple[int, bytes]


class Connection(asyncio.Protocol):
    """One request at a time. Answers must bear a Content-Length."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._waiting: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        answer = parsed(self._unread)
        if answer is not None and self._waiting is not None and not self._waiting.done():
            self._unread = b""
            self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionError("closed by the server"))

    async def ask(self, request: bytes) -> Answer:
        """Status and body. ConnectionError when the server closes."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("closed by the server")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    @property
    def usable(self) -> bool:
        """False once the server has closed it, as it does with idle ones."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Connection:
    """To a server on this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
    return connection


def parsed(received: bytes) -> Answer | None:
    """The answer once it is complete."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    body = received[end + 4 :]
    return (int(head[9:12]), body) if len(body) >= length else None


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a request with a JSON body."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
