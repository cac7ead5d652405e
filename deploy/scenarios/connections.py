"""HTTP/1.1 over connections that are kept: thousands of small requests share the cores with those who answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

ANSWER_WITHIN = 40.0


@dataclass
class Response:
    """Names of headers in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._waiting: asyncio.Future[Response] | None = None
        self._response = Response()
        self._ends = False

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing() and not self._ends

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            if self._parser is not None:
                self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._lose(ConnectionError(f"not HTTP: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(exc or ConnectionError("closed by the server"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._response.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._response.body += body

    def on_message_complete(self) -> None:
        if self._parser is not None and self._waiting is not None and not self._waiting.done():
            self._response.status = self._parser.get_status_code()
            self._ends = not self._parser.should_keep_alive()
            self._waiting.set_result(self._response)

    async def ask(self, request: bytes) -> Response:
        """Raises OSError, TimeoutError."""
        if not self.usable or self._transport is None:
            raise ConnectionError("closed by the server")
        self._response, self._parser = Response(), httptools.HttpResponseParser(self)
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(ANSWER_WITHIN):
            return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _lose(self, error: Exception) -> None:
        self._ends = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


class Connections:
    """As many to each server as are needed at once; `http` only."""

    def __init__(self) -> None:
        self._idle: dict[str, list[Connection]] = {}

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """Raises OSError, TimeoutError."""
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection = await self._take(parts.netloc)
        try:
            response = await connection.ask(_bytes(method, target, {"Host": parts.netloc, **headers}, body))
        except BaseException:
            connection.close()
            raise
        self._idle.setdefault(parts.netloc, []).append(connection)
        return response

    def close(self) -> None:
        for kept in self._idle.values():
            while kept:
                kept.pop().close()

    async def _take(self, netloc: str) -> Connection:
        kept = self._idle.get(netloc, [])
        while kept:
            if (connection := kept.pop()).usable:
                return connection
            connection.close()
        host, _, port = netloc.rpartition(":")
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(ANSWER_WITHIN):
            _, made = await loop.create_connection(Connection, host, int(port))
        return made


def _bytes(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    content = body or b""
    lines = [f"{method} {target} HTTP/1.1", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content
