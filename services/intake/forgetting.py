"""Files that nobody attached to a report are forgotten: no fact knows of them."""

import asyncio
from datetime import timedelta

from services.intake import views
from shared.web.runtime import Runtime

MARGIN = timedelta(hours=1)
"""For a report that was being recorded when its file's time was over."""
EVERY = 600.0
"""Seconds."""
BATCH = 500


async def forget_uploads(runtime: Runtime) -> None:
    while True:
        before = runtime.now() - views.KEPT_UNATTACHED - MARGIN
        async with runtime.database.plain() as connection:
            looked = await views.forget_uploads(connection, before, BATCH)
        await asyncio.sleep(EVERY if looked < BATCH else 0.1)
