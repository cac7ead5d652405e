"""Which texts of reports are marked, with what beside their words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from services.intake import views
from services.intake.facts import ReportAccepted, ReportRegistered, ReportSupplemented
from shared.contents.vault import Vault
from shared.record.database import Connection
from shared.search.marking import keep_marked, marks_of_text
from shared.search.marks import area_marks, category_mark
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
        position = told[found["id"]]
        marks = sorted(marks_of_text(vault, found, position))
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
