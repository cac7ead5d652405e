"""The live tables of a service at one moment, and the audit's log up to then."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from deploy.replay.report import Missing
from shared.facts.envelope import source_of
from shared.web.service import Service

_POLL = 0.1
_MISSING = """
WITH received AS (
    SELECT position FROM audit.entries WHERE source = $1 AND position <= $2
    UNION ALL SELECT $2::bigint + 1
), paired AS (
    SELECT position, coalesce(lag(position) OVER (ORDER BY position), 0) AS before FROM received
)
SELECT before + 1 AS first, position - 1 AS last FROM paired WHERE position > before + 1
ORDER BY first LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One open transaction; what is written in it, the rebuilt tables too, is gone when it ends.

    `position` was sealed by then: facts above it may belong to rows that are not in the snapshot.
    """

    service: Service
    connection: asyncpg.Connection
    position: int


@asynccontextmanager
async def snapshot(admin_url: str, service: Service) -> AsyncIterator[Snapshot]:
    connection = await asyncpg.connect(admin_url, server_settings={"jit": "off"})
    transaction = connection.transaction(isolation="repeatable_read")
    try:
        await transaction.start()
        position = await connection.fetchval(f"SELECT position FROM {service.name}.sealing")
        yield Snapshot(service, connection, position)
        await transaction.rollback()
    finally:
        await connection.close()


async def wait_for_audit(log: asyncpg.Connection, names: Iterable[str], patience: float) -> list[Missing]:
    """Until the audit has received all that these services have recorded by now; what it still lacks then."""
    deadline = time.monotonic() + patience
    pending = {name: await log.fetchval(f"SELECT coalesce(max(id), 0) FROM {name}.pending") for name in names}
    missing: list[Missing] = []
    for name, upto in pending.items():
        while not await _sealed(log, name, upto) and time.monotonic() < deadline:
            await asyncio.sleep(_POLL)
        position = await log.fetchval(f"SELECT position FROM {name}.sealing")
        if not await _sealed(log, name, upto):
            missing.append(Missing(source_of(name), position + 1, position + 1))
        while not await _received(log, name, position) and time.monotonic() < deadline:
            await asyncio.sleep(_POLL)
        for row in await log.fetch(_MISSING, source_of(name), position):
            missing.append(Missing(source_of(name), row["first"], row["last"]))
    return missing


async def _sealed(log: asyncpg.Connection, name: str, upto: int) -> bool:
    return not await log.fetchval(f"SELECT EXISTS (SELECT FROM {name}.pending WHERE id <= $1)", upto)


async def _received(log: asyncpg.Connection, name: str, position: int) -> bool:
    count = await log.fetchval(
        "SELECT count(*) FROM audit.entries WHERE source = $1 AND position <= $2", source_of(name), position
    )
    return bool(count == position)
