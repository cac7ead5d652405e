"""Intake alone, on a real PostgreSQL and Kafka, with the Dongzheng district in its local copy."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.kit import reference
from tests.kit.world import World, running


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with running("intake") as world:
        yield world


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def far_clerk(world: World) -> str:
    """A clerk of Xinshancun Subdistrict only."""
    entry = {"holder": "clerk.far", "role": "clerk", "department": "governance_center", "area": "500104003"}
    async with world.admin("intake") as connection:
        await reference.put(connection, "intake", (("post", "clerk.far:1", reference.EVER, None, entry),))
    await world.runtime("intake").reference.load(world.runtime("intake").database)
    return "clerk.far"
