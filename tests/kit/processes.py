"""Toy services as processes that can be killed, stopped and continued; forked from one that has everything imported."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.kit.toy", "tests.kit.toys.toy.app", "tests.kit.toys.echo.app"])


Kill = tuple[str, int]
"""A way of recording (a method of Recorder), and before which of its statements to die."""


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

    def kill(self) -> None:
        """As a power cut would."""
        self.signal(signal.SIGKILL)
        self.process.join(10)

    def hang(self) -> None:
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        if self.process.is_alive():
            os.kill(self.process.pid, number)

    def end(self) -> None:
        """Cleanly, or at once if that takes long."""
        self.go_on()
        self.signal(signal.SIGTERM)
        self.process.join(8)
        self.kill()


def start(name: str, environment: Mapping[str, str], log: Path, kill_at: Kill | None = None) -> Running:
    """`kill_at`: the process records in that way, and kills itself before its n-th statement of it."""
    process = _context.Process(target=_serve, args=(name, dict(environment), str(log), kill_at), daemon=True)
    process.start()
    return Running(name, f"http://127.0.0.1:{environment['PORT']}", log, process)


def _serve(name: str, environment: dict[str, str], log: str, kill_at: Kill | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    from tests.kit.toy import serve

    if kill_at:
        _die_at(*kill_at)
    serve(name)


def _die_at(way: str, count: int) -> None:
    """Before the n-th statement that recording sends, BEGIN and COMMIT among them; `way` is a method of Recorder."""
    from asyncpg.protocol import Protocol  # the one place that all statements pass

    from shared.record.recorder import Recorder

    left, recording = [count], [False]
    transact = getattr(Recorder, way)

    async def watched(self: Recorder, batch: Any) -> None:
        recording[0] = True
        try:
            await transact(self, batch)
        finally:
            recording[0] = False

    class Counting:
        def __init__(self, name: str) -> None:
            self.real = getattr(Protocol, name)

        def __get__(self, protocol: Any, owner: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                if recording[0]:
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                return self.real(protocol, *args, **kwargs)

            return call

    Recorder._at_once = watched  # type: ignore[method-assign]
    for name in ("query", "bind_execute"):
        setattr(Protocol, name, Counting(name))
