"""The queue in front of the database: commands that arrive together share one transaction (group commit).

Each keeps its own answer and its own refusal, and none is answered before its commit.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from asyncpg import TransactionRollbackError

from shared.facts.envelope import Trail
from shared.record.aggregate import Aggregate, Write
from shared.record.database import Connection, Database, is_transient
from shared.record.decide import Outcome, Work
from shared.record.flush import Raced, flush
from shared.record.idempotency import Answer, Kept, asking_answers, find_answers, keeping, open_answers
from shared.refusals.refusals import KeyReused, Refused, TooMuch, Unavailable

LARGEST_BATCH = 128
LONGEST_QUEUE = 4096


@dataclass(frozen=True, slots=True)
class Request:
    """One caller's writes, all or none; with `kept`, the answer is stored under the caller's Idempotency-Key."""

    writes: tuple[Write[Any], ...]
    trail: Trail
    kept: Kept | None = None
    answer: Callable[[Sequence[Outcome]], Answer] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """`answer` is the stored one when the key was used before (`again`), else what `Request.answer` made."""

    outcomes: tuple[Outcome, ...]
    answer: Answer | None
    again: bool = False


@dataclass(slots=True)
class _Waiting:
    request: Request
    done: "asyncio.Future[Recorded]"


class Recorder:
    """Runs as `workers` tasks; `after_commit(keys)` is called with what changed."""

    def __init__(self, database: Database, after_commit: Callable[[set[str]], None], workers: int = 2) -> None:
        self.database, self.after_commit, self.workers = database, after_commit, workers
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Semaphore(0)
        self._tasks: list[asyncio.Task[None]] = []
        self._busy: set[asyncio.Future[Recorded]] = set()
        self._stopping = False

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._work(), name=f"recorder-{n}") for n in range(self.workers)]

    async def stop(self) -> None:
        """Finish what has been taken, then end."""
        self._stopping = True
        while waiting := {*self._busy, *(item.done for item in self._queue)}:
            await asyncio.wait(waiting)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def record(self, request: Request) -> Recorded:
        """Durable when it answers. Raises Refused; TooMuch when the queue is full, Unavailable without database."""
        if self._stopping:
            raise Unavailable("service")
        if len(self._queue) >= LONGEST_QUEUE:
            raise TooMuch()
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wake.release()
        return await waiting.done

    async def _work(self) -> None:
        while True:
            await self._wake.acquire()
            batch = self._take()
            if not batch:
                continue
            taken = {waiting.done for waiting in batch}
            self._busy |= taken
            try:
                await self._run(batch)
            except asyncio.CancelledError:
                _fail(batch, Unavailable("service"))
                raise
            finally:
                self._busy -= taken

    def _take(self) -> list[_Waiting]:
        """Requests of one batch: a second one with the same key waits for the first one's answer."""
        batch: list[_Waiting] = []
        keys: set[str] = set()
        later: list[_Waiting] = []
        while self._queue and len(batch) < LARGEST_BATCH:
            waiting = self._queue.popleft()
            key = waiting.request.kept.key if waiting.request.kept else None
            if key is not None and key in keys:
                later.append(waiting)
                self._wake.release()
                continue
            if key is not None:
                keys.add(key)
            if not waiting.done.cancelled():
                batch.append(waiting)
        self._queue.extendleft(reversed(later))
        return batch

    async def _run(self, batch: list[_Waiting], tries: int = 3) -> None:
        """At first without locks, in two round trips; whom another has beaten to it waits for its turn."""
        try:
            await (self._at_once(batch) if tries == 3 else self._in_turn(batch))
        except Undecided:
            # Who has a key is told by it what happened; for the others a second run could do it twice.
            _fail([waiting for waiting in batch if waiting.request.kept is None], Unavailable("database"))
            keyed = [waiting for waiting in batch if waiting.request.kept is not None]
            await asyncio.sleep(0.2)
            if keyed and tries:
                await self._run(keyed, tries - 1)
            _fail(keyed, Unavailable("database"))
        except Exception as error:
            again = isinstance(error, Raced) or is_transient(error)
            if again and tries:
                if not isinstance(error, Raced):
                    await asyncio.sleep(0.2)
                await self._run(batch, tries - 1)
            elif again:
                _fail(batch, Unavailable("database"))
            elif len(batch) > 1:
                for waiting in batch:
                    await self._run([waiting])
            else:
                _fail(batch, error)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """Raises Undecided when the commit's outcome is unknown."""
        async with self.database.plain() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException:
                if not connection.is_closed():
                    await transaction.rollback()
                raise
            try:
                await transaction.commit()
            except Exception as error:
                if not is_transient(error):
                    raise
                connection.terminate()
                raise Undecided from error

    async def _at_once(self, batch: list[_Waiting]) -> None:
        """Read, decide, write: the write is one statement, which fails if anything read has changed."""
        work, kept = Work(), _keys(batch)
        async with self.database.plain() as connection:
            (found,) = await work.look(connection, _wanted(batch), asking_answers(kept))
            known = open_answers(kept, found)
            results = [_decide(work, waiting.request, known) for waiting in batch]
            try:
                await flush(connection, work, keeping(_to_keep(batch, results)))
            except Exception as error:
                if not is_transient(error) or isinstance(error, TransactionRollbackError):
                    raise
                connection.terminate()
                raise Undecided from error
        self._done(batch, work, results)

    async def _in_turn(self, batch: list[_Waiting]) -> None:
        """With locks, so that it cannot be beaten again."""
        work, kept = Work(), _keys(batch)
        async with self._transaction() as connection:
            known = await find_answers(connection, kept)
            fresh = [w for w in batch if w.request.kept is None or w.request.kept.key not in known]
            await work.hold(connection, _wanted(fresh))
            results = [_decide(work, waiting.request, known) for waiting in batch]
            await flush(connection, work, keeping(_to_keep(batch, results)))
        self._done(batch, work, results)

    def _done(self, batch: list[_Waiting], work: Work, results: list[Recorded | Refused]) -> None:
        if work.facts:
            self.after_commit(work.keys())
        for waiting, result in zip(batch, results, strict=True):
            _answer(waiting, result)


