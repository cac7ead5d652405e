"""Services as processes that can be killed, stopped and continued; forked from one that has everything imported."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from signal import Signals
from typing import Any

import psutil

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    ["tests.kit.toy", "tests.kit.toys.toy.app", "tests.kit.toys.echo.app", "services.audit.app"]
)


RECORDING_AT_ONCE = "shared.record.recorder:Recorder._at_once"
RECORDING_IN_TURN = "shared.record.recorder:Recorder._in_turn"
HEARING = "shared.listen.consumer:Listener._transact"
SEALING = "shared.relay.sealer:Sealer._store"


@dataclass(frozen=True)
class Interruption:
    """What happens to a process before the n-th statement of a method, BEGIN and COMMIT counted.

    It gets a `signal` (SIGKILL; SIGSTOP to hang just there), or is held up for a `pause` in seconds each time. `once`:
    only when that file is there, which is then taken away. `over` is written when the method has ended all the same.
    `instead_of` is another method of the class in whose place it runs.
    """

    method: str
    statement: int = 1
    signal: Signals = Signals.SIGKILL
    pause: float = 0.0
    once: Path | None = None
    instead_of: str = ""

    @property
    def over(self) -> Path | None:
        return self.once and self.once.with_suffix(".over")

    def arm(self) -> None:
        """From now on, but `once`."""
        assert self.once is not None
        self.once.touch()

    def is_over(self) -> bool:
        return self.over is not None and self.over.exists()

    def is_due(self) -> bool:
        try:
            if self.once is not None:
                self.once.unlink()
        except FileNotFoundError:
            return False
        return True


@dataclass
class Running:
    """One process; `url` is where it answers."""

    name: str
    url: str
    log: Path
    process: Any

    @property
    def alive(self) -> bool:
        return bool(self.process.is_alive())

    @property
    def hangs(self) -> bool:
        return self.alive and psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED

    def kill(self) -> None:
        """As a power cut would."""
        self.signal(signal.SIGKILL)
        self.process.join(10)

    def hang(self) -> None:
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: Signals) -> None:
        if self.process.is_alive():
            os.kill(self.process.pid, number)

    def end(self) -> None:
        """Cleanly, or at once if that takes long."""
        self.go_on()
        self.signal(signal.SIGTERM)
        self.process.join(8)
        self.kill()


def start(name: str, environment: Mapping[str, str], log: Path, interruption: Interruption | None = None) -> Running:
    process = _context.Process(target=_serve, args=(name, dict(environment), str(log), interruption), daemon=True)
    process.start()
    return Running(name, f"http://127.0.0.1:{environment['PORT']}", log, process)


def _serve(name: str, environment: dict[str, str], log: str, interruption: Interruption | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    from tests.kit.toy import serve

    if interruption is not None:
        _prepare(interruption)
    serve(name)


def _prepare(at: Interruption) -> None:
    from asyncpg.protocol import Protocol  # the one place that all statements pass

    from shared.record.database import Database

    counting: ContextVar[list[int] | None] = ContextVar("counting", default=None)
    module, _, path = at.method.partition(":")
    owner_name, _, name = path.partition(".")
    owner = getattr(import_module(module), owner_name)
    real, happened = getattr(owner, name), list[bool]()

    async def watched(self: Any, *args: Any) -> Any:
        token = counting.set([at.statement])  # what other tasks send meanwhile does not count
        try:
            return await real(self, *args)
        finally:
            counting.reset(token)
            if happened and at.over is not None:
                at.over.touch()

    class Counting:
        def __init__(self, name: str) -> None:
            self.real = getattr(Protocol, name)

        def __get__(self, protocol: Any, owner: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                left = counting.get()
                if left is not None:
                    left[0] -= 1
                    if left[0] == 0 and at.is_due():
                        happened.append(True)
                        if at.pause:
                            return late(*args, **kwargs)
                        os.kill(os.getpid(), at.signal)
                return self.real(protocol, *args, **kwargs)

            async def late(*args: Any, **kwargs: Any) -> Any:
                await asyncio.sleep(at.pause)
                return await self.real(protocol, *args, **kwargs)

            return call

    take = Database._take

    async def taken(self: Database) -> Any:
        """What a new connection sends to be set up does not count either."""
        token = counting.set(None)
        try:
            return await take(self)
        finally:
            counting.reset(token)

    Database._take = taken  # type: ignore[method-assign]
    setattr(owner, at.instead_of or name, watched)
    for each in ("query", "bind_execute"):
        setattr(Protocol, each, Counting(each))
