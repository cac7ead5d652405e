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
from deploy.embedded.units import answers_ready


@dataclass(frozen=True)
class Health:
    """Of one server or service."""

    name: str
    address: str
    ready: bool
    pid: int | None
    restarts: int


def running(folder: Folder) -> State | None:
    """What runs in the data directory; None if nothing does."""
    found = state.load(folder.state)
    return found if found and found.runs() else None


def look(folder: Folder, found: State) -> list[Health]:
    """Takes a second at most."""
    return asyncio.run(_look(folder, found))


def as_json(seen: list[Health]) -> dict[str, Any]:
    """For programs."""
    return {"services": [asdict(each) for each in seen], "ready": all_ready(seen)}


def all_ready(seen: list[Health]) -> bool:
    """False if there is nothing."""
    return bool(seen) and all(each.ready for each in seen)


async def _look(folder: Folder, found: State) -> list[Health]:
    ready = await asyncio.gather(*(_is_ready(folder, entry) for entry in found.entries))
    return [
        Health(entry.name, entry.address, answer, entry.pid, entry.restarts)
        for entry, answer in zip(found.entries, ready, strict=True)
    ]


async def _is_ready(folder: Folder, entry: Entry) -> bool:
    if entry.pid is None:
        return False
    if entry.name == Postgres.name:
        return serves(folder.root / Postgres.name, entry.pid)
    port = urlsplit(f"//{entry.address.rpartition('/')[2]}").port or 0
    if entry.name == Kafka.name:
        return await asyncio.to_thread(_kafka_serves, port)
    return await answers_ready(port)


def _kafka_serves(port: int) -> bool:
    try:
        return kafka_wire.brokers(HOST, port) > 0
    except OSError:
        return False
