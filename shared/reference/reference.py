"""The local copy of reference data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from shared.clocks.zone import DISTRICT_ZONE
from shared.record.database import Connection, Database
from shared.record.rows import Statement, together
from shared.reference.entry import Entry

_DAYS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Keep:
    """Effect of hearing an `Entry`: put it into the local copy."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Version:
    """One effective-dated version of an entry."""

    code: str
    valid_from: date
    valid_to: date | None
    entry: Mapping[str, Any]

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class Reference:
    """In memory; `changes` tells whether another replica has kept something since.

    Of an entry's versions (kept newest first) the newest that has begun decides: one that it superseded without
    having an end does not come back when it ends.
    """

    def __init__(self) -> None:
        self.changes = -1
        self.revision = 0
        self._entries: dict[str, dict[str, list[Version]]] = {}
        self._in_force: dict[tuple[str, date], tuple[Version, ...]] = {}
        self._indexed: dict[tuple[str, date, tuple[str, ...]], dict[tuple[Any, ...], tuple[Version, ...]]] = {}

    def get(self, kind: str, code: str, on: date | datetime) -> Version | None:
        return _in_force(self._entries.get(kind, {}).get(code, ()), _day(on))

    def all(self, kind: str, on: date | datetime) -> Iterator[Version]:
        about = kind, _day(on)
        found = self._in_force.get(about)
        if found is None:
            entries = self._entries.get(kind, {}).values()
            found = tuple(v for versions in entries if (v := _in_force(versions, about[1])) is not None)
            if len(self._in_force) >= _DAYS_KEPT:
                self._in_force.clear()
            self._in_force[about] = found
        yield from found

    def having(self, kind: str, on: date | datetime, **values: Any) -> tuple[Version, ...]:
        """Of `all` those with these values: looked up, however many there are."""
        about = kind, _day(on), tuple(values)
        found = self._indexed.get(about)
        if found is None:
            grouped: dict[tuple[Any, ...], list[Version]] = {}
            for version in self.all(kind, on):
                grouped.setdefault(tuple(version.entry.get(name) for name in values), []).append(version)
            if len(self._indexed) >= _DAYS_KEPT:
                self._indexed.clear()
            found = self._indexed[about] = {key: tuple(versions) for key, versions in grouped.items()}
        return found.get(tuple(values.values()), ())

    def versions(self, kind: str) -> Iterator[Version]:
        """Every version, also past and future ones; of one entry the newest first."""
        for versions in self._entries.get(kind, {}).values():
            yield from versions

    @staticmethod
    def day(on: date | datetime) -> date:
        """The district's."""
        return _day(on)

    def root(self, on: date | datetime) -> str | None:
        """The area that contains all others."""
        return min((version.code for version in self.all("area", on)), key=len, default=None)

    def put(self, entry: Entry) -> None:
        self.keep(type(entry).kind, Version(entry.code, entry.valid_from, entry.valid_to, entry.entry()))

    def keep(self, kind: str, kept: Version) -> None:
        versions = self._entries.setdefault(kind, {}).setdefault(kept.code, [])
        versions[:] = [version for version in versions if version.valid_from != kept.valid_from]
        versions.append(kept)
        versions.sort(key=lambda version: version.valid_from, reverse=True)
        self._changed()

    async def load(self, database: Database) -> None:
        """Read everything again if anything has changed."""
        revision = self.revision
        async with database.plain() as connection, connection.transaction(isolation="repeatable_read"):
            changes = await connection.fetchval("SELECT revision FROM reference_changes")
            if changes == self.changes:
                return
            rows = await connection.fetch(
                "SELECT kind, code, valid_from, valid_to, entry FROM reference ORDER BY valid_from DESC"
            )
        entries: dict[str, dict[str, list[Version]]] = {}
        for row in rows:
            version = Version(row["code"], row["valid_from"], row["valid_to"], orjson.loads(row["entry"]))
            entries.setdefault(row["kind"], {}).setdefault(row["code"], []).append(version)
        if revision != self.revision:
            return  # something newer was put here meanwhile; the next look reads it all
        self._entries, self.changes = entries, changes
        self._changed()

    def _changed(self) -> None:
        self._in_force.clear()
        self._indexed.clear()
        self.revision += 1


async def store(connection: Connection, entries: Sequence[Entry]) -> None:
    await together(connection, storing(entries))


def storing(entries: Sequence[Entry]) -> list[Statement]:
    """The rows of kept entries; a later entry of the same key wins."""
    latest = {(type(entry).kind, entry.code, entry.valid_from): entry for entry in entries}
    if not latest:
        return []
    rows = Statement(
        "INSERT INTO reference (kind, code, valid_from, valid_to, entry)"
        " SELECT k, c, f, t, e::jsonb FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[])"
        " AS given (k, c, f, t, e)"
        " ON CONFLICT (kind, code, valid_from) DO UPDATE SET valid_to = EXCLUDED.valid_to, entry = EXCLUDED.entry",
        [
            [kind for kind, _, _ in latest],
            [code for _, code, _ in latest],
            [since for _, _, since in latest],
            [entry.valid_to for entry in latest.values()],
            [orjson.dumps(entry.entry()).decode() for entry in latest.values()],
        ],
    )
    return [rows, Statement("UPDATE reference_changes SET revision = revision + 1", [])]


def _in_force(newest_first: Sequence[Version], day: date) -> Version | None:
    begun = next((version for version in newest_first if version.valid_from <= day), None)
    return begun if begun is not None and begun.holds(day) else None


def _day(on: date | datetime) -> date:
    return on.astimezone(DISTRICT_ZONE).date() if isinstance(on, datetime) else on
