"""Changes of the directory come one after the other: what a guard has read of other entries must still be so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.directory import views
from services.directory.model.book import Book
from services.directory.reactions import WORKFLOWS
from shared.web.runtime import Runtime


class Turns:
    """One per process: at most one of its connections waits for other replicas."""

    def __init__(self, runtime: Runtime) -> None:
        self.database = runtime.database
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def book(self) -> AsyncIterator[Book]:
        """As it stands, and nobody else changes it before this is left."""
        async with self._turn, self.database.plain() as connection:
            await views.take_turn(connection)
            try:
                yield await views.book(connection, WORKFLOWS)
            finally:
                await views.end_turn(connection)
