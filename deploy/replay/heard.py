"""What a service's reactions wrote beside its aggregates, once more from what it had heard."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Table

from shared.facts.envelope import read_envelope, source_of
from shared.facts.packing import unpack_headers
from shared.listen.batch import Ears
from shared.listen.parking import Record
from shared.record.rows import Row
from shared.reference.reference import Reference, Version
from shared.web.service import Service

CHUNK = 1000
# What the service had heard by the snapshot and neither waits nor was skipped.
_HEARD = """
SELECT e.topic, e.partition, e."offset", e.key, e.headers, e.value, e.source, e.position FROM audit.entries e
JOIN unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[]) AS heard (source, topic, lane, sequence)
  ON e.source = heard.source AND e.topic = heard.topic AND e.lane = heard.lane AND e.sequence <= heard.sequence
WHERE (e.source, e.position) NOT IN (SELECT * FROM unnest($5::text[], $6::bigint[])) AND e.source <> $7
ORDER BY e.source, e.position
"""
_UNHEARD = """
SELECT source, position FROM {name}.parked
UNION
SELECT fact ->> 'source', (fact ->> 'position')::bigint FROM (
    SELECT convert_from(data, 'UTF8')::jsonb AS fact FROM {name}.log WHERE aggregate = 'skip'
    UNION ALL SELECT convert_from(data, 'UTF8')::jsonb FROM {name}.pending WHERE aggregate = 'skip') AS skipped
"""
Place = tuple[str, int]


async def unheard(connection: asyncpg.Connection, name: str) -> list[Any]:
    """Source and position of what still waits or was skipped."""
    rows: list[Any] = await connection.fetch(_UNHEARD.format(name=name))
    return rows


async def reference_of(connection: asyncpg.Connection, name: str) -> Reference:
    """The service's copy of the directory, by which its reactions decide."""
    reference = Reference()
    for row in await connection.fetch(f"SELECT kind, code, valid_from, valid_to, entry FROM {name}.reference"):
        entry = Version(row["code"], row["valid_from"], row["valid_to"], orjson.loads(row["entry"]))
        reference.keep(row["kind"], entry)
    return reference


class Heard:
    """Of one service at its snapshot."""

    def __init__(self, service: Service, live: asyncpg.Connection, log: asyncpg.Connection) -> None:
        self.service, self.live, self.log = service, live, log
        self.troubles: list[tuple[str, str]] = []

    async def rows(self) -> AsyncIterator[list[Row]]:
        """A chunk at a time. What cannot be handled is among `troubles`, by place and kind."""
        name = self.service.name
        ears = Ears(source_of(name), self.service.reactions, await reference_of(self.live, name))
        marks = await self.live.fetch(f"SELECT source, topic, lane, sequence FROM {name}.marks")
        waiting = await unheard(self.live, name)
        bounds = [[mark[column] for mark in marks] for column in ("source", "topic", "lane", "sequence")]
        left_out = [[row[column] for row in waiting] for column in ("source", "position")]
        async with self.log.transaction():
            unheeded = "" if self.service.reactions.own else source_of(name)
            cursor = await self.log.cursor(_HEARD, *bounds, *left_out, unheeded)
            while chunk := await cursor.fetch(CHUNK):
                yield [row for entry in chunk for row in self._rows(ears, entry)]

    def _rows(self, ears: Ears, entry: Any) -> Iterable[Row]:
        headers = unpack_headers(entry["headers"])
        record = Record(
            entry["topic"], entry["partition"], entry["offset"], entry["key"].encode(), headers, entry["value"]
        )
        rows: list[Row] = []
        try:
            for effect in ears.effects(read_envelope(headers, entry["value"]), record):
                if isinstance(effect, Row):
                    rows.append(effect)
        except Exception as wrong:  # whatever a reaction does wrong with an altered fact is a finding
            self.troubles.append((f"{entry['source']}#{entry['position']}", type(wrong).__name__))
        return rows


def filled_by_reactions(service: Service) -> list[Table]:
    """The tables that are no aggregate's and for which the service has said nothing else."""
    known = {beside.table.name for beside in service.beside} | {derived.table.name for derived in service.derived}
    for aggregate in service.aggregates:
        known |= {aggregate.table.name, *(child.table.name for child in aggregate.children)}
    return [table for table in service.metadata.sorted_tables if table.name not in known]
