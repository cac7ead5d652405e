"""Asks every server and service of a run, at the same time, whether it serves now."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from deploy.embedded import kafka_wire, state
from deploy.embedded.folder import Folder
from deploy.embedded.kafka import Kafka
from deploy.embedded.ports import HOST
from deploy.embedded.postgres import Postgres, serves
from deploy.embedded.state import Entry, State
from deploy.embedded.units import ask_ready


@dataclass(frozen=True)
class Health:
    """Of one server or service."""

    name: str
    address: str
    ready: bool
    pid: int | None
    restarts: int
    degraded: str = ""
    """What does not go as it should although it serves."""


def running(folder: Folder) -> State | None:
    """What runs in the data directory; None if nothing does."""
    found = state.load(folder.state)
    return found if found and found.runs() else None


def look(folder: Folder, found: State) -> list[Health]:
    """Takes a second at most."""
    return asyncio.run(_look(folder, found))


def as_json(seen: list[Health]) -> dict[str, Any]:
    """For programs."""
    return {"services": [_told(each) for each in seen], "ready": all_ready(seen)}


def _told(each: Health) -> dict[str, Any]:
    """`degraded` only where there is something to say."""
    return {name: value for name, value in asdict(each).items() if name != "degraded" or value}


def all_ready(seen: list[Health]) -> bool:
    """False if there is nothing."""
    return bool(seen) and all(each.ready for each in seen)


async def _look(folder: Folder, found: State) -> list[Health]:
    answers = await asyncio.gather(*(_ask(folder, entry) for entry in found.entries))
    return [
        Health(entry.name, entry.address, ready, entry.pid, entry.restarts, degraded(told))
        for entry, (ready, told) in zip(found.entries, answers, strict=True)
    ]


async def _ask(folder: Folder, entry: Entry) -> tuple[bool, Any]:
    if entry.pid is None:
        return False, None
    if entry.name == Postgres.name:
        return serves(folder.root / Postgres.name, entry.pid), None
    port = urlsplit(f"//{entry.address.rpartition('/')[2]}").port or 0
    if entry.name == Kafka.name:
        return await asyncio.to_thread(_kafka_serves, port), None
    return await ask_ready(port)


def degraded(told: Any) -> str:
    """What a service says of itself at /readyz: `{"degraded": {"relay": "failing for 12 s"}}`."""
    said = told.get("degraded") if isinstance(told, dict) else None
    if isinstance(said, dict):
        return ", ".join(f"{part}: {what}" for part, what in said.items())
    return ", ".join(map(str, said)) if isinstance(said, list) else str(said or "")


def _kafka_serves(port: int) -> bool:
    try:
        return kafka_wire.brokers(HOST, port) > 0
    except OSError:
        return False
