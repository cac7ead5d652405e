"""The supervisor's side of `forks`: starts services as forks of one process and hears of their ends."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from deploy.embedded import pidfiles
from deploy.embedded.child import Child, Program, last_lines, rotate
from deploy.embedded.forks import Job

ENDED_WITH_PARENT = -int(signal.SIGKILL)


class Born:
    """A forked process."""

    def __init__(self, pid: int, log: Path, pid_file: Path) -> None:
        self.pid = pid
        self.log = log
        self._pid_file = pid_file
        self._code = asyncio.get_running_loop().create_future()
        with contextlib.suppress(psutil.NoSuchProcess):
            pidfiles.record(pid_file, pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Its exit code, once it has ended; negative for a signal."""
        return int(await asyncio.shield(self._code))

    def send(self, number: signal.Signals) -> None:
        """Nothing if it has ended."""
        if not self._code.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it and its whole group at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def last_lines(self, count: int = 10) -> list[str]:
        """The end of its output."""
        return last_lines(self.log, count)

    def has_ended(self, code: int) -> None:
        """Told by the nursery."""
        self._pid_file.unlink(missing_ok=True)
        if not self._code.done():
            self._code.set_result(code)


class Nursery:
    """Starts the forking process when it is first needed, and again if it was lost."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._child: Child | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._living: dict[int, Born] = {}
        self._begun: dict[str, asyncio.Future[int]] = {}
        self._hearing: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Starts the process, which needs a second or two until it forks."""
        async with self._opening:
            if self._writer is None:
                await self._start()

    async def spawn(self, name: str, module: str, environment: dict[str, str], *arguments: str) -> Born:
        """Runs a module as `python -m` would; ConnectionError if the nursery was lost meanwhile."""
        await self.open()
        log = self._root / "logs" / f"{name}.log"
        rotate(log)
        job = Job(name, module, list(arguments), environment, str(log))
        begun = self._begun[name] = asyncio.get_running_loop().create_future()
        if self._writer is None:
            raise ConnectionError("The process that starts the services has ended.")
        self._writer.write(json.dumps(asdict(job)).encode() + b"\n")
        return self._living[await begun]

    async def close(self) -> None:
        """Ends the process, and with it whatever of its children still runs."""
        if self._writer:
            self._writer.close()
        if self._child:
            await asyncio.to_thread(self._child.wait, 5.0)
            self._child.kill()
        if self._hearing:
            await self._hearing

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "deploy.embedded.forks", str(theirs.fileno())]
        program = Program(command, dict(os.environ), passed=(theirs.fileno(),))
        self._child = Child(program, self._root / "logs" / "nursery.log", self._root / "run" / "nursery.pid")
        theirs.close()
        reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        self._hearing = asyncio.create_task(self._hear(reader))

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            async for line in reader:
                self._heard(json.loads(line))
        self._lost()

    def _heard(self, told: dict[str, Any]) -> None:
        pid = told["pid"]
        if "code" in told:
            self._living.pop(pid).has_ended(told["code"])
            return
        name = told["name"]
        folder = self._root
        self._living[pid] = Born(pid, folder / "logs" / f"{name}.log", folder / "run" / f"{name}.pid")
        begun = self._begun.pop(name)
        if not begun.done():
            begun.set_result(pid)

    def _lost(self) -> None:
        self._writer = None
        for each in self._living.values():
            each.kill()
            each.has_ended(ENDED_WITH_PARENT)
        self._living.clear()
        for begun in self._begun.values():
            if not begun.done():
                begun.set_exception(ConnectionError("The process that starts the services has ended."))
        self._begun.clear()
