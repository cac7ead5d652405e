"""The whole log looked at again, byte by byte: what was altered, taken out, put in, swapped or cut off, and where (G7).

Entries are hashed anew and held against their leaves, the tiles, what was published, and what a witness and its copy
hold. Memory does not grow with the log but for 32 bytes a tile. What was taken out after it was archived is there by
its leaf in the tile, if the log itself has the fact that its month was.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import orjson

from services.audit.facts import MonthRemoved
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.entries import misfiled
from services.audit.tree.notes import Note
from services.audit.tree.tiles import WIDTH, Tile, root_over, split_hashes
from shared.record.database import Connection
from shared.signing.merkle import HASH, Range, leaf_hash, root_of

MOST = 200
"""Places that are named."""
_TILES_AT_ONCE = 8
_ROWS = """
SELECT index, headers, value, leaf, source, position, lane, sequence, id, type, key, time, actor, department, aggregate,
       aggregate_id, version, correlation, causation
FROM entries WHERE index >= $1 AND index < $2 ORDER BY index
"""
_TILES = "SELECT number, hashes, root FROM tiles WHERE level = $1 AND number >= $2 AND number < $3 ORDER BY number"
_GONE = "SELECT index FROM archived_entries WHERE index >= $1 AND index < $2"
_TOLD_GONE = f"SELECT value FROM entries WHERE type = '{MonthRemoved.type()}'"
_STANDS = """
SELECT (SELECT next FROM numbering) AS size, (SELECT coalesce(max(index) + 1, 0) FROM entries) AS top,
       (SELECT note FROM published) AS note
"""
Kind = Literal["missing", "added", "altered", "misfiled", "tile", "cut", "forked", "set_back"]
Progress = Callable[[int, int], None]
"""Entries read, entries in all."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Entries `first` to `last`, both included, or the tile `place`."""

    kind: Kind
    place: str
    first: int
    last: int


class Held(Protocol):
    """What somebody else has of this log: a witness, with the copy it may keep."""

    @property
    def name(self) -> str: ...

    async def note(self) -> Note | None:
        """Its last checkpoint, cosigned by it."""

    async def leaves(self, tile: Tile) -> list[bytes] | None:
        """Of a tile of level 0; None where there is no copy of it."""


@dataclass(slots=True)
class Inspection:
    """`size`: entries looked at. `damages` in the order found, at most MOST."""

    size: int = 0
    damages: list[Damage] = field(default_factory=list)

    def add(self, kind: Kind, place: str, first: int, last: int) -> None:
        if len(self.damages) < MOST:
            self.damages.append(Damage(kind, place, first, last))


