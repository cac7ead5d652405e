"""audit beside the two toys; and sources that tests play themselves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from tests.audit.publishing import Published, publishing
from tests.audit.telling import Telling, telling
from tests.kit.toy import load_toy
from tests.kit.world import World, running

HEAD_EVERY = 1.0
MORNING = datetime(2021, 5, 3, 1, 0, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world() -> AsyncIterator[World]:
    """Signing in works: the district is in audit's copy of the directory. Head facts come every second."""
    async with running("audit", toys=(load_toy("toy"), load_toy("echo")), head_every=HEAD_EVERY) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def published(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    async with publishing(tmp_path_factory.mktemp("witness")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def dispatch(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Telling]:
    """A source of dispatch facts under a name of its own for each test."""
    async with telling(world.servers.bootstrap, f"played{abs(hash(request.node.name))}") as source:
        yield source


def minutes(count: float) -> datetime:
    """After that morning."""
    return MORNING + timedelta(minutes=count)
