"""Which texts of reports are marked, with what beside their words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from services.intake import views
from services.intake.facts import ReportAccepted, ReportRegistered, ReportSupplemented
from shared.contents.contents import opened
from shared.contents.vault import Vault
from shared.contents.words import read
from shared.record.database import Connection
from shared.search.marking import keep_marked
from shared.search.marks import area_marks, part_marks, tag_mark, words_marks
from shared.search.tables import Entry, add_marks, store_marks
from shared.web.runtime import Runtime

OWNER = "report_id"
WRITTEN = frozenset({"narrative", "supplement"})
"""Kinds of content that a reporter wrote."""
TELLING = frozenset({ReportRegistered.type(), ReportSupplemented.type()})
"""Types of the facts that tell of a text."""


async def mark_texts(runtime: Runtime) -> None:
    await keep_marked(runtime, mark)


async def mark(connection: Connection, vault: Vault, entries: Sequence[Entry]) -> None:
    told = {id: entry.position for entry in entries if entry.type in TELLING for id in _written(entry.data)}
    rows = []
    for found in await views.texts_to_mark(connection, list(told)):
        words, position = read(opened(vault, found).data.decode()).words, told[found["id"]]
        place = (*area_marks(vault, found["area"]), category_mark(vault, found["category"]))
        marks = sorted({*words_marks(vault, words), *place, *part_marks(vault, position)})
        rows.append((found["id"], found["about"], position, found["recorded_at"], marks))
    await store_marks(connection, OWNER, rows)
    moved = [entry for entry in entries if entry.type == ReportAccepted.type()]
    for entry in moved:
        fact = orjson.loads(entry.data)
        marks = [*area_marks(vault, fact["area"]), category_mark(vault, fact["category"])]
        await add_marks(connection, OWNER, fact["report_id"], marks)


def _written(data: bytes) -> Iterator[str]:
    fact: Mapping[str, Any] = orjson.loads(data)
    for ref in fact.get("contents") or [fact["content"]]:
        if ref["kind"] in WRITTEN:
            yield ref["id"]


def category_mark(vault: Vault, category: str) -> int:
    return tag_mark(vault, "category", category)
