"""Which process was started for what, so that a later start finds and ends what was left behind."""

import contextlib
import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from deploy.embedded.files import read_json, write_atomically

# Start times move a little when the clock is set; a pid does not come round in that time.
SAME_START = 2.0


@dataclass(frozen=True)
class Recorded:
    """A process as it was when it started, at `created` seconds since the epoch; the signal that ends it."""

    pid: int
    created: float
    ended_by: int = signal.SIGTERM

    def process(self) -> psutil.Process | None:
        """The process if it still runs; None if it ended, even if its pid has gone to another."""
        try:
            found = psutil.Process(self.pid)
            alive = found.status() != psutil.STATUS_ZOMBIE
            return found if alive and abs(found.create_time() - self.created) < SAME_START else None
        except psutil.NoSuchProcess:
            return None


def record(path: Path, pid: int, ended_by: int = signal.SIGTERM) -> Recorded:
    """Remembers a running process."""
    entry = Recorded(pid, psutil.Process(pid).create_time(), ended_by)
    write_atomically(path, json.dumps(asdict(entry)), durable=False)
    return entry


def read(path: Path) -> Recorded | None:
    """What was recorded there; None if nothing, or nothing that can be read."""
    try:
        found = read_json(path)
        return Recorded(int(found["pid"]), float(found["created"]), int(found["ended_by"])) if found else None
    except (ValueError, KeyError, TypeError):
        return None


def end_leftovers(folder: Path, patience: float = 10.0) -> list[str]:
    """Ends every recorded process that still runs and forgets all; the names of those that were ended."""
    files = sorted(folder.glob("*.pid"))
    entries = {path.stem: entry for path in files if (entry := read(path))}
    running = {name: process for name, entry in entries.items() if (process := entry.process())}
    for name, process in running.items():
        _send(process, entries[name].ended_by)
    kill_those_left(list(running.values()), patience)
    for path in files:
        path.unlink(missing_ok=True)
    return list(running)


def end_all(processes: list[psutil.Process], patience: float) -> None:
    """Asks the processes to end, waits, then kills them."""
    for each in processes:
        _send(each, signal.SIGTERM)
    kill_those_left(processes, patience)


def kill_those_left(processes: list[psutil.Process], patience: float) -> None:
    """Waits for the processes to end, then kills the others with everything in their groups."""
    _, left = psutil.wait_procs(processes, timeout=patience)
    for each in left:
        _kill_group(each)
    psutil.wait_procs(left, timeout=patience)


def _send(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _kill_group(process: psutil.Process) -> None:
    with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
