"""pending → log: a gap-free position per source and a gap-free sequence per (topic, lane), in the order of versions.

Serial ids are not commit order, so rows are ordered by aggregate version, and one whose predecessor is not there
yet is left for the next round (reliability.md, sections 1 and 6.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from shared.facts.envelope import lane_of, to_headers
from shared.record.database import Connection
from shared.signing.facts import HEADER, Signer

LARGEST_SEAL = 1000
LOG_PART = 2_000_000
Rows = Sequence[asyncpg.Record]

_PENDING = """
SELECT id, aggregate, aggregate_id, version, topic, key, type, attributes, data,
       version = 1 AND EXISTS (SELECT 1 FROM log WHERE log.aggregate = pending.aggregate
                               AND log.aggregate_id = pending.aggregate_id) AS begun
FROM pending ORDER BY id LIMIT $1
"""
_BEFORE = """
SELECT a.name, a.id, max(log.version) AS version
FROM unnest($1::text[], $2::text[]) AS a (name, id)
JOIN log ON log.aggregate = a.name AND log.aggregate_id = a.id GROUP BY a.name, a.id
"""
# One statement, so that it needs no transaction around it; without the term, `held` is empty and nothing happens.
_SEAL = """
WITH held AS (
    UPDATE sealing SET position = $9 WHERE term = $10 RETURNING position
), sealed AS (
    INSERT INTO log (position, topic, lane, sequence, aggregate, aggregate_id, version, key, type, attributes, data,
                     signature)
    SELECT given.position, p.topic, given.lane, given.sequence, p.aggregate, p.aggregate_id, p.version,
           p.key, p.type, p.attributes, p.data, given.signature
    FROM held CROSS JOIN
         unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[])
         AS given (id, position, lane, sequence, signature)
    JOIN pending p ON p.id = given.id
), moved AS (
    DELETE FROM pending USING held WHERE id = ANY($1::bigint[])
), laned AS (
    INSERT INTO lanes (topic, lane, sequence)
    SELECT laned.* FROM held, unnest($6::text[], $7::smallint[], $8::bigint[]) AS laned
    ON CONFLICT (topic, lane) DO UPDATE SET sequence = EXCLUDED.sequence
)
SELECT position FROM held
"""


class Deposed(Exception):
    """Another process seals for this source now."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A fact as it goes to Kafka."""

    position: int
    topic: str
    lane: int
    key: str
    headers: list[tuple[str, bytes]]
    data: bytes


class Sealer:
    """Holds, for its term, what it would otherwise read again each time."""

    def __init__(
        self, term: int, position: int, lanes: dict[tuple[str, int], int], signer: Signer | None = None
    ) -> None:
        self.term, self.position, self.lanes = term, position, lanes
        self._signer = signer
        self._versions: dict[tuple[str, str], int] = {}
        self._room = 0

    @classmethod
    async def begin(cls, connection: Connection, signer: Signer | None = None) -> "Sealer":
        """Opens a new term: from here on an older sealer's writes fail."""
        row = await connection.fetchrow("UPDATE sealing SET term = term + 1 RETURNING term, position")
        lanes = await connection.fetch("SELECT topic, lane, sequence FROM lanes")
        assert row is not None
        return cls(
            row["term"], row["position"], {(lane["topic"], lane["lane"]): lane["sequence"] for lane in lanes}, signer
        )

    async def seal(self, connection: Connection) -> list[Sealed]:
        """One batch, committed when it answers; empty when nothing is pending. Raises Deposed."""
        limit = LARGEST_SEAL
        while rows := await connection.fetch(_PENDING, limit):
            ready = await self._in_order(connection, rows)
            if ready:
                return await self._store(connection, ready[:LARGEST_SEAL])
            if len(rows) < limit:
                break
            limit *= 10  # all of them wait for others that lie behind them
        return []

    async def _in_order(self, connection: Connection, rows: Rows) -> Rows:
        """Rows whose predecessor is sealed or stands before them, by version within an aggregate."""
        await self._load_versions(connection, rows)
        first_seen: dict[tuple[str, str], int] = {}
        by_aggregate: dict[tuple[str, str], list[Any]] = {}
        for place, row in enumerate(rows):
            about = (row["aggregate"], row["aggregate_id"])
            first_seen.setdefault(about, place)
            by_aggregate.setdefault(about, []).append(row)
        ready = []
        for about, group in by_aggregate.items():
            last = self._versions.get(about, 0)
            for row in sorted(group, key=lambda row: row["version"]):
                if row["version"] != last + 1:
                    break
                last += 1
                ready.append((first_seen[about], row))
        return [row for _, row in sorted(ready, key=lambda item: item[0])]

    async def _load_versions(self, connection: Connection, rows: Rows) -> None:
        if len(self._versions) > 50_000:
            self._versions.clear()
        unknown = {
            (row["aggregate"], row["aggregate_id"])
            for row in rows
            if (row["version"] > 1 or row["begun"]) and (row["aggregate"], row["aggregate_id"]) not in self._versions
        }
        if unknown:
            names, ids = zip(*unknown, strict=True)
            for found in await connection.fetch(_BEFORE, list(names), list(ids)):
                self._versions[found["name"], found["id"]] = found["version"]

    async def _store(self, connection: Connection, ready: Rows) -> list[Sealed]:
        position, lanes = self.position, dict[tuple[str, int], int]()
        sealed, given = [], []
        for row in ready:
            position += 1
            lane = lane_of(row["key"])
            sequence = lanes.get((row["topic"], lane), self.lanes.get((row["topic"], lane), 0)) + 1
            lanes[row["topic"], lane] = sequence
            given.append((row["id"], position, lane, sequence))
            headers = to_headers(orjson.loads(row["attributes"]), position, lane, sequence)
            sealed.append(Sealed(position, row["topic"], lane, row["key"], headers, row["data"]))
        signatures = self._sign(sealed)
        await self._make_room(connection, position)
        laned = [(topic, lane, sequence) for (topic, lane), sequence in lanes.items()]
        try:
            kept = await connection.fetchval(
                _SEAL,
                *map(list, zip(*given, strict=True)),
                signatures,
                *map(list, zip(*laned, strict=True)),
                position,
                self.term,
            )
        except asyncpg.UniqueViolationError as taken:
            raise Deposed from taken
        if kept is None:
            raise Deposed
        self._remember(ready, position, lanes)
        return sealed

    def _sign(self, sealed: Sequence[Sealed]) -> list[str | None]:
        """Adds to each its signature's header; without a key there are none."""
        if self._signer is None:
            return [None] * len(sealed)
        signatures = self._signer.sign([(fact.headers, fact.data) for fact in sealed])
        for fact, signature in zip(sealed, signatures, strict=True):
            fact.headers.append((HEADER, signature.encode()))
        return list(signatures)

    async def _make_room(self, connection: Connection, position: int) -> None:
        if position + LARGEST_SEAL >= self._room:
            await connection.execute("SELECT extend_log($1)", position)
            await connection.execute("SELECT extend_log($1)", position + LOG_PART)
            self._room = (position // LOG_PART + 2) * LOG_PART

    def _remember(self, ready: Rows, position: int, lanes: dict[tuple[str, int], int]) -> None:
        self.position = position
        self.lanes.update(lanes)
        for row in ready:
            self._versions[row["aggregate"], row["aggregate_id"]] = row["version"]
