"""Rows become reports: checked in order, sent many at once, each taken once."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from deploy.imports.errors import Errors
from deploy.imports.reports import Faulty, Keys, Names, report_of
from deploy.scenarios.calls import Api, Ask, Declined
from shared.sheets.columns import Columns
from shared.sheets.sheets import Row

AT_ONCE = 64
FIRST_ROW = 2


@dataclass
class Counts:
    """`again`: taken by an earlier import."""

    taken: int = 0
    again: int = 0
    empty: int = 0


@dataclass(frozen=True)
class Job:
    """`as_` None: a dry run, nothing is sent."""

    columns: Columns
    names: Names
    errors: Errors
    api: Api
    as_: str | None
    advance: Callable[[], None]


@dataclass(frozen=True)
class _Good:
    number: int
    row: Row
    body: dict[str, Any]
    key: str


async def send_all(job: Job, rows: Iterator[Row]) -> Counts:
    """Raises Unreachable, and Unreadable where the file cannot be read to its end; what was sent is sent."""
    counts = Counts()
    good = _checked(job, rows, counts)
    workers = [asyncio.create_task(_send(job, good, counts)) for _ in range(AT_ONCE)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
    return counts


def _checked(job: Job, rows: Iterator[Row], counts: Counts) -> Iterator[_Good]:
    keys = Keys()
    for number, row in enumerate(rows, FIRST_ROW):
        if not any(cell.strip() for cell in row):
            counts.empty += 1
            job.advance()
            continue
        try:
            body = report_of(job.columns.values(row), job.names)
        except Faulty as fault:
            job.errors.add(number, str(fault), row)
            job.advance()
            continue
        yield _Good(number, row, body, keys.of(body))


async def _send(job: Job, good: Iterator[_Good], counts: Counts) -> None:
    """One of the workers: they share the iterator, which only ever runs in between two awaits."""
    for one in good:
        try:
            again = await _register(job, one)
            counts.again += again
            counts.taken += not again
        except Declined as refusal:
            job.errors.add(one.number, refusal.title or refusal.code, one.row)
        job.advance()


async def _register(job: Job, one: _Good) -> bool:
    """Whether it was taken before. Raises Declined, Unreachable."""
    if job.as_ is None:
        await asyncio.sleep(0)
        return False
    response = await job.api.answer(Ask("intake", "POST", "/v1/reports", job.as_, one.key, one.body))
    return "idempotent-replay" in response.headers
