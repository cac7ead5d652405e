"""Who does what auditors ask for and no service may do, as the embedded run and Compose have them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from deploy.replay.asked import perform, serve
from services.audit.log.rebuilding import standing
from tests.kit.world import World


@asynccontextmanager
async def operator(world: World, does: Callable[[str], Awaitable[None]] = perform) -> AsyncIterator[None]:
    """There, and seen to be there, until the end."""
    serving = asyncio.create_task(serve(world.admin_url, lambda: does(world.admin_url)))

    async def is_there() -> bool:
        async with world.admin("audit") as admin:
            return (await standing(admin)).served

    try:
        await world.until(is_there, 10, "an operator is there")
        yield
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
