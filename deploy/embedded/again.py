"""One process of a run started again, with what it is to be told now; the others run on."""

import os
import signal
import time
from contextlib import suppress

from deploy.embedded import state
from deploy.embedded.folder import Folder
from deploy.embedded.state import Stage

POLL = 0.1
WITHIN = 90.0
"""Seconds until it has stopped cleanly and is ready again."""


class NotAgain(Exception):
    """It did not get ready again in that time."""


def start_again(folder: Folder, name: str) -> bool:
    """Returns when it is ready; False if it is not part of the run. Raises NotAgain."""
    before = _entry(folder, name)
    if before is None or before.pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(before.pid, signal.SIGTERM)
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        now = _entry(folder, name)
        if now is not None and now.pid not in (None, before.pid) and now.stage is Stage.READY:
            return True
        time.sleep(POLL)
    raise NotAgain(name)


def _entry(folder: Folder, name: str) -> state.Entry | None:
    found = state.load(folder.state)
    return next((each for each in found.entries if each.name == name), None) if found else None
