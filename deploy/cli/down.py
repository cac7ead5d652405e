"""`lianzhi down`."""

import os
import signal

import psutil
import typer

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health, pidfiles
from deploy.embedded.folder import Folder
from deploy.embedded.pidfiles import Recorded
from deploy.embedded.state import State

# The services, then Kafka, then PostgreSQL, each at its slowest.
WITHIN = 60.0


def down(data: Data = DEFAULT_DATA) -> None:
    """Stop everything that `up` started, and wait until it has stopped."""
    folder = Folder(data.absolute())
    found = health.running(folder)
    stopped = _stop(found) if found else []
    left = pidfiles.end_leftovers(folder.run)
    if not stopped and not left:
        typer.echo(say.both(f"{folder.root} 中没有系统在运行。", f"Nothing runs in {folder.root}."))
        return
    typer.echo(f"Stopped {', '.join(dict.fromkeys([*stopped, *left]))}.")


def _stop(found: State) -> list[str]:
    names = [entry.name for entry in found.entries if entry.pid]
    process = Recorded(found.pid, found.created).process()
    if process:
        os.kill(process.pid, signal.SIGTERM)
        psutil.wait_procs([process], timeout=WITHIN)
        if process.is_running():
            typer.echo(f"The supervisor did not stop within {WITHIN:g} s and is killed.", err=True)
            process.kill()
            process.wait()
    return [*names, "supervisor"]
