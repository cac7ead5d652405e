"""What PostgreSQL and Kafka have in common: made ready, launched, asked whether they serve, stopped."""

import time
from abc import ABC, abstractmethod
from pathlib import Path
from signal import Signals
from typing import ClassVar

from deploy.embedded.child import Child, Program
from deploy.embedded.errors import CannotRun

POLL = 0.02
START_WITHIN = 60.0


class Server(ABC):
    """A server of its own kind on this machine, in a folder of its own."""

    name: ClassVar[str]
    stop_signal: ClassVar[Signals]
    stop_within: ClassVar[float]
    """Seconds for a clean stop before it is killed."""

    def __init__(self, root: Path, port: int) -> None:
        self.folder = root / self.name
        self.port = port
        self.log = root / "logs" / f"{self.name}.log"
        self._pid_file = root / "run" / f"{self.name}.pid"
        self.child: Child | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Everything that must be there before it can be launched; takes seconds the first time."""

    @abstractmethod
    def program(self) -> Program:
        """What is launched."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it serves now; asked often, answers at once."""

    @property
    def pid(self) -> int:
        """Of its first process; CannotRun if it was not launched."""
        return self._launched().pid

    @property
    def pids(self) -> list[int]:
        """Of all its processes."""
        return [self.pid]

    def launch(self) -> Child:
        """Starts its process; the server is not ready yet. One that it had before is ended."""
        self.kill()
        self.child = Child(self.program(), self.log, self._pid_file)
        return self.child

    def start(self) -> None:
        """Prepares, launches and waits until it serves; CannotRun with its last lines if it does not."""
        self.prepare()
        self.launch()
        self.wait_until_ready()

    def wait_until_ready(self, patience: float = START_WITHIN) -> None:
        """CannotRun with its last lines if it ends or does not serve in time."""
        child = self._launched()
        deadline = time.monotonic() + patience
        while not self.is_ready():
            if not child.alive() or time.monotonic() > deadline:
                raise self.failure()
            time.sleep(POLL)

    def failure(self) -> CannotRun:
        """What happened to it, with the end of its log."""
        child = self._launched()
        code = child.exit_code()
        ended = f"已退出，代码 {code}", f"ended with code {code}"
        zh, en = ("没有应答", "does not answer") if code is None else ended
        lines = "\n".join(f"  {line}" for line in child.last_lines())
        return CannotRun(
            f"{self.name} {zh}；日志 {self.log} 的末尾如下。", f"{self.name} {en}. The end of {self.log}:", lines
        )

    def stop(self) -> None:
        """Stops it cleanly, or kills it if that takes too long; nothing if it does not run."""
        if self.child:
            self.child.stop(self.stop_signal, self.stop_within)
            self.child = None

    def kill(self) -> None:
        """Ends it as a power cut would; `start` brings it back."""
        if self.child:
            self.child.kill()
            self.child = None

    def _launched(self) -> Child:
        if self.child is None:
            raise CannotRun(f"{self.name} 尚未启动。", f"{self.name} was not started.")
        return self.child
