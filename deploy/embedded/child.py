"""One child process: started under the guard, its output in a bounded file, stopped by a deadline."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, Signals

from deploy.embedded import pidfiles
from deploy.embedded.accounts import KEEP, Account

GUARD = Path(__file__).with_name("guard.py")
POLL = 0.02
WATCH = 0.05
LOGS_KEPT = 3

# A child dies with the *thread* that started it, so one thread that never ends starts them all.
_starter = ThreadPoolExecutor(1, "starter")


@dataclass(frozen=True)
class Program:
    """What to run; `at_parents_death` is the signal it gets when the process that started it is gone."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    at_parents_death: Signals = Signals.SIGKILL
    account: Account = KEEP
    folder: Path | None = None
    """To work in; by default where this process works."""
    passed: tuple[int, ...] = ()
    """Descriptors that stay open for it."""


class Child:
    """A running or ended child process."""

    def __init__(self, program: Program, log: Path, pid_file: Path) -> None:
        rotate(log)
        self.log = log
        self._pid_file = pid_file
        self._popen = _starter.submit(_start, program, log).result()
        pidfiles.record(pid_file, self.pid, program.at_parents_death)

    @property
    def pid(self) -> int:
        """Also the id of its process group."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._popen.poll()

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.exit_code() is None

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        while (code := self.exit_code()) is None:
            await asyncio.sleep(WATCH)
        return code

    def send(self, number: Signals) -> None:
        """To the process itself, not to its group; nothing if it has ended."""
        self._popen.send_signal(number)

    def kill(self) -> None:
        """Ends it and its whole group at once and waits for it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, SIGKILL)
        self._popen.wait()
        self._pid_file.unlink(missing_ok=True)

    def stop(self, number: Signals, patience: float) -> bool:
        """Asks it to end and kills it after `patience` seconds; whether it ended by itself."""
        self.send(number)
        ended = self.wait(patience)
        self.kill()
        return ended

    def wait(self, patience: float) -> bool:
        """Whether it ended within `patience` seconds."""
        deadline = time.monotonic() + patience
        while self.alive() and time.monotonic() < deadline:
            time.sleep(POLL)
        return not self.alive()

    def last_lines(self, count: int = 10) -> list[str]:
        """The end of its output."""
        return last_lines(self.log, count)


def _start(program: Program, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            guarded(program),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(program.environment),
            cwd=program.folder,
            pass_fds=program.passed,
            start_new_session=True,
        )


def guarded(program: Program) -> list[str]:
    """The command line that starts the program under the guard, as a child of this process."""
    account = program.account
    numbers = (
        os.getpid(),
        program.at_parents_death,
        account.user,
        account.group,
        account.reach_closed_folders,
    )
    return [sys.executable, "-I", "-S", str(GUARD), *(str(int(each)) for each in numbers), *program.arguments]


def rotate(log: Path) -> None:
    """Moves the log of the run before aside; the oldest goes."""
    log.parent.mkdir(parents=True, exist_ok=True)
    for number in range(LOGS_KEPT, 0, -1):
        older = log.with_name(f"{log.name}.{number - 1}") if number > 1 else log
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))


def bound(log: Path, most: int) -> None:
    """Empties the log of a running child once it is larger than `most` bytes; what was there is kept."""
    if not log.exists() or log.stat().st_size <= most:
        return
    # The child writes at the end, wherever that is, so the file may be emptied under it.
    log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


def last_lines(log: Path, count: int, most: int = 16384) -> list[str]:
    """The last lines of a file, looking at no more than its last `most` bytes."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - most))
        return list(deque(file.read().decode("utf-8", "replace").splitlines(), maxlen=count))
