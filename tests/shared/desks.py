"""Builders for tests of offices' desks: the centre's facts, the office's people, the district."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from services.dispatch import facts as dispatch
from shared.contents.refs import ContentRef
from shared.facts.fact import Fact
from shared.listen.reactions import Heard, Reactions
from shared.procedure.actor import Actor, Post, Role
from shared.procedure.model import Model
from shared.record.aggregate import Write
from shared.reference.reference import Reference, Version
from shared.world.world import new_id
from tests.kit import reference as district_data
from tests.kit.voice import Voice
from tests.kit.world import World, running

BEIJING = timezone(timedelta(hours=8))
MONDAY = datetime(2021, 3, 15, 9, 30, tzinfo=BEIJING)
GRID = "50010400200301"
TEXT = ContentRef(id="c1", kind="result", commitment="00")


def handler(department: str, area: str = "500104", id: str = "handler.one") -> Actor:
    return Actor(id, (Post(Role.HANDLER, department, area),), department)


def centre() -> dict[str, str]:
    return {"by": "dispatch.cheng", "by_department": "governance_center"}


@dataclass(frozen=True)
class Handed:
    """One hand-off as the centre talks of it."""

    department: str
    via: str | None
    case_id: str
    category: str = "noise.living"
    area: str = GRID
    at: datetime = MONDAY

    @property
    def handoff_id(self) -> str:
        return f"{self.case_id}.1"

    def told(self, kind: type[dispatch.HandoffFact], after: timedelta = timedelta(), **fields: Any) -> Any:
        """A fact of the centre about it, so long after the offer."""
        about = {"case_id": self.case_id, "handoff_id": self.handoff_id, "department": self.department}
        return kind(at=self.at + after, **centre(), **about, **fields)

    def offered(self, **fields: Any) -> Any:
        given = {"part": "lead", "code": "DZ-0001", "category": self.category, "area": self.area, **fields}
        return self.told(dispatch.HandoffOffered, via=self.via, **given)

    def refused(self, answer: str, status: str, why: str = "stale") -> Any:
        return self.told(dispatch.AnswerRefused, timedelta(days=1), answer=answer, status=status, why=why)


def handed(department: str, via: str | None, **fields: Any) -> Handed:
    return Handed(department, via, fields.pop("case_id", None) or new_id(), **fields)


def deadline(due_at: datetime, rule: str = "handoff_acceptance") -> dispatch.Deadline:
    return dispatch.Deadline(rule=rule, started_at=MONDAY, due_at=due_at, answerable="d")


def district() -> Reference:
    """Dongzheng's reference data in memory."""
    reference = Reference()
    for kind, code, since, to, entry in district_data.rows():
        versions = reference._entries.setdefault(kind, {}).setdefault(code, [])
        versions.insert(0, Version(code, since, to, entry))
    return reference


def hear(reactions: Reactions, model: Model[Any], state: Any, *facts: Any) -> tuple[Any, list[Fact]]:
    """The state after these facts were heard, and what the office told."""
    told: list[Fact] = []
    for fact in facts:
        for effect in reactions.table[type(fact)](Heard(fact, None, district())):  # type: ignore[arg-type]
            assert isinstance(effect, Write)
            commands = effect.commands(state) if callable(effect.commands) else effect.commands
            for command in commands:
                state, more = model.carry_out(state, command)
                told.extend(more)
    return state, told


def names(facts: Sequence[Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


@dataclass(frozen=True)
class Office:
    """An office that runs, and the centre's voice. `path` is where its matters are."""

    world: World
    voice: Voice
    service: str
    path: str

    async def has(self, matter: Handed, **fields: Any) -> str:
        """Offer it, and wait until it is there: its hand-off's id."""
        await self.hears(matter.offered(**fields))
        await self.until(matter, "received")
        return matter.handoff_id

    async def hears(self, *facts: Fact) -> None:
        """The centre says it, on the real Kafka."""
        await self.voice.send(*[self.voice.write(fact, "case") for fact in facts])

    async def until(self, matter: Handed, status: str) -> None:
        table = self.path.rsplit("/", 1)[1]
        await self.sees(f"SELECT 1 FROM {table} WHERE id = $1 AND status = $2", matter.handoff_id, status)

    async def sees(self, query: str, *values: object) -> None:
        """Waits until the service's tables have such a row."""

        async def look() -> Any:
            return await self.world.fetch(self.service, query, *values)

        await self.world.until(look, what=f"{query} {values}")

    async def get(self, as_: str, path: str = "", **more: Any) -> httpx.Response:
        async with self.world.client(self.service, as_) as client:
            return await client.get(self.path + path, **more)

    async def content(self, as_: str, id: str) -> httpx.Response:
        async with self.world.client(self.service, as_) as client:
            return await client.get(f"/v1/contents/{id}")

    async def post(
        self, as_: str | None, id: str, step: str, body: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.world.client(self.service, as_) as client:
            return await client.post(f"{self.path}/{id}/{step}", json=body, headers=given)


@asynccontextmanager
async def office_running(service: str, path: str = "/v1/tasks") -> AsyncIterator[Office]:
    async with running(service) as world, Voice(world.servers.bootstrap, "dispatch") as voice:
        yield Office(world, voice, service, path)
