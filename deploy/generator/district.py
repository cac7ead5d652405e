"""What of the district a story needs: its matters with the places where one rule holds, and who works where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import orjson

from services.dispatch import routing
from shared.procedure.actor import Actor, Post, Role, service_actor
from shared.reference.reference import Reference, Version

GRID = 14
"""Signs of the code of a grid, the smallest area."""


@dataclass(frozen=True)
class Matter:
    """A category where one answer of the catalogue holds: `places` are grids, the busiest first."""

    category: str
    kind: str
    places: tuple[str, ...]


@dataclass
class District:
    reference: Reference
    at: datetime
    _holders: dict[tuple[Role, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for post in self.reference.all("post", self.at):
            entry = post.entry
            self._holders.setdefault((Role(entry["role"]), entry["department"]), str(entry["holder"]))

    def matters(self) -> list[Matter]:
        """Each category once for every answer of the catalogue; the frequent ones first."""
        grids = [version.code for version in self.reference.all("area", self.at) if len(version.code) == GRID]
        found = []
        for category in self.reference.all("category", self.at):
            by_rule: dict[str | None, list[str]] = {}
            for grid in grids:
                rule = routing.look_up(self.reference, category.code, grid, self.at).rule
                by_rule.setdefault(rule.code if rule else None, []).append(grid)
            kind = str(category.entry.get("kind", "livelihood"))
            found += [Matter(category.code, kind, tuple(places)) for places in by_rule.values()]
        return found

    def departments(self) -> list[str]:
        return sorted(version.code for version in self.reference.all("department", self.at))

    def via(self, department: str) -> str | None:
        found = self.reference.get("department", department, self.at)
        return found.entry.get("service") if found else None

    def person(self, role: Role, department: str, area: str) -> Actor:
        """Who holds that post, or somebody who could."""
        id = self._holders.get((role, department), f"{role}.{department}")
        return Actor(id, (Post(role, department, area),), department)

    def office(self, department: str, area: str) -> Actor:
        """Who answers for it: its own people, or those whom its service speaks for."""
        person, via = self.person(Role.HANDLER, department, area), self.via(department)
        return person if via is None else Actor(person.id, service_actor(via).posts, department)


async def known(connection: asyncpg.Connection, at: datetime) -> District:
    """As dispatch has heard of it."""
    reference = Reference()
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        "SELECT kind, code, valid_from, valid_to, entry::text AS entry FROM dispatch.reference"
    )
    for row in rows:
        kept = Version(row["code"], row["valid_from"], row["valid_to"], orjson.loads(row["entry"]))
        reference.keep(row["kind"], kept)
    return District(reference, at)
