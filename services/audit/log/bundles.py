"""A case's bundle, from the log as it was when it had so many entries: then and later the same bytes."""

from dataclasses import dataclass

from services.audit import views
from services.audit.log import tiles
from services.audit.tree.bundle import OPENED, write_bundle
from services.audit.tree.entries import to_entry
from services.audit.views import Case
from shared.record.database import Connection
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
    vkeys = {"log": vouched.log_keys, "witnesses": vouched.witnesses}
    return write_bundle((case.id, case.code if was_opened else None), keys, vouched.note, entries, vkeys)
