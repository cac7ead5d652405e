"""Waiting for a condition, without sleeping longer than it takes."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
POLL = 0.015


async def until(condition: Callable[[], Awaitable[T | None] | T | None], within: float = 10.0, what: str = "") -> T:
    """Its first true answer. AssertionError with its last answer when the seconds are over."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        found = await answer if inspect.isawaitable(answer) else answer
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what or _source(condition)}; last seen: {found!r}")
        await asyncio.sleep(POLL)


def _source(condition: Callable[..., object]) -> str:
    try:
        return " ".join(inspect.getsource(condition).split())
    except (OSError, TypeError):
        return repr(condition)
