"""A process that has imported what every service imports, and forks a child for each.

Eight services that import for themselves take ten seconds of two cores; forked, they take one import
together. Run as `python -m deploy.embedded.forks FD`; FD is a stream socket. Lines of JSON come in, each a
`Job`; lines go out: `{"name", "pid"}` when a child has begun, `{"pid", "code"}` when one has ended. The end
of the stream ends it.
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from setproctitle import setproctitle

from deploy.embedded.guard import die_with

PRELOADED = (
    "aiokafka",
    "alembic.command",
    "asyncpg",
    "fastapi",
    "httptools",
    "httpx",
    "joserfc.jwt",
    "orjson",
    "prometheus_client",
    "pydantic",
    "pydantic_settings",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "structlog",
    "uvicorn",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
    "yaml",
)
OURS = "shared"
TITLE = "lianzhi: "


@dataclass(frozen=True)
class Job:
    """A module to run as a program, with all of its environment and the file for its output."""

    name: str
    module: str
    arguments: list[str]
    environment: dict[str, str]
    log: str


def main(descriptor: int) -> None:
    """Preloads, then forks until the stream ends; in a forked child, runs its job."""
    setproctitle(title("nursery"))
    channel = socket.socket(fileno=descriptor)
    preload()
    job = Forks(channel).serve()
    if job:
        run(job)


def preload() -> None:
    """Imports what is installed of the list, and the shared libraries; then spares it from collection."""
    for name in PRELOADED:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    if importlib.util.find_spec(OURS):
        ours = importlib.import_module(OURS)
        for each in pkgutil.walk_packages(ours.__path__, f"{OURS}."):
            importlib.import_module(each.name)
    gc.collect()
    gc.freeze()


class Forks:
    """The parent of all children."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._woken, waker = socket.socketpair()
        for each in (self._channel, self._woken, waker):
            each.setblocking(False)
        self._waker = waker
        self._unread = b""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)

    def serve(self) -> Job | None:
        """Returns None when the stream has ended; in each child, its job."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                selector.select()
                self._reap()
                jobs = self._jobs()
                if jobs is None:
                    return None
                for job in jobs:
                    if self._is_child_of_fork(job):
                        return job

    def _jobs(self) -> list[Job] | None:
        try:
            received = self._channel.recv(65536)
        except BlockingIOError:
            return []
        if not received:
            return None
        *lines, self._unread = (self._unread + received).split(b"\n")
        return [Job(**json.loads(line)) for line in lines]

    def _is_child_of_fork(self, job: Job) -> bool:
        sys.stdout.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._tell(name=job.name, pid=pid)
            return False
        self._leave(parent)
        return True

    def _leave(self, parent: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (self._channel, self._woken, self._waker):
            each.close()
        os.setsid()
        die_with(parent, signal.SIGKILL)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._tell(pid=ended[0], code=os.waitstatus_to_exitcode(ended[1]))

    def _tell(self, **line: Any) -> None:
        self._channel.setblocking(True)
        self._channel.sendall(json.dumps(line).encode() + b"\n")
        self._channel.setblocking(False)


def title(name: str) -> str:
    """What `ps` shows in place of how this process was started, which is the same for all."""
    return f"{TITLE}{name}"


def run(job: Job) -> None:
    """Becomes the job's program; ends as it ends."""
    with Path(job.log).open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(job.environment)
    setproctitle(title(job.name))
    sys.argv = [job.module, *job.arguments]
    runpy.run_module(job.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
