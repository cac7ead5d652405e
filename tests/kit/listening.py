"""A page that listens to what changes, over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.kit.until import until
from tests.kit.world import World


@dataclass(frozen=True)
class Told:
    name: str
    data: dict[str, Any]


@dataclass
class Listening:
    """What came; `last` is the id to go on with, `beats` how many heartbeats there were."""

    told: list[Told] = field(default_factory=list)
    last: str | None = None
    beats: int = 0
    over: bool = False

    async def hears(self, name: str, within: float = 5.0, **about: Any) -> dict[str, Any]:
        """The first such event that has not been asked for yet; those before it are left."""

        def found() -> Told | None:
            for each in self.told:
                if each.name == name and all(each.data.get(key) == value for key, value in about.items()):
                    return each
            return None

        each = await until(found, within, f"{name} {about} among {self.told}")
        self.told = self.told[self.told.index(each) + 1 :]
        return each.data

    def of(self, case_id: str) -> list[Told]:
        return [each for each in self.told if each.data.get("case_id") == case_id]

    async def read(self, answer: httpx.Response) -> None:
        name, data = "", ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data = value
            elif field == "id":
                self.last = value
            elif line.startswith(":"):
                self.beats += 1
            elif not line and name:
                self.told.append(Told(name, json.loads(data)))
                name, data = "", ""
        self.over = True


PATHS = {"dispatch": "/v1/changes", "intake": "/v1/reports/changes"}


def address(world: World, service: str = "dispatch") -> str:
    return world.urls[service] + PATHS[service]


async def headers(world: World, who: str, last: str | None = None, token: str | None = None) -> dict[str, str]:
    found = {"Authorization": f"Bearer {token or await world.gatekeeper.token(who)}", "Accept-Language": "zh"}
    return {**found, **({"Last-Event-ID": last} if last is not None else {})}


@asynccontextmanager
async def listening(
    world: World, who: str, last: str | None = None, token: str | None = None, service: str = "dispatch"
) -> AsyncIterator[Listening]:
    """From when it has begun."""
    found = Listening()
    async with (
        httpx.AsyncClient(timeout=None, trust_env=False) as client,
        client.stream("GET", address(world, service), headers=await headers(world, who, last, token)) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        reading = asyncio.create_task(found.read(answer))
        try:
            await until(lambda: found.told, 5, "the stream begins")
            yield found
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await reading


async def everything_is_told(world: World, *listeners: Listening, to: Callable[[], Any] | None = None) -> None:
    """All that was recorded has gone past them: each has an id that is not before the log's end."""
    await world.settled()
    (row,) = await world.fetch("dispatch", "SELECT position FROM sealing")
    await until(lambda: all(int(each.last or 0) >= row["position"] for each in listeners), 10, "heard up to the end")
