"""audit with its log published, and a toy that fills it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.audit.tree import tiles
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import Note
from services.audit.tree.tiles import Tile
from shared.facts.envelope import source_of
from shared.signing.facts import Signer
from tests.kit.toy import load_toy
from tests.kit.witness import RunningWitness, told, witness
from tests.kit.world import World, running, signing_seed


@dataclass
class Published:
    world: World
    witness: RunningWitness

    async def grown(self, *counters: str) -> Checkpoint:
        """The first checkpoint that holds all that was recorded until now."""
        async with self.world.client("toy") as client:
            answers = [client.post(f"/v1/counters/{id}/add", json={"amount": 1}) for id in counters]
            assert {answer.status_code for answer in await asyncio.gather(*answers)} <= {201}
        await self.world.settled(60)
        [row] = await self.world.fetch("audit", "SELECT next FROM numbering")

        async def so() -> Checkpoint | None:
            async with self.world.client("audit") as client:
                answer = await client.get("/log/checkpoint")
            if answer.status_code != 200:
                return None
            found = Checkpoint.read(Note.read(answer.text).text)
            return found if found.size >= row["next"] else None

        return await self.world.until(so, 30, "a checkpoint of all is published")

    async def tile(self, path: str, as_: str | None = None) -> httpx.Response:
        async with self.world.client("audit", as_) as client:
            return await client.get(f"/log/tile/{path}")

    async def leaves(self, size: int) -> list[bytes]:
        """As anybody reads them."""
        found = b""
        for number in range((size + 255) // 256):
            answer = await self.tile(Tile(0, number, min(256, size - number * 256)).path())
            assert answer.status_code == 200, answer.text
            found += answer.content
        return tiles.split_hashes(found)


@asynccontextmanager
async def publishing(folder: Path, head_every: float = 1.0, played: Sequence[str] = ()) -> AsyncIterator[Published]:
    """`played`: sources that tests play themselves, whose keys audit knows like the toys'."""
    async with witness(folder) as beside:
        keys = [Signer(source_of(name), signing_seed(name)).key.text() for name in ("audit", "toy", "echo", *played)]
        archives = str(folder.with_name(f"{folder.name}-archives"))
        with told(beside.environment() | {"FACT_KEYS": json.dumps(keys), "ARCHIVES": archives}):
            async with running("audit", toys=(load_toy("toy"), load_toy("echo")), head_every=head_every) as world:
                yield Published(world, beside)
