"""Texts are marked with their words, behind the log and at leisure: whoever writes one waits for none of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from asyncpg import Record

from shared.contents.contents import opened
from shared.contents.vault import Vault
from shared.contents.words import read
from shared.record.database import Connection
from shared.search import tables
from shared.search.marks import area_marks, category_mark, part_marks, words_marks
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


def marks_of_text(vault: Vault, found: Record, position: int) -> set[int]:
    """`found`: a row of `contents` with the area and the category of what it belongs to."""
    words = read(opened(vault, found).data.decode()).words
    place = (*area_marks(vault, found["area"]), category_mark(vault, found["category"]))
    return {*words_marks(vault, words), *place, *part_marks(vault, position)}
