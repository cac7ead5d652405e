"""Server-Sent Events (WHATWG HTML, section 9.2) of what one person is told."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson
from fastapi import Response
from starlette.types import Receive, Scope, Send

from services.dispatch.live.feed import Feed
from services.dispatch.live.presence import Present
from services.dispatch.live.readers import Event, Reader
from services.dispatch.live.telling import Change
from shared.refusals.refusals import NotSignedIn, Unavailable
from shared.refusals.words import ROLES
from shared.web.call import Call

HEARTBEAT = 15.0
AGAIN = 2000
"""Milliseconds after which a client whose connection broke comes back."""
FAREWELL = 1.0
"""Seconds in which a reader takes the end of the stream, or is left without."""


class EventStream(Response):
    """`reader` has joined and leaves with the connection. `last`: the id of the last event that the client has."""

    media_type = "text/event-stream"

    def __init__(self, call: Call, feed: Feed, reader: Reader, last: str | None) -> None:
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

    def _shown(self, events: Sequence[Event], position: int) -> bytes:
        """The id stands at the last: who has half of them gets all again."""
        texts = [self._one(each) for each in events]
        return b"".join(texts[:-1]) + texts[-1][:-1] + b"id: %d\n\n" % position

    def _one(self, told: Event) -> bytes:
        if isinstance(told, Change):
            return event("change", told.shown())
        return event("presence", {"case_id": told.case_id, "others": by_post(self.call, told.people)})


def by_post(call: Call, people: Sequence[Present]) -> list[dict[str, str]]:
    """In the caller's language; whose name it is, the directory says."""
    return [
        {
            "person": each.person,
            "department": each.department,
            "department_name": call.name("department", each.department),
            "role": each.role,
            "role_name": ROLES[each.role].said(call.language),
        }
        for each in people
    ]


def event(name: str, data: Mapping[str, Any], id: int | None = None) -> bytes:
    place = b"" if id is None else b"id: %d\n" % id
    return b"event: %s\ndata: %s\n%s\n" % (name.encode(), orjson.dumps(data), place)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