class Undecided(Exception):
    """The connection was lost while committing: the transaction may stand or not."""


def _keys(batch: list[_Waiting]) -> list[Kept]:
    return [waiting.request.kept for waiting in batch if waiting.request.kept is not None]


def _wanted(batch: list[_Waiting]) -> list[tuple[Aggregate[Any], str]]:
    return [(write.aggregate, write.id) for waiting in batch for write in waiting.request.writes]


def _decide(work: Work, request: Request, known: dict[str, tuple[bytes, Answer]]) -> Recorded | Refused:
    if request.kept is not None and request.kept.key in known:
        fingerprint, answer = known[request.kept.key]
        if fingerprint != request.kept.fingerprint:
            return KeyReused()
        return Recorded((), answer, again=True)
    try:
        outcomes = tuple(work.decide(request.writes, request.trail))
    except Refused as refusal:
        return refusal
    return Recorded(outcomes, request.answer(outcomes) if request.answer else None)


def _to_keep(batch: list[_Waiting], results: list[Recorded | Refused]) -> list[tuple[Kept, Answer]]:
    return [
        (waiting.request.kept, result.answer)
        for waiting, result in zip(batch, results, strict=True)
        if waiting.request.kept is not None
        and isinstance(result, Recorded)
        and not result.again
        and result.answer is not None
    ]


def _answer(waiting: _Waiting, result: Recorded | Refused) -> None:
    if waiting.done.done():
        return
    if isinstance(result, Refused):
        waiting.done.set_exception(result)
    else:
        waiting.done.set_result(result)


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(error)
