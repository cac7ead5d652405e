"""The layout of a data directory, and the lock that gives it to one supervisor."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """A data directory."""

    root: Path

    @property
    def secrets(self) -> Path:
        """Passwords and keys."""
        return self.root / "secrets.json"

    @property
    def run(self) -> Path:
        """What is only true while something runs."""
        return self.root / "run"

    @property
    def state(self) -> Path:
        """See `state`."""
        return self.run / "state.json"

    @property
    def clock(self) -> Path:
        """The time that the services go by, if it is not the machine's."""
        return self.root / "clock.json"

    @property
    def witness(self) -> Path:
        """What the witness of the audit log has seen, and its copy of the log."""
        return self.root / "witness"

    @property
    def archives(self) -> Path:
        """Months of the audit log as files."""
        return self.root / "archives"

    def log(self, name: str) -> Path:
        """The output of one process."""
        return self.root / "logs" / f"{name}.log"

    def take(self, name: str = "lock") -> int | None:
        """Locks the directory until the descriptor is closed or this process ends; None if another has it.

        `name`: another lock than the supervisor's own.
        """
        self.run.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.run / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle
