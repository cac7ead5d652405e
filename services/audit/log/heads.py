"""Checking head facts: each chains the SHA-256 of the data since the one before (`shared/relay/heads`)."""

from hashlib import sha256
from typing import Any

import orjson
import structlog

from shared.record.database import Connection

log = structlog.get_logger("audit")

_NEXT = """
SELECT s.source, s.proven_version, s.proven_position, s.proven_hash, e.position, e.value
FROM sources s JOIN entries e ON e.source = s.source AND e.aggregate = 'head' AND e.aggregate_id = s.source
                             AND e.version = s.proven_version + 1 AND e.topic = 'heads'
"""
_DATA = """
SELECT count(*) AS count, string_agg(sha256(value), ''::bytea ORDER BY position) AS digests FROM entries
WHERE source = $1 AND position > $2 AND position <= $3
"""
_PROVEN = """
UPDATE sources SET proven_version = $3, proven_position = $4, proven_hash = $5
WHERE source = $1 AND proven_version = $2
"""
_ALARM = """
INSERT INTO alarms (kind, source, first, last) VALUES ('hash', $1, $2, $3) ON CONFLICT DO NOTHING
"""


async def prove(connection: Connection) -> int:
    """Check every head fact that can be checked: what it covers has all been received. Answers how many."""
    proven = 0
    stuck: set[str] = set()
    while heads := [row for row in await connection.fetch(_NEXT) if row["source"] not in stuck]:
        for row in heads:
            if await _prove(connection, row):
                proven += 1
            else:
                stuck.add(row["source"])
    return proven


async def _prove(connection: Connection, row: Any) -> bool:
    """False while positions are missing. One that does not hold alarms; the next is judged by it."""
    source, after = row["source"], row["proven_position"]
    told = orjson.loads(row["value"])
    upto = int(told["position"])
    (found,) = await connection.fetch(_DATA, source, after, upto)
    if found["count"] < upto - after:
        return False
    digest = sha256(row["proven_hash"].encode() + (found["digests"] or b"")).hexdigest()
    version = row["proven_version"]
    async with connection.transaction():
        status = await connection.execute(_PROVEN, source, version, version + 1, upto, told["hash"])
        if digest != told["hash"] and status == "UPDATE 1":
            await connection.execute(_ALARM, source, after + 1, upto)
            log.error(
                "facts are not those that their source's head fact tells of",
                source=source,
                first=after + 1,
                last=upto,
            )
    return True
