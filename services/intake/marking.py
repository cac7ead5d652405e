"""Reports' texts are marked with their words, behind the log and at leisure: registering waits for none of it."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from services.intake import views
from services.intake.facts import ReportAccepted, ReportRegistered, ReportSupplemented
from services.intake.views import Entry, Place
from shared.contents.contents import opened
from shared.contents.vault import Vault
from shared.contents.words import marks_of, read
from shared.record.database import Connection
from shared.web.runtime import Runtime

EVERY = 0.3
"""Seconds between looks when all is marked."""
BATCH = 25
"""Entries of the log: some milliseconds, in which this process answers nobody."""
LEISURE = 12.0
"""Pauses are so many times as long as the work before them: what there is to catch up with takes nobody's place."""
AREA_LENGTHS = (9, 12, 14)
"""Subdistrict, community, grid: GB/T 10114 codes, which are prefixes of each other."""
PART_BITS = (12, 16, 20)
"""The log in parts of 4,096, of 65,536 and of 1,048,576 positions."""
WRITTEN = frozenset({"narrative", "supplement"})
"""Kinds of content that a reporter wrote."""
TELLING = frozenset({ReportRegistered.type(), ReportSupplemented.type()})
"""Types of the facts that tell of a text."""


async def mark_texts(runtime: Runtime) -> None:
    while True:
        began = time.perf_counter()
        looked = await mark_more(runtime)
        await asyncio.sleep(EVERY if looked < BATCH else (time.perf_counter() - began) * LEISURE)


async def mark_more(runtime: Runtime) -> int:
    """The next entries of the log; how many there were: none while another process is at it."""
    async with runtime.database.transaction() as connection:
        position = await views.marked_up_to(connection)
        if position is None:
            return 0
        entries = await views.entries(connection, position, BATCH)
        if entries:
            await _mark(connection, runtime.vault, entries)
            await views.set_marked(connection, entries[-1].position)
    return len(entries)


async def _mark(connection: Connection, vault: Vault, entries: list[Entry]) -> None:
    told = {id: entry.position for entry in entries if entry.type in TELLING for id in _written(entry.data)}
    rows = []
    for found in await views.texts_to_mark(connection, list(told)):
        words = read(opened(vault, found).data.decode()).words
        place = Place(found["area"], found["category"], told[found["id"]])
        marks = sorted({*words_marks(vault, words), *place_marks(vault, place)})
        rows.append((found["id"], found["about"], told[found["id"]], found["recorded_at"], marks))
    await views.store_marks(connection, rows)
    moved = [entry for entry in entries if entry.type == ReportAccepted.type()]
    for entry in moved:
        fact = orjson.loads(entry.data)
        marks = [*area_marks(vault, fact["area"]), category_mark(vault, fact["category"])]
        await views.add_marks(connection, fact["report_id"], marks)


def _written(data: bytes) -> Iterator[str]:
    fact: Mapping[str, Any] = orjson.loads(data)
    for ref in fact.get("contents") or [fact["content"]]:
        if ref["kind"] in WRITTEN:
            yield ref["id"]


def words_marks(vault: Vault, words: tuple[str, ...]) -> Iterator[int]:
    return map(vault.mark, marks_of(words))


def place_marks(vault: Vault, place: Place) -> Iterator[int]:
    yield from area_marks(vault, place.area)
    yield category_mark(vault, place.category)
    for level, bits in enumerate(PART_BITS):
        yield part_mark(vault, level, place.position >> bits)


def area_marks(vault: Vault, area: str) -> Iterator[int]:
    for length in AREA_LENGTHS:
        if length <= len(area):
            yield scope_mark(vault, area[:length])


def has_mark(area: str) -> bool:
    return len(area) in AREA_LENGTHS


def scope_mark(vault: Vault, area: str) -> int:
    """No word has a NUL in it, so none is like these."""
    return vault.mark(f"\0area {area}")


def category_mark(vault: Vault, category: str) -> int:
    return vault.mark(f"\0category {category}")


def part_mark(vault: Vault, level: int, number: int) -> int:
    return vault.mark(f"\0part {level} {number}")
