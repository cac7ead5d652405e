"""Who listens to what changes, and what waits for each: bounded, whatever they do."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from shared.identity.tokens import Bearer
from shared.procedure.actor import Actor
from shared.refusals.refusals import Refused
from shared.refusals.words import Word, Words

E = TypeVar("E")
L = TypeVar("L", bound="Listener")  # type: ignore[type-arg]
MOST, MOST_OF_ONE = 500, 8
"""Connections of a process, and of one person to it."""
MOST_WAITING = 200
"""Events; beyond that the listener is told to read anew."""


@dataclass(slots=True, eq=False)
class TooManyStreams(Refused):
    code: ClassVar[str] = "too-many-streams"
    status: ClassVar[int] = 429
    zh: ClassVar[str] = "接收实时更新的连接过多（{whose}最多 {most} 个），请关闭不用的页面，或在 {retry_after} 秒后重试"
    en: ClassVar[str] = (
        "Too many connections for live changes ({whose} at most {most}): close pages or wait {retry_after} s"
    )
    words: ClassVar[dict[str, Words]] = {
        "whose": {"own": Word("每人", "a person"), "all": Word("本服务", "the service")}
    }
    whose: str
    most: int
    retry_after: int = 10


@dataclass(frozen=True, slots=True)
class Heard(Generic[E]):
    """All up to that position. `anew`: something was passed over."""

    events: Sequence[E]
    position: int
    anew: bool


class Listener(Generic[E]):
    """`since`: the position from which on it is told everything; `at_end` is called when the process stops."""

    def __init__(self, bearer: Bearer, actor: Actor, since: int) -> None:
        self.bearer, self.actor = bearer, actor
        self.since = self._position = since
        self.ended = False
        self.at_end: Callable[[], object] = lambda: None
        self._anew = False
        self._waiting: deque[E] = deque()
        self._wake = asyncio.Event()

    def be(self, actor: Actor) -> None:
        """As the directory has them now: who sees something else from now on has to look at all of it."""
        if actor != self.actor:
            self.actor = actor
            self.pass_over()

    def tell(self, events: Sequence[E], position: int | None = None) -> None:
        """`position`: of the log, up to which these are all."""
        self._position = self._position if position is None else position
        if self._anew or not events:
            return
        if len(self._waiting) + len(events) > MOST_WAITING:
            self.pass_over()
            return
        self._waiting.extend(events)
        self._wake.set()

    def end(self) -> None:
        self.ended = True
        self._wake.set()
        self.at_end()

    async def next(self, within: float) -> Heard[E]:
        """What waits, at once or when it comes; nothing when the time is over or it has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._wake.wait()
        self._wake.clear()
        heard = Heard(tuple(self._waiting), self._position, self._anew)
        self._waiting.clear()
        self._anew = False
        return heard

    def pass_over(self) -> None:
        """Nothing of what waits is told: they read anew."""
        self._anew = True
        self._waiting.clear()
        self._wake.set()


class Listeners(Generic[L]):
    """Of one process."""

    def __init__(self) -> None:
        self._all: set[L] = set()

    def __bool__(self) -> bool:
        return bool(self._all)

    def every(self) -> tuple[L, ...]:
        return tuple(self._all)

    def check(self, person: str) -> None:
        """Raises TooManyStreams."""
        if sum(listener.actor.id == person for listener in self._all) >= MOST_OF_ONE:
            raise TooManyStreams("own", MOST_OF_ONE)
        if len(self._all) >= MOST:
            raise TooManyStreams("all", MOST)

    def add(self, listener: L) -> None:
        self._all.add(listener)

    def remove(self, listener: L) -> None:
        self._all.discard(listener)
