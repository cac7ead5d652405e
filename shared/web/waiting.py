"""Readers that wait for a change: `Prefer: wait=N` (RFC 7240), at most 30 s."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
LONGEST_WAIT = 30.0
_POLL = 1.0


class Changes:
    """Tells waiting readers that something about a key has been committed by this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def tell(self, keys: set[str]) -> None:
        if not self._waiting:
            return
        for key in keys & self._waiting.keys() | ({"*"} & self._waiting.keys()):
            for event in self._waiting[key]:
                event.set()

    async def until(self, look: Callable[[], Awaitable[T | None]], wait: float, key: str = "*") -> T | None:
        """`look` until it answers or the time is over; it is called again at each change, and once a second."""
        if wait <= 0:
            return await look()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(wait, LONGEST_WAIT)
        # Before the first look: a change that comes while it looks must not go unheard.
        event = asyncio.Event()
        self._waiting.setdefault(key, set()).add(event)
        try:
            found = await look()
            while found is None and (left := deadline - loop.time()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, _POLL)):
                        await event.wait()
                event.clear()
                found = await look()
            return found
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]


def preferred_wait(prefer: str | None) -> float:
    match = re.search(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])", prefer or "")
    return min(float(match[1]), LONGEST_WAIT) if match else 0.0
