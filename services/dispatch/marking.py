"""Which texts that offices wrote are marked, with what beside their words."""

from collections.abc import Sequence

import orjson
from asyncpg import Record

from services.dispatch import facts as f
from shared.contents.vault import Vault
from shared.facts.fact import Fact
from shared.record.database import Connection
from shared.search.marking import keep_marked, marks_of_text
from shared.search.marks import office_mark
from shared.search.tables import Entry, add_marks, store_marks
from shared.search.telling import telling, told_in
from shared.web.runtime import Runtime

OWNER = "case_id"
FACTS: Sequence[type[Fact]] = [
    kind for name in f.__all__ if isinstance(kind := getattr(f, name), type) and issubclass(kind, Fact)
]
JOINING = frozenset({f.HandoffOffered.type(), f.DepartmentInvited.type()})
"""Types of the facts by which an office comes to read what others wrote of the case."""
TELLING = telling(FACTS)
"""Types of the facts that tell of a text."""


async def mark_texts(runtime: Runtime) -> None:
    await keep_marked(runtime, mark)


async def mark(connection: Connection, vault: Vault, entries: Sequence[Entry]) -> None:
    told = told_in(entries, TELLING)
    rows = []
    for found in await _texts_to_mark(connection, list(told)):
        position, offices = told[found["id"]], [office_mark(vault, office) for office in found["offices"]]
        marks = sorted({*marks_of_text(vault, found, position), *offices})
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
