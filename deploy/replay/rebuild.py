"""A service's state once more, from its facts, in tables of its own beside the live ones."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from itertools import groupby
from typing import Any

import asyncpg
from sqlalchemy import Boolean, Column, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects import postgresql

from deploy.replay.heard import Heard, filled_by_reactions, unheard
from deploy.replay.report import Difference, Kept, Report, Tally
from deploy.replay.snapshot import Snapshot
from services.audit.log.fold import fold
from shared.contents.contents import IN_THE_LOG
from shared.facts.envelope import restore, source_of
from shared.facts.upcast import NotUnderstood
from shared.record import rows
from shared.record.aggregate import Aggregate
from shared.record.beside import Beside, Derived
from shared.reference.entry import Entry
from shared.reference.reference import store

CHUNK = 2000
_FACTS = """
SELECT aggregate_id, version, position, type, time, actor, department, causation, value FROM audit.entries
WHERE source = $1 AND aggregate = $2 ORDER BY aggregate_id, version
"""
# What the service had heard by the snapshot and neither waits nor was skipped.
_REFERENCE = """
SELECT e.type, e.time, e.actor, e.department, e.value, e.source, e.position FROM audit.entries e
JOIN unnest($1::text[], $2::smallint[], $3::bigint[]) AS heard (source, lane, sequence)
  ON e.source = heard.source AND e.lane = heard.lane AND e.sequence <= heard.sequence
