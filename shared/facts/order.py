"""Facts of several sources as one story: by time; of one moment, a cause before its effect."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """`place` counts within the source; `causation` is the `id` of the fact that led to this one."""

    at: datetime
    source: str
    place: int
    id: str | None = None
    causation: str | None = None


def in_order(facts: Iterable[T], told: Callable[[T], Told]) -> list[T]:
    by_time = sorted(((told(fact), fact) for fact in facts), key=lambda pair: pair[0].at)
    return [fact for _, moment in groupby(by_time, key=lambda pair: pair[0].at) for fact in _of_moment(list(moment))]


def _of_moment(facts: list[tuple[Told, T]]) -> list[T]:
    """Each once all that led to it, and all that its source told before, is out; else by source and place."""
    facts.sort(key=lambda pair: (pair[0].source, pair[0].place))
    number = {told.id: nr for nr, (told, _) in enumerate(facts) if told.id is not None}
    after: list[list[int]] = [[] for _ in facts]
    waits = [0] * len(facts)
    for nr, (told, _) in enumerate(facts):
        cause = number.get(told.causation) if told.causation is not None else None
        earlier = nr - 1 if nr and facts[nr - 1][0].source == told.source else None
        for before in {cause, earlier} - {None, nr}:
            after[before or 0].append(nr)
            waits[nr] += 1
    ready = [nr for nr, count in enumerate(waits) if not count]
    heapify(ready)
    order: list[int] = []
    while ready:
        order.append(heappop(ready))
        for nr in after[order[-1]]:
            waits[nr] -= 1
            if not waits[nr]:
                heappush(ready, nr)
    # Facts that claim to have led to each other stay as they were.
    return [facts[nr][1] for nr in order] + [facts[nr][1] for nr, count in enumerate(waits) if count]
