"""The supervisor as a process: `python -m deploy.embedded.daemon DATA BASE NAME...`.

Writes its log, a line of JSON each, to its output. Stops everything on SIGTERM or SIGINT.
"""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from deploy.embedded.child import Program, guarded, rotate
from deploy.embedded.environment import Addresses
from deploy.embedded.errors import CannotRun
from deploy.embedded.folder import Folder
from deploy.embedded.supervisor import Supervisor
from deploy.registry import SERVICES

FAILED = 1
TAKEN = 3


def launch(folder: Folder, base: int, names: Sequence[str], *, detached: bool) -> "subprocess.Popen[bytes]":
    """Starts the supervisor; unless detached, it stops everything when the calling process dies."""
    arguments = [sys.executable, "-m", "deploy.embedded.daemon", str(folder.root), str(base), *names]
    command = arguments if detached else guarded(Program(arguments, {}, signal.SIGTERM))
    log = folder.log("supervisor")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)


class Lines(logging.Formatter):
    """One line of JSON for each record, with the names that the services use."""

    def format(self, record: logging.LogRecord) -> str:
        """Multi-line messages stay one line."""
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "service": "supervisor",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def main(data: Path, base: int, names: list[str]) -> int:
    """The exit code."""
    folder = Folder(data)
    # Held until this process ends.
    if folder.take() is None:
        return TAKEN
    write_log(folder.log("supervisor"))
    try:
        asyncio.run(supervise(Supervisor(folder, Addresses(base, SERVICES), names)))
    except CannotRun as failure:
        logging.getLogger(__name__).error("%s", failure.one_line)
        return FAILED
    return 0


def write_log(log: Path) -> None:
    """All output of this process goes there from now on; only the holder of the lock may begin a new log."""
    rotate(log)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


async def supervise(supervisor: Supervisor) -> None:
    """Until a signal asks to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await supervisor.run(stop)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
