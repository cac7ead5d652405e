"""The log brought back from a witness's copy, after a backup was restored or the database was lost (G7).

Its order is audit's own and cannot be had again from Kafka. What the database holds beyond the last entry that both
have alike is taken out; if the copy has it not, Kafka sends it again, since every partition is read anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.audit.log.append import append
from services.audit.log.months import cut_back
from services.audit.log.tiles import hash_leaves, root
from services.audit.reactions import Hearing
from services.audit.tables import SOURCES_AGAIN
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.entries import split_entry
from services.audit.tree.tiles import WIDTH, Tile
from shared.facts.envelope import Envelope, read_envelope
from shared.facts.fact import REGISTER
from shared.facts.packing import unpack_headers
from shared.listen.parking import Record
from shared.record.database import Connection
from shared.relay.topics import TOPICS
from shared.signing.facts import Judge

Progress = Callable[[int, int], None]
"""Entries brought back, entries in all."""

UNKNOWN = -1
"""Offset in Kafka: an entry does not tell it, and a topic that was made anew would have another."""

_CUT = "DELETE FROM tiles WHERE ((number + 1) << (8 * (level + 1))) > $1"
# Head facts are proven anew, from the first on.
_RECOUNT = f"""
DELETE FROM sources;
INSERT INTO sources (source, highest, count, known_since, head_position, head_at, proven_position, proven_hash)
SELECT source, highest, count, known_since, head_position, head_at, proven_position, proven_hash
FROM ({SOURCES_AGAIN}) AS counted;
DELETE FROM gaps;
DELETE FROM published;
"""
_READ_ANEW = "UPDATE offsets SET next = 0, source = NULL, position = NULL"


class Copied(Protocol):
    """A sound copy."""

    def mirrored(self) -> Checkpoint | None: ...

    async def leaves(self, tile: Tile) -> list[bytes] | None: ...

    def entries(self, number: int, width: int) -> list[bytes]: ...


class NotRecovered(Exception):
    """What was brought back is not what was signed; nothing further is done."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """`before` entries were there, the first `common` of them as in the copy, and `size` there are now."""

    before: int
    common: int
    size: int


async def recover(connection: Connection, copy: Copied, progress: Progress | None = None) -> Recovered:
    """As the owner of the tables, while no audit service runs. Begun again after an interruption it goes on.

    Raises NotRecovered.
    """
    checkpoint = copy.mirrored()
    if checkpoint is None:
        raise NotRecovered("there is no copy")
    before = await connection.fetchval("SELECT coalesce(max(index) + 1, 0) FROM entries")
    common = await _common(connection, copy, min(before, checkpoint.size))
    await connection.execute("SET session_replication_role = replica")
    async with connection.transaction():
        await connection.execute(_CUT, common)
        await cut_back(connection, common)
        await connection.execute(_RECOUNT)
        await connection.execute(_READ_ANEW)
    await connection.execute("SET session_replication_role = origin")
    hearing, size = Hearing(Judge([])), common
    while size < checkpoint.size:
        number, behind = size // WIDTH, min(checkpoint.size, (size // WIDTH + 1) * WIDTH)
        entries = copy.entries(number, behind - number * WIDTH)[size - number * WIDTH :]
        async with connection.transaction():
            await append(connection, [hearing.received(*_came(entry)) for entry in entries])
        size = behind
        if progress is not None:
            progress(size, checkpoint.size)
    if await root(connection, size) != checkpoint.root:
        raise NotRecovered("what was brought back has another root than was signed")
    return Recovered(before, common, size)


async def _common(connection: Connection, copy: Copied, size: int) -> int:
    """How many entries, from the first, are in both alike: by their bytes, not by what the database says of them."""
    for number in range((size + WIDTH - 1) // WIDTH):
        first, width = number * WIDTH, min(WIDTH, size - number * WIDTH)
        here = await hash_leaves(connection, (first, first + width))
        for place, leaf in enumerate(await copy.leaves(Tile(0, number, width)) or ()):
            if here.get(first + place) != leaf:
                return first + place
    return size


def _came(entry: bytes) -> tuple[Envelope, Record]:
    packed, value = split_entry(entry)
    headers: Sequence[tuple[str, Any]] = unpack_headers(packed)
    envelope = read_envelope(headers, value)
    topic = _topic(envelope)
    partition = envelope.lane % TOPICS[topic]
    return envelope, Record(topic, partition, UNKNOWN, envelope.key.encode(), headers, value)


def _topic(envelope: Envelope) -> str:
    known = REGISTER.get(envelope.type)
    if known is not None:
        return known.topic
    return "heads" if envelope.aggregate == "head" else "cases"
