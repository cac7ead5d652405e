"""Waiting for a condition, without sleeping longer than it takes."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
POLL = 0.015
PATIENCE = 3
"""Times as long as is asked for: both halves of the suite may want the machine at once, and waiting proves nothing."""


async def until(condition: Callable[[], Awaitable[T | None] | T | None], within: float = 10.0, what: str = "") -> T:
    """Its first true answer. AssertionError with its last answer when the seconds are over."""
    deadline = time.monotonic() + within * PATIENCE
    while True:
        answer = condition()
        found = await answer if inspect.isawaitable(answer) else answer
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(
                f"not within {within * PATIENCE:g} s: {what or _source(condition)}; last seen: {found!r}"
            )
        await asyncio.sleep(POLL)


def _source(condition: Callable[..., object]) -> str:
    try:
        return " ".join(inspect.getsource(condition).split())
    except (OSError, TypeError):
        return repr(condition)
