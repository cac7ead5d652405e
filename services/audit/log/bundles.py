"""A case's bundle, from the log as it is published."""

from services.audit import views
from services.audit.log import tiles
from services.audit.tree.bundle import write_bundle
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.entries import to_entry
from services.audit.views import Case
from shared.record.database import Connection
from shared.signing import merkle


async def bundle_of(
    connection: Connection, case: Case, published: tuple[str, Checkpoint], vkeys: dict[str, list[str]]
) -> bytes:
    """All facts of the case that the checkpoint covers, proofs from one reading of the tree. Raises tiles.Missing."""
    note, checkpoint = published
    rows = await views.entries_of(connection, case.id, checkpoint.size)
    keys = sorted({row["key"] for row in rows}, key=lambda key: (key != case.id, key))
    paths = [merkle.inclusion(row["index"], checkpoint.size) for row in rows]
    entries = [
        (row["index"], to_entry(row["headers"], row["value"]), proof)
        for row, proof in zip(rows, await tiles.proofs(connection, paths, checkpoint.size), strict=True)
    ]
    return write_bundle((case.id, case.code), keys, note, entries, vkeys)
