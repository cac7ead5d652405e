"""Shows how far the start has come."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.embedded import state
from deploy.embedded.folder import Folder
from deploy.embedded.state import Entry, Phase, Stage, State

POLL = 0.02
# By then somebody should read the log rather than wait.
ENDS_TOLERATED = 3
HINT = {Stage.PREPARING: " (preparing)", Stage.PAUSING: " (ended, will start again)"}


def follow(folder: Folder, pid: int, alive: Callable[[], bool], console: Console) -> State | None:
    """Until all is ready, or will not be; None if the supervisor ended without a word."""
    columns = (
        TextColumn("Starting"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("")
        while True:
            running = alive()
            found = state.load(folder.state)
            found = found if found and found.pid == pid else None
            if found:
                ready = sum(entry.stage is Stage.READY for entry in found.entries)
                progress.update(task, completed=ready, total=len(found.entries), description=waiting_for(found))
            if not running or (found and is_decided(found)):
                return found
            time.sleep(POLL)


def is_decided(found: State) -> bool:
    """Whether waiting longer is of no use."""
    return found.phase is not Phase.STARTING or any(entry.restarts >= ENDS_TOLERATED for entry in found.entries)


def waiting_for(found: State) -> str:
    """What is not ready yet."""
    begun = [entry for entry in found.entries if entry.stage not in (Stage.READY, Stage.WAITING)]
    return ", ".join(map(_in_words, begun))


def _in_words(entry: Entry) -> str:
    return entry.name + HINT.get(entry.stage, "")
