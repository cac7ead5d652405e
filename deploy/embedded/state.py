"""What runs, where and since when, for other processes to read: `<data>/run/state.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from deploy.embedded.files import read_json, write_atomically
from deploy.embedded.pidfiles import Recorded

if TYPE_CHECKING:
    from pathlib import Path


class Phase(StrEnum):
    """Of the whole run."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Stage(StrEnum):
    """Of one process."""

    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    PAUSING = "pausing"
    STOPPED = "stopped"


@dataclass
class Entry:
    """One server or service."""

    name: str
    address: str
    stage: Stage = Stage.WAITING
    pid: int | None = None
    restarts: int = 0


@dataclass
class State:
    """One run; its supervisor started at `created` seconds since the epoch."""

    base: int
    pid: int
    created: float
    phase: Phase = Phase.STARTING
    failure: str | None = None
    """What the operator is told if it could not start."""
    entries: list[Entry] = field(default_factory=list)

    def runs(self) -> bool:
        """Whether its supervisor is still there."""
        return Recorded(self.pid, self.created).process() is not None

    def entry(self, name: str) -> Entry:
        """KeyError if there is none of that name."""
        return {each.name: each for each in self.entries}[name]


def save(path: Path, state: State) -> None:
    """Readers see the state before or this one."""
    write_atomically(path, json.dumps(asdict(state), indent=2) + "\n", durable=False)


def load(path: Path) -> State | None:
    """None if nothing was started there yet, or by a version that wrote something else."""
    found = read_json(path)
    try:
        return _read(found) if found else None
    except (KeyError, TypeError, ValueError):
        return None


def _read(found: dict[str, Any]) -> State:
    entries = [Entry(**(each | {"stage": Stage(each["stage"])})) for each in found["entries"]]
    return State(**(found | {"phase": Phase(found["phase"]), "entries": entries}))
