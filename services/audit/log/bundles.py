"""Entries with their proofs, from the log as it was when it had so many: of a case, or of a search.

Of a case the same bytes then and later.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from services.audit import views
from services.audit.log import tiles
from services.audit.tree import selection
from services.audit.tree.bundle import OPENED, write_bundle
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.entries import to_entry
from services.audit.tree.verdict import Vkeys
from services.audit.views import Case
from shared.record.database import Connection, Database
from shared.signing import merkle


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint of that size, a signed note, and the `vkey`s of those who signed it."""

    size: int
    note: str
    log_keys: tuple[str, ...]
    witnesses: tuple[str, ...]


async def bundle_of(connection: Connection, case: Case, vouched: Vouched) -> bytes:
    """All facts of the case that the checkpoint covers, proofs from one reading of the tree. Raises tiles.Missing."""
    rows = await views.entries_of(connection, case.id, vouched.size)
    keys = sorted({row["key"] for row in rows}, key=lambda key: (key != case.id, key))
    paths = [merkle.inclusion(row["index"], vouched.size) for row in rows]
    entries = [
        (row["index"], to_entry(row["headers"], row["value"]), proof)
        for row, proof in zip(rows, await tiles.proofs(connection, paths, vouched.size), strict=True)
    ]
    was_opened = any(row["type"].startswith(OPENED) and row["key"] == case.id for row in rows)
    vkeys = {"log": list(vouched.log_keys), "witnesses": list(vouched.witnesses)}
    return write_bundle((case.id, case.code if was_opened else None), keys, vouched.note, entries, vkeys)


async def proven_lines(
    database: Database, chunks: AsyncIterator[list[Any]], published: tuple[str, Checkpoint], vkeys: Vkeys
) -> AsyncIterator[bytes]:
    """A selection, a chunk of entries at a time; of what has a `digest` only the leaf. Raises tiles.Missing."""
    note, checkpoint = published
    count = 0
    yield selection.begin(note, vkeys)
    async for rows in chunks:
        paths = [merkle.inclusion(row["index"], checkpoint.size) for row in rows]
        async with database.plain() as connection:
            hashes = await tiles.proofs(connection, paths, checkpoint.size)
        yield b"".join(_line(row, proof) for row, proof in zip(rows, hashes, strict=True))
        count += len(rows)
    yield selection.end(count)


def _line(row: Any, proof: list[bytes]) -> bytes:
    entry = to_entry(row["headers"], row["value"])
    if row["digest"]:
        return selection.leaf_line(row["index"], merkle.leaf_hash(entry), proof)
    return selection.entry_line(row["index"], entry, proof)
