"""Server-Sent Events (WHATWG HTML, section 9.2) of what one person is told, in any service that tells of changes."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import orjson
from fastapi import Response
from starlette.types import Receive, Scope, Send

from shared.refusals.refusals import NotSignedIn, Unavailable
from shared.web.call import Call
from shared.web.listeners import Listener

E = TypeVar("E")
HEARTBEAT = 15.0
AGAIN = 2000
"""Milliseconds after which a client whose connection broke comes back."""
FAREWELL = 1.0
"""Seconds in which a reader takes the end of the stream, or is left without."""


class Feed(Protocol[E]):
    """Who follows the log for all listeners of a process."""

    def leave(self, reader: Listener[E]) -> None: ...

    async def missed(self, reader: Listener[E], after: int) -> Sequence[E] | None:
        """From that position to where it began to hear; None where that was too long ago, or never was."""
        ...


class EventStream(Response, ABC, Generic[E]):
    """`reader` has joined and leaves with the connection. `last`: the id of the last event that the client has."""

    media_type = "text/event-stream"

    def __init__(self, call: Call, feed: Feed[E], reader: Listener[E], last: str | None) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.call, self.feed, self.reader, self.last = call, feed, reader, last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writing = asyncio.create_task(self._write(send), name="stream")
        leaving = asyncio.create_task(_left(receive), name="stream's client")
        loop = asyncio.get_running_loop()
        self.reader.at_end = lambda: loop.call_later(FAREWELL, writing.cancel)
        try:
            done, _ = await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.feed.leave(self.reader)
            for task in (writing, leaving):
                task.cancel()
            await asyncio.gather(writing, leaving, return_exceptions=True)
        if writing in done and not writing.cancelled():
            writing.result()

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async for text in self._told():
            await send({"type": "http.response.body", "body": text, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _told(self) -> AsyncIterator[bytes]:
        yield b"retry: %d\n\n" % AGAIN
        yield await self._begin(self.reader.since)
        while True:
            heard = await self.reader.next(self._patience())
            if why := await self._over():
                yield event("end", {"why": why})
                return
            if heard.anew:
                yield event("anew", {}, heard.position)
            elif heard.events:
                yield self._shown(heard.events, heard.position)
            else:
                yield b": still here\nid: %d\n\n" % heard.position

    async def _begin(self, position: int) -> bytes:
        """What the client missed, or from where it hears."""
        if self.last is None:
            return event("ready", {}, position)
        after = int(self.last) if self.last.isascii() and self.last.isdigit() and len(self.last) < 19 else -1
        missed = await self.feed.missed(self.reader, after)
        if missed is None:
            return event("anew", {}, position)
        return self._shown(missed, position) if missed else event("ready", {}, position)

    def _patience(self) -> float:
        return max(0.0, min(HEARTBEAT, self.reader.bearer.expires - time.time()))

    async def _over(self) -> str | None:
        """Why the stream ends, if it does."""
        if self.reader.ended:
            return "stopping"
        if self.reader.bearer.expires <= time.time():
            return "expired"
        if not self.reader.actor.posts:
            return "no_post"
        token = self.call.request.headers["authorization"].partition(" ")[2].strip()
        try:
            await self.call.runtime.tokens.check(token)
        except NotSignedIn:
            return "expired"
        except Unavailable:  # the issuer is away: what was checked before holds until it expires
            return None
        return None

    def _shown(self, events: Sequence[E], position: int) -> bytes:
        """The id stands at the last: who has half of them gets all again."""
        texts = [self.one(each) for each in events]
        return b"".join(texts[:-1]) + texts[-1][:-1] + b"id: %d\n\n" % position

    @abstractmethod
    def one(self, told: E) -> bytes:
        """As the service shows it."""


def event(name: str, data: Mapping[str, Any], id: int | None = None) -> bytes:
    place = b"" if id is None else b"id: %d\n" % id
    return b"event: %s\ndata: %s\n%s\n" % (name.encode(), orjson.dumps(data), place)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
