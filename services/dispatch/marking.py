"""Which texts that offices wrote are marked, with what beside their words."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from asyncpg import Record

from services.dispatch import facts as f
from shared.contents.contents import opened
from shared.contents.vault import Vault
from shared.contents.words import read
from shared.facts.fact import Fact
from shared.record.database import Connection
from shared.search.marking import keep_marked
from shared.search.marks import area_marks, part_marks, tag_mark, words_marks
from shared.search.tables import Entry, add_marks, store_marks
from shared.web.runtime import Runtime

OWNER = "case_id"
FACTS: Sequence[type[Fact]] = [
    kind for name in f.__all__ if isinstance(kind := getattr(f, name), type) and issubclass(kind, Fact)
]
JOINING = frozenset({f.HandoffOffered.type(), f.DepartmentInvited.type()})
"""Types of the facts by which an office comes to read what others wrote of the case."""


def _tells(fact: type[Fact]) -> bool:
    kept = (field for name, field in fact.model_fields.items() if name not in fact.kept_elsewhere)
    return any("ContentRef" in str(field.annotation) for field in kept)


TELLING = frozenset(fact.type() for fact in FACTS if fact.service and _tells(fact))
"""Types of the facts that tell of a text."""


async def mark_texts(runtime: Runtime) -> None:
    await keep_marked(runtime, mark)


async def mark(connection: Connection, vault: Vault, entries: Sequence[Entry]) -> None:
    told = {id: entry.position for entry in entries if entry.type in TELLING for id in _written(entry.data)}
    rows = []
    for found in await _texts_to_mark(connection, list(told)):
        words, position = read(opened(vault, found).data.decode()).words, told[found["id"]]
        place = (*area_marks(vault, found["area"]), category_mark(vault, found["category"]))
        offices = [office_mark(vault, office) for office in found["offices"]]
        marks = sorted({*words_marks(vault, words), *place, *offices, *part_marks(vault, position)})
        rows.append((found["id"], found["case_id"], position, found["recorded_at"], marks))
    await store_marks(connection, OWNER, rows)
    for entry in entries:
        if entry.type in JOINING:
            fact = orjson.loads(entry.data)
            await add_marks(connection, OWNER, fact["case_id"], [office_mark(vault, fact["department"])])


# Of what is kept here: an office with a service of its own keeps its texts there. Held against being erased meanwhile:
# who erases then finds the marks, and takes them along.
_TO_MARK = """
SELECT contents.id, about, contents.kind, media_type, visibility, wrapped_key, sealed, recorded_at,
       cases.id AS case_id, area, category,
       ARRAY(SELECT department FROM handoffs WHERE case_id = cases.id
             UNION SELECT department FROM seats WHERE case_id = cases.id) AS offices
FROM contents JOIN cases ON cases.id = split_part(about, '.', 1) WHERE contents.id = ANY($1) AND erased_at IS NULL
FOR SHARE OF contents
"""


async def _texts_to_mark(connection: Connection, ids: Sequence[str]) -> list[Record]:
    """Those that stand."""
    found: list[Record] = await connection.fetch(_TO_MARK, list(ids)) if ids else []
    return found


def _written(data: bytes) -> Iterator[str]:
    fact: dict[str, Any] = orjson.loads(data)
    for value in fact.values():
        if isinstance(value, dict) and "commitment" in value:
            yield value["id"]


def category_mark(vault: Vault, category: str) -> int:
    return tag_mark(vault, "category", category)


def office_mark(vault: Vault, department: str) -> int:
    return tag_mark(vault, "office", department)
