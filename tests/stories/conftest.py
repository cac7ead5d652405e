"""The whole district on a stage of its own, with a clock that a story may move."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from deploy.scenarios.calls import Api
from deploy.scenarios.clock import StageClock
from deploy.scenarios.player import Stage
from tests.kit.reference import DISTRICT
from tests.kit.signing_in import PASSWORD
from tests.kit.world import World, everyone, running


@dataclass
class Theatre:
    """The stage and what stands behind it."""

    world: World
    stage: Stage

    @property
    def api(self) -> Api:
        return Api(self.stage.urls, self.stage.password)

    async def facts(self) -> dict[str, int]:
        """How many each service has told, once all that was begun has ended; but for who looked, as players do."""
        await self.world.settled()
        query = "SELECT count(*) AS told FROM log WHERE topic NOT IN ('heads', 'accesses')"
        return {name: (await self.world.fetch(name, query))[0]["told"] for name in self.world.apps}


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def theatre(tmp_path_factory) -> AsyncIterator[Theatre]:  # type: ignore[no-untyped-def]
    clock: Path = tmp_path_factory.mktemp("theatre") / "clock.json"
    async with running(*everyone(), clock_file=clock) as world:
        yield Theatre(world, Stage(world.urls, PASSWORD, StageClock(clock), DISTRICT))
