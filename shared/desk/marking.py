"""Which texts on a desk are marked, with what beside their words."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from asyncpg import Record

from shared.contents.vault import Vault
from shared.desk.tables import OF_A_TEXT
from shared.record.aggregate import Aggregate
from shared.record.database import Connection
from shared.search.marking import keep_marked, marks_of_text
from shared.search.marks import office_mark
from shared.search.tables import Entry, store_marks
from shared.search.telling import telling, told_in
from shared.web.runtime import Runtime
from shared.web.service import Background


def marking_of(matters: Aggregate[Any]) -> Background:
    """The task that reads the office's own log, from its beginning on."""

    async def mark_texts(runtime: Runtime) -> None:
        await keep_marked(runtime, partial(mark, matters))

    return mark_texts


async def mark(matters: Aggregate[Any], connection: Connection, vault: Vault, entries: Sequence[Entry]) -> None:
    told = told_in(entries, telling(matters.model.facts))
    rows = []
    for found in await _texts_to_mark(connection, matters, list(told)):
        position = told[found["id"]]
        marks = sorted({*marks_of_text(vault, found, position), office_mark(vault, found["department"])})
        rows.append((found["id"], found["about"], position, found["recorded_at"], marks))
    await store_marks(connection, OF_A_TEXT, rows)


# Held against being erased meanwhile: who erases then finds the marks, and takes them along.
_TO_MARK = """
SELECT contents.id, about, contents.kind, media_type, visibility, wrapped_key, sealed, recorded_at,
       area, category, department
FROM contents JOIN {matters} AS matter ON matter.id = about WHERE contents.id = ANY($1) AND erased_at IS NULL
FOR SHARE OF contents
"""


async def _texts_to_mark(connection: Connection, matters: Aggregate[Any], ids: Sequence[str]) -> list[Record]:
    """Those that stand."""
    query = _TO_MARK.format(matters=matters.table.name)
    found: list[Record] = await connection.fetch(query, list(ids)) if ids else []
    return found
