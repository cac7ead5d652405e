"""Texts are marked with their words, behind the log and at leisure: whoever writes one waits for none of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from shared.contents.vault import Vault
from shared.record.database import Connection
from shared.search import tables
from shared.search.tables import Entry
from shared.web.runtime import Runtime

EVERY = 0.3
"""Seconds between looks when all is marked."""
BATCH = 25
"""Entries of the log: some milliseconds, in which this process answers nobody."""
LEISURE = 12.0
"""Pauses are so many times as long as the work before them: what there is to catch up with takes nobody's place."""
Mark = Callable[[Connection, Vault, Sequence[Entry]], Awaitable[None]]
"""Stores the marks of the texts that these entries tell of."""


async def keep_marked(runtime: Runtime, mark: Mark) -> None:
    while True:
        began = time.perf_counter()
        looked = await mark_more(runtime, mark)
        await asyncio.sleep(EVERY if looked < BATCH else (time.perf_counter() - began) * LEISURE)


async def mark_more(runtime: Runtime, mark: Mark) -> int:
    """The next entries of the log; how many there were: none while another process is at it."""
    async with runtime.database.transaction() as connection:
        position = await tables.marked_up_to(connection)
        if position is None:
            return 0
        entries = await tables.entries(connection, position, BATCH)
        if entries:
            await mark(connection, runtime.vault, entries)
            await tables.set_marked(connection, entries[-1].position)
    return len(entries)
