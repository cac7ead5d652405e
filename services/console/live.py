"""What changes while somebody looks: one stream of changes for each window, as the person signed in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import structlog
from nicegui import Client
from nicegui.element import Element

from services.console.calling import NotSignedIn, Refusal

AGAIN = 2.0
"""Seconds after which a broken stream is asked for again."""
SILENT = 45.0
"""Seconds without even a heartbeat after which it counts as broken."""
GATHER = 0.15
"""Seconds in which changes that come together are one for a list."""
Heard = Callable[[Mapping[str, Any]], Awaitable[None]]
log = structlog.get_logger("console")


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    data: Mapping[str, Any]
    id: str | None


class Watcher:
    """Called with what changed, as long as its element is there; what comes while it is at it is told once more."""

    def __init__(self, client: Client, element: Element, heard: Heard, case_id: str | None) -> None:
        self.client, self.element, self.heard, self.case_id = client, element, heard, case_id
        self._next: Mapping[str, Any] | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def is_gone(self) -> bool:
        return self.element.is_deleted

    def concerns(self, event: Event) -> bool:
        if event.kind == "presence" or self.case_id is not None:
            return event.kind == "anew" or self.case_id == event.data.get("case_id")
        return True

    def tell(self, event: Event) -> None:
        self._next = {"kind": event.kind, **event.data}
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._next is not None and not self.is_gone:
            await asyncio.sleep(0 if self.case_id else GATHER)
            about, self._next = self._next, None
            if about is None or self.is_gone:
                return
            with self.client, self.element:
                try:
                    await self.heard(about)
                except (NotSignedIn, Refusal) as refusal:
                    log.warning("a live change could not be shown", why=type(refusal).__name__)


class Live:
    """`url`: of the stream; `show` is told whether it flows: `on` or `off`."""

    def __init__(self, url: str, headers: Mapping[str, str], client: Client, show: Callable[[str], None]) -> None:
        self._url, self._headers, self._client, self._show = url, dict(headers), client, show
        self._watchers: list[Watcher] = []
        self._last: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._paused = False

    def watch(self, element: Element, heard: Heard, case_id: str | None = None) -> None:
        """Of everything that they see, or of one case only, and who else has that open."""
        self._watchers.append(Watcher(self._client, element, heard, case_id))
        self.begin()

    def begin(self) -> None:
        """Until the window is gone; with the first who watches, at the latest."""
        if self._task is not None:
            return
        self._go_on()
        self._client.on_disconnect(self._pause)
        self._client.on_connect(self._go_on)
        self._client.on_delete(self._stop)

    def _go_on(self) -> None:
        """What came while nobody looked is told by the stream itself, or all is asked for anew."""
        if self._task is None or self._paused:
            missed = self._paused and self._last is None
            self._paused = False
            self._task = asyncio.create_task(self._follow(), name="changes of a window")
            if missed:
                self._tell(Event("anew", {}, None))

    def _pause(self) -> None:
        """A window that was closed is kept for a while, in case that it comes back: nothing is drawn for it."""
        if not self._client.has_socket_connection:
            self._stop()
            self._paused = True

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _follow(self) -> None:
        while True:
            with suppress(httpx.HTTPError):
                await self._stream()
            with self._client:
                self._show("off")
            await asyncio.sleep(AGAIN)

    async def _stream(self) -> None:
        headers = self._headers | ({"Last-Event-ID": self._last} if self._last else {})
        timeout = httpx.Timeout(5.0, read=SILENT)
        async with (
            httpx.AsyncClient(timeout=timeout) as asking,
            asking.stream("GET", self._url, headers=headers) as answer,
        ):
            if answer.is_error:
                return
            with self._client:
                self._show("on")
            async for event in _events(answer):
                self._last = event.id or self._last
                if event.kind == "end":
                    return
                if event.kind in ("change", "presence", "anew"):
                    self._tell(event)

    def _tell(self, event: Event) -> None:
        self._watchers = [each for each in self._watchers if not each.is_gone]
        for watcher in self._watchers:
            if watcher.concerns(event):
                watcher.tell(event)


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    """As WHATWG HTML, section 9.2, has them: lines up to an empty one."""
    kind, data, id = "", "", None
    async for line in answer.aiter_lines():
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            yield Event(kind, orjson.loads(data) if data else {}, id)
            kind, data, id = "", "", None
        elif field == "event":
            kind = value
        elif field == "data":
            data += value
        elif field == "id":
            id = value