WHERE e.topic = 'reference' AND (e.source, e.position) NOT IN (SELECT * FROM unnest($4::text[], $5::bigint[]))
ORDER BY e.source, e.position
"""
# The counters of the outbox, which its own log gives again.
_SPINE = MetaData()
OF_THE_LOG = (
    Derived(
        Table("sealing", _SPINE, Column("only_row", Boolean, primary_key=True)),
        "SELECT true AS only_row, coalesce(max(position), 0) AS position FROM log",
        ("position",),
    ),
    Derived(
        Table("lanes", _SPINE, Column("topic", Text, primary_key=True), Column("lane", SmallInteger, primary_key=True)),
        "SELECT topic, lane, max(sequence) AS sequence FROM log GROUP BY topic, lane",
        ("sequence",),
    ),
)
Progress = Callable[[int], None]


class Rebuild:
    """Writes into the schema `rebuild_<service>`, inside the snapshot's transaction."""

    def __init__(self, snapshot: Snapshot, log: asyncpg.Connection, report: Report, reference: bool) -> None:
        self.snapshot, self.log, self.report = snapshot, log, report
        self.hears_reference = reference and "reference" in snapshot.service.reactions.topics
        self.name = snapshot.service.name
        self.schema = f"rebuild_{self.name}"
        self.tally = report.services.setdefault(self.name, Tally())
        self.broken: set[tuple[str, str]] = set()
        self.filled = filled_by_reactions(snapshot.service)
        self.beside: tuple[Beside, ...] = (*snapshot.service.beside, IN_THE_LOG)
        self.derived: tuple[Derived, ...] = (*snapshot.service.derived, *OF_THE_LOG)
        self._buffer: dict[Table, list[Mapping[str, Any]]] = {}

    async def run(self, progress: Progress) -> None:
        connection = self.snapshot.connection
        await connection.execute(f"CREATE SCHEMA {self.schema}; SET LOCAL search_path = {self.schema}")
        for beside in self.beside:
            await self._begin(beside)
        for aggregate in self.snapshot.service.aggregates:
            for table in tables_of(aggregate):
                await connection.execute(_create(table))
            await self._rebuild(aggregate, progress)
        for beside in self.beside:
            await self._write(beside.table)
        if self.hears_reference:
            await self._rebuild_reference()
        if self.filled:
            await self._hear_again()
        await self._derive()

    async def _begin(self, beside: Beside) -> None:
        if beside.told is not None:
            await self.snapshot.connection.execute(_create(beside.table))
            self.tally.count(beside.table.name, 0)
        if beside.kept:
            self.tally.kept[str(beside.table.name)] = Kept(beside.kept, beside.why)

    async def _hear_again(self) -> None:
        """The rows of reactions to what was heard."""
        tables = {table.name: table for table in self.filled}
        for table in self.filled:
            await self.snapshot.connection.execute(_create(table))
            self.tally.count(table.name, 0)
        heard = Heard(self.snapshot.service, self.snapshot.connection, self.log)
        async for found in heard.rows():
            for row in found:
                if row.table.name in tables:
                    self.tally.count(row.table.name, 1)
                    await self._put(row.table, [row.values])
        for table in self.filled:
            await self._write(table)
        for place, problem in heard.troubles:
            self.report.add(Difference(self.name, "heard", place, "facts", f"cannot be handled: {problem}"))

    async def _derive(self) -> None:
        connection = self.snapshot.connection
        for derived in self.derived:
            await connection.execute(f"SET LOCAL search_path = {self.name}")
            made = await connection.execute(f"CREATE TABLE {self.schema}.{derived.table.name} AS {derived.query}")
            self.tally.count(derived.table.name, int(made.rpartition(" ")[2]))
        await connection.execute(f"SET LOCAL search_path = {self.schema}")

    async def _rebuild(self, aggregate: Aggregate[Any], progress: Progress) -> None:
        live = _Versions(self.snapshot.connection, f"{self.name}.{aggregate.table.name}")
        async for id, facts in self._by_id(aggregate.name, progress):
            version = await live.of(id)
            if version is None and aggregate.passing is not None:
                continue
            known = [fact for fact in facts if self._belongs(fact, version)]
            if known:
                await self._fold(aggregate, id, known)
        for table in tables_of(aggregate):
            await self._write(table)

    def _belongs(self, fact: Any, version: int | None) -> bool:
        """To the snapshot: what was recorded later does not."""
        if version is None:
            return bool(fact["position"] <= self.snapshot.position)
        return bool(fact["version"] <= version)

    async def _by_id(self, aggregate: str, progress: Progress) -> AsyncIterator[tuple[str, list[Any]]]:
        """All facts of one aggregate at a time, in order of id."""
        held: list[Any] = []
        async with self.log.transaction():
            cursor = await self.log.cursor(_FACTS, source_of(self.name), aggregate)
            while chunk := await cursor.fetch(CHUNK):
                progress(len(chunk))
                groups = [(id, list(facts)) for id, facts in groupby(chunk, lambda fact: fact["aggregate_id"])]
                if held and groups[0][0] == held[0]["aggregate_id"]:
                    groups[0] = (groups[0][0], held + groups[0][1])
                elif held:
                    yield held[0]["aggregate_id"], held
                held = groups.pop()[1]
                for id, facts in groups:
                    yield id, facts
            if held:
                yield held[0]["aggregate_id"], held

    async def _fold(self, aggregate: Aggregate[Any], id: str, facts: list[Any]) -> None:
        await self._tell_beside(id, facts)
        state, problem = fold(aggregate.model, facts)
        self.tally.facts += len(facts)
        self.tally.aggregates += 1
        if problem is not None:
            self.broken.add((aggregate.table.name, id))
            self.report.add(Difference(self.name, aggregate.table.name, id, "facts", problem))
            # Half a state may be one that no projection knows.
            with suppress(LookupError, ValueError, TypeError, AttributeError):
                await self._project(aggregate, id, facts[-1]["version"], state)
        else:
            await self._project(aggregate, id, facts[-1]["version"], state)

    async def _tell_beside(self, id: str, facts: list[Any]) -> None:
        """What the facts say of rows that commands stored beside them: by one's own hand, not on hearing of others'."""
        told: dict[Beside, dict[tuple[Any, ...], Mapping[str, Any]]] = {}
        for stored in facts:
            fact = None if stored["causation"] else self._read(stored)
            for beside in self.beside if fact is not None else ():
                for row in beside.told(id, fact) if beside.told is not None else ():
                    told.setdefault(beside, {})[tuple(row[key] for key in beside.by)] = row
        for beside, found in told.items():
            self.tally.count(beside.table.name, len(found))
            await self._put(beside.table, list(found.values()))

    def _read(self, stored: Any) -> Any:
        """None for what cannot be read: folding says so."""
        with suppress(NotUnderstood):
            return restore(stored["type"], stored["value"], stored["time"], stored["actor"], stored["department"])
        return None

    async def _project(self, aggregate: Aggregate[Any], id: str, version: int, state: Any) -> None:
        await self._put(aggregate.table, [aggregate.row(id, version, state)])
        for child in aggregate.children:
            children = list(child.rows(id, state))
            self.tally.count(child.table.name, len(children))
            await self._put(child.table, children)

    async def _put(self, table: Table, given: list[Mapping[str, Any]]) -> None:
        held = self._buffer.setdefault(table, [])
        held.extend(given)
        if len(held) >= CHUNK:
            await self._write(table)

    async def _write(self, table: Table) -> None:
        await rows.insert(self.snapshot.connection, table, self._buffer.pop(table, []))

    async def _rebuild_reference(self) -> None:
        connection = self.snapshot.connection
        await connection.execute(f"CREATE TABLE reference (LIKE {self.name}.reference INCLUDING ALL)")
        await connection.execute("CREATE TABLE reference_changes (revision bigint)")
        marks = await connection.fetch(
            f"SELECT source, lane, sequence FROM {self.name}.marks WHERE topic = 'reference'"
        )
        waiting = await unheard(connection, self.name)
        bounds = [[mark[column] for mark in marks] for column in ("source", "lane", "sequence")]
        left_out = [[row[column] for row in waiting] for column in ("source", "position")]
        async with self.log.transaction():
            cursor = await self.log.cursor(_REFERENCE, *bounds, *left_out)
            while chunk := await cursor.fetch(CHUNK):
                entries = [fact for row in chunk if isinstance(fact := self._entry(row), Entry)]
                self.tally.reference += len(entries)
                await store(connection, entries)

    def _entry(self, row: Any) -> Any:
        try:
            return restore(row["type"], row["value"], row["time"], row["actor"], row["department"])
        except NotUnderstood:
            place = f"{row['source']}#{row['position']}"
            self.report.add(Difference(self.name, "reference", place, "facts", "cannot be read"))
            return None


class _Versions:
    """Of the live rows, asked for in order of id."""

    def __init__(self, connection: asyncpg.Connection, table: str) -> None:
        self._connection = connection
        self._query = f'SELECT id, version FROM {table} ORDER BY id COLLATE "C"'
        self._rows: list[Any] = []
        self._cursor: Any = None

    async def of(self, id: str) -> int | None:
        """None when there is no such row."""
        if self._cursor is None:
            self._cursor = await self._connection.cursor(self._query)
            await self._more()
        while self._rows and self._rows[-1]["id"] < id:
            self._rows.pop()
            if not self._rows:
                await self._more()
        found = self._rows[-1] if self._rows else None
        return found["version"] if found is not None and found["id"] == id else None

    async def _more(self) -> None:
        self._rows = (await self._cursor.fetch(CHUNK))[::-1]


def tables_of(aggregate: Aggregate[Any]) -> list[Table]:
    return [aggregate.table, *(child.table for child in aggregate.children)]


def _create(table: Table) -> str:
    """No constraints: what was tampered with must fit in too."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    columns = [f'"{column.name}" {column.type.compile(dialect=dialect)}' for column in table.columns]
    return f"CREATE TABLE {table.name} ({', '.join(columns)})"
