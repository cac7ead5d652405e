"""Sending the entries to those witnesses that keep a copy (C2SP tlog-mirror), after their checkpoint is published."""

import asyncio
import time

import httpx
import structlog

from services.audit.log import tiles
from services.audit.log.alarms import clear_alarms, raise_alarms
from services.audit.log.publish import Publisher
from services.audit.log.witness import Refused, Witness
from services.audit.tree.entries import to_entry
from services.audit.tree.notes import BadNote
from services.audit.tree.tiles import WIDTH, Tile, pack_bundle
from shared.record.database import Connection, outages_passed_over
from shared.refusals.failures import describe
from shared.signing import merkle
from shared.signing.merkle import Range
from shared.web.runtime import Runtime

log = structlog.get_logger("audit")
_AT_ONCE = 16
_PATIENCE = 60.0
"""Seconds that a copy may lie behind before it is an alarm."""


def packages(start: int, size: int) -> list[Range]:
    """What is sent at once, each within one tile."""
    found: list[Range] = []
    while start < size and len(found) < _AT_ONCE:
        behind = min(size, (start // WIDTH + 1) * WIDTH)
        found.append((start, behind))
        start = behind
    return found


async def mirror(runtime: Runtime) -> None:
    """As long as the service runs; only where checkpoints are published is there anything to send."""
    publisher = runtime.extra(Publisher)
    behind: dict[str, float] = {}
    while True:
        copies = [witness for witness in publisher.witnesses if witness.mirror_key is not None]
        if publisher.size > 0:
            with outages_passed_over():
                async with runtime.database.plain() as connection:
                    for witness in copies:
                        await _bring_up(connection, witness, publisher.size)
                    await _tell(connection, copies, publisher.size, behind)
        await asyncio.sleep(publisher.settings.checkpoint_every)


async def _bring_up(connection: Connection, witness: Witness, size: int) -> None:
    try:
        while witness.mirrored < size:
            before = witness.mirrored
            body = await _body(connection, packages(before, size), size)
            if await witness.send_entries(before, size, body) == before:
                return
    except (httpx.HTTPError, BadNote, Refused, tiles.Missing) as failure:
        log.warning("a mirror has not taken what was sent", witness=witness.key.name, error=describe(failure))


async def _body(connection: Connection, parts: list[Range], size: int) -> bytes:
    """Entries and proof of each, in two round trips for all."""
    first, behind = parts[0][0], parts[-1][1]
    rows = await tiles.read_entries(connection, (first, behind))
    if len(rows) < behind - first:
        raise tiles.Missing(Tile(None, first // WIDTH))
    paths = [merkle.path((low // WIDTH * WIDTH, high), size) for low, high in parts]
    body = []
    for (low, high), proof in zip(parts, await tiles.proofs(connection, paths, size), strict=True):
        entries = [to_entry(row["headers"], row["value"]) for row in rows[low - first : high - first]]
        body += [pack_bundle(entries), len(proof).to_bytes(1), *proof]
    return b"".join(body)


async def _tell(connection: Connection, copies: list[Witness], size: int, behind: dict[str, float]) -> None:
    now = time.monotonic()
    for witness in copies:
        name = witness.key.name
        if witness.mirrored >= size:
            behind.pop(name, None)
        else:
            behind.setdefault(name, now)
    late = [(name, 0, 0) for name, since in behind.items() if now - since > _PATIENCE]
    for row in await raise_alarms(connection, "mirror", late):
        log.error("a mirror of the log is behind", witness=row["source"])
    await clear_alarms(connection, "mirror", late)
