"""Processes seen from outside."""

import psutil

from deploy.embedded.pidfiles import Recorded


def works(process: psutil.Process) -> bool:
    """Whether it still runs; one that ended and was not asked for its result does not."""
    return Recorded(process.pid, process.create_time()).process() is not None