class _Read:
    """The roots of full tiles as they are now, and the leaves at those sizes that somebody has signed."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes
        self.roots: list[bytes] = []
        self.edges: dict[int, list[bytes]] = {}

    def take(self, number: int, leaves: list[bytes]) -> None:
        if len(leaves) == WIDTH:
            self.roots.append(root_of(leaves))
        for size in self.sizes:
            if size // WIDTH == number:
                self.edges[size] = leaves[: size % WIDTH]

    def root(self, size: int) -> bytes | None:
        """Of the tree of that size; None if so much is not there."""
        if len(self.roots) < size // WIDTH or len(self.edges.get(size, ())) < size % WIDTH:
            return None
        return root_over(self.roots, self.edges.get(size, []), size)


async def inspect(connection: Connection, held: Sequence[Held], progress: Progress | None = None) -> Inspection:
    """All of it, as of one moment. Raises what a witness that cannot be had raises."""
    found = Inspection()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        stands = await connection.fetchrow(_STANDS)
        assert stands is not None
        published = None if stands["note"] is None else Note.read(stands["note"])
        notes = [(each.name, note) for each in held if (note := await each.note())]
        signed = [(name, Checkpoint.read(note.text)) for name, note in [("published", published), *notes] if note]
        read = _Read([checkpoint.size for _, checkpoint in signed])
        found.size = stands["size"]
        if stands["top"] > found.size:
            found.add("added", "entries", found.size, stands["top"] - 1)
        told = await _told_gone(connection)
        async for number, rows, tile, gone in _stretches(connection, found.size):
            read.take(number, _entries(found, number, rows, (tile, _vouched(gone, told))))
            if progress is not None:
                progress(min(found.size, (number + 1) * WIDTH), found.size)
        await _upper(connection, found, read.roots)
        for name, checkpoint in signed:
            await _compare(connection, found, read, (name, checkpoint), held)
        if published is not None:
            for name, note in notes:
                _tell_set_back(found, name, note, published)
    return found


async def _told_gone(connection: Connection) -> list[Range]:
    """By the log itself, from where entries were taken out."""
    facts = [orjson.loads(row["value"]) for row in await connection.fetch(_TOLD_GONE)]
    return [(fact["first"], fact["behind"]) for fact in facts]


def _vouched(gone: Iterable[int], told: Sequence[Range]) -> set[int]:
    return {index for index in gone if any(first <= index < behind for first, behind in told)}


async def _stretches(connection: Connection, size: int) -> AsyncIterator[tuple[int, list[Any], Any, list[int]]]:
    """Tile by tile its number, its entries, what is kept of it, if anything, and which entries were taken out."""
    step = _TILES_AT_ONCE * WIDTH
    for first in range(0, size, step):
        behind = min(size, first + step)
        numbers = range(first // WIDTH, (behind + WIDTH - 1) // WIDTH)
        rows = await connection.fetch(_ROWS, first, behind)
        kept = await connection.fetch(_TILES, 0, numbers.start, numbers.stop)
        tiles = {tile["number"]: tile for tile in kept}
        taken = [row["index"] for row in await connection.fetch(_GONE, first, behind)]
        for number in numbers:
            own = [row for row in rows if row["index"] // WIDTH == number]
            yield number, own, tiles.get(number), [index for index in taken if index // WIDTH == number]


def _entries(found: Inspection, number: int, rows: list[Any], kept: tuple[Any, set[int]]) -> list[bytes]:
    """Their leaves as they hash now; what is not there has an empty one, so that the rest keep their places.

    `kept`: the tile, and of which entries no more than the leaf in it is there.
    """
    (tile, gone), first, width = kept, number * WIDTH, min(WIDTH, found.size - number * WIDTH)
    there = {row["index"]: row for row in rows}
    _tell_missing(found, [index for index in range(first, first + width) if index not in there and index not in gone])
    leaves = [b""] * width
    for index in gone - there.keys():
        leaves[index - first] = _leaf_in(tile, index)
    for index, row in there.items():
        leaves[index - first] = leaf_hash(row["headers"] + b"\n" + row["value"])
        if leaves[index - first] != row["leaf"]:
            found.add("altered", "entries", index, index)
        elif misfiled(row):
            found.add("misfiled", "entries", index, index)
    if width == WIDTH:
        _compare_tile(found, number, tile, leaves, there)
    return leaves


def _leaf_in(tile: Any, index: int) -> bytes:
    """Empty where there is no tile."""
    hashes: bytes = b"" if tile is None else tile["hashes"]
    return hashes[index % WIDTH * HASH : (index % WIDTH + 1) * HASH]


def _tell_missing(found: Inspection, missing: list[int]) -> None:
    start = 0
    for place in range(1, len(missing) + 1):
        if place == len(missing) or missing[place] != missing[place - 1] + 1:
            found.add("missing", "entries", missing[start], missing[place - 1])
            start = place


def _compare_tile(found: Inspection, number: int, tile: Any, leaves: list[bytes], there: dict[int, Any]) -> None:
    path = Tile(0, number).path()
    if tile is None:
        found.add("tile", path, number * WIDTH, number * WIDTH + WIDTH - 1)
        return
    stored = split_hashes(tile["hashes"])
    differing = [place for place in range(WIDTH) if len(stored) <= place or stored[place] != leaves[place]]
    if not differing and root_of(stored) == tile["root"]:
        return
    if root_of(leaves) == tile["root"] or not differing:
        found.add("tile", path, number * WIDTH, number * WIDTH + WIDTH - 1)
        return
    for place in differing:
        index = number * WIDTH + place
        row = there.get(index)
        if row is not None and row["leaf"] == leaves[place]:
            found.add("altered", "entries", index, index)


async def _upper(connection: Connection, found: Inspection, roots: Sequence[bytes]) -> None:
    """The tiles above, over the roots of those below."""
    level, below = 1, list(roots)
    while len(below) >= WIDTH:
        full = len(below) // WIDTH
        rows = {row["number"]: row for row in await connection.fetch(_TILES, level, 0, full)}
        above = []
        for number in range(full):
            hashes = below[number * WIDTH : (number + 1) * WIDTH]
            above.append(root_of(hashes))
            row = rows.get(number)
            if row is None or row["hashes"] != b"".join(hashes) or row["root"] != above[-1]:
                span = WIDTH ** (level + 1)
                found.add("tile", Tile(level, number).path(), number * span, (number + 1) * span - 1)
        level, below = level + 1, above


async def _compare(
    connection: Connection, found: Inspection, read: _Read, signed: tuple[str, Checkpoint], copies: Sequence[Held]
) -> None:
    """With what somebody has signed; where it differs, a copy tells from which entry on."""
    name, checkpoint = signed
    if checkpoint.size > found.size:
        found.add("cut", name, found.size, checkpoint.size - 1)
        return
    if read.root(checkpoint.size) == checkpoint.root:
        return
    first = await _first_differing(connection, checkpoint.size, copies)
    found.add("forked", name, first, checkpoint.size - 1)


def _tell_set_back(found: Inspection, name: str, held: Note, published: Note) -> None:
    """Who has cosigned what is published cannot have seen less."""
    seen, signed = Checkpoint.read(held.text), Checkpoint.read(published.text)
    signers = [
        {(each.name, each.id) for each in note.signatures if each.name != seen.origin} for note in (held, published)
    ]
    if seen.size < signed.size and not signers[0].isdisjoint(signers[1]):
        found.add("set_back", name, seen.size, signed.size - 1)


async def _first_differing(connection: Connection, size: int, copies: Sequence[Held]) -> int:
    """The first entry that is not as in a copy; 0 where there is none to compare with."""
    async for number, rows, kept, gone in _stretches(connection, size):
        tile = Tile(0, number, min(WIDTH, size - number * WIDTH))
        here = {index % WIDTH: _leaf_in(kept, index) for index in gone}
        here |= {row["index"] % WIDTH: leaf_hash(row["headers"] + b"\n" + row["value"]) for row in rows}
        for copy in copies:
            for place, leaf in enumerate(await copy.leaves(tile) or ()):
                if here.get(place) != leaf:
                    return number * WIDTH + place
    return 0
