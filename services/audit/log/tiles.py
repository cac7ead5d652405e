"""The tree in the database: full tiles are added with the entries that fill them, partial ones are read from below."""

from collections.abc import Collection, Sequence
from itertools import count
from typing import Any

from services.audit.tree import tiles
from services.audit.tree.entries import to_entry
from services.audit.tree.tiles import WIDTH, Tile
from shared.record.database import Connection
from shared.signing import merkle
from shared.signing.merkle import HASH, Range

_LEAVES = "SELECT string_agg(leaf, ''::bytea ORDER BY index) FROM entries WHERE index >= $1 AND index < $2"
_ROOTS = """
SELECT string_agg(root, ''::bytea ORDER BY number) FROM tiles WHERE level = $3 - 1 AND number >= $1 AND number < $2
"""
_ADD = """
INSERT INTO tiles (level, number, hashes, root)
SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::bytea[])
"""
_READ = f"""
SELECT wanted.level, wanted.number, CASE
    WHEN width = {WIDTH} THEN (
        SELECT hashes FROM tiles WHERE tiles.level = wanted.level AND tiles.number = wanted.number)
    WHEN level = 0 THEN coalesce(
        (SELECT substring(hashes FOR width * {HASH}) FROM tiles
         WHERE tiles.level = 0 AND tiles.number = wanted.number),
        (SELECT string_agg(leaf, ''::bytea ORDER BY index) FROM entries
         WHERE index >= wanted.number * {WIDTH} AND index < wanted.number * {WIDTH} + width))
    ELSE (
        SELECT string_agg(root, ''::bytea ORDER BY tiles.number) FROM tiles
        WHERE tiles.level = wanted.level - 1
          AND tiles.number >= wanted.number * {WIDTH} AND tiles.number < wanted.number * {WIDTH} + width)
    END AS hashes
FROM unnest($1::smallint[], $2::bigint[], $3::integer[]) AS wanted (level, number, width)
"""
_ENTRIES = "SELECT index, headers, value FROM entries WHERE index >= $1 AND index < $2 ORDER BY index"


class Missing(Exception):
    """Part of the tree is not where it was put: a tile that should be there."""

    def __init__(self, tile: Tile) -> None:
        super().__init__(tile.path())
        self.tile = tile


async def fill(connection: Connection, before: int, size: int) -> None:
    """In the transaction that appended: the tiles that are full now that the log has grown from `before` to `size`."""
    for level in count():
        old, new = before >> 8 * (level + 1), size >> 8 * (level + 1)
        if old == new:
            return
        below = await _below(connection, level, old * WIDTH, new * WIDTH)
        hashes = [below[start : start + WIDTH * HASH] for start in range(0, len(below), WIDTH * HASH)]
        roots = [merkle.root_of(tiles.split_hashes(each)) for each in hashes]
        await connection.execute(_ADD, [level] * len(hashes), list(range(old, new)), hashes, roots)


async def _below(connection: Connection, level: int, first: int, behind: int) -> bytes:
    if level == 0:
        found = await connection.fetchval(_LEAVES, first, behind)
    else:
        found = await connection.fetchval(_ROOTS, first, behind, level)
    hashes: bytes = found or b""
    if len(hashes) != (behind - first) * HASH:
        raise Missing(Tile(level, first // WIDTH))
    return hashes


async def read(connection: Connection, wanted: Collection[Tile]) -> dict[tuple[int, int], bytes]:
    """The hashes of these tiles, by level and number, in one round trip. Raises Missing."""
    asked = sorted(wanted)
    columns = ([tile.level for tile in asked], [tile.number for tile in asked], [tile.width for tile in asked])
    rows = {(row["level"], row["number"]): row["hashes"] for row in await connection.fetch(_READ, *columns)}
    for tile in asked:
        hashes = rows[tile.level, tile.number]
        if hashes is None or len(hashes) != tile.width * HASH:
            raise Missing(tile)
    return rows


async def hashes_of(connection: Connection, ranges: Sequence[Range], size: int) -> list[bytes]:
    """A proof's hashes in the tree of that size, or its root for the range of all. Raises Missing."""
    [hashes] = await proofs(connection, [ranges], size)
    return hashes


async def proofs(connection: Connection, paths: Sequence[Sequence[Range]], size: int) -> list[list[bytes]]:
    """Of many proofs in the tree of that size the hashes of each, from one reading. Raises Missing."""
    nodes = {node for path in paths for each in path for node in merkle.perfect_nodes(each)}
    found = await read(connection, tiles.tiles_for(nodes, size))
    return [merkle.hashes_of(path, lambda node: tiles.node_in(found, node)) for path in paths]


async def root(connection: Connection, size: int) -> bytes:
    """Of the log when it had so many entries. Raises Missing."""
    if size == 0:
        return merkle.EMPTY
    [hash] = await hashes_of(connection, [(0, size)], size)
    return hash


async def read_entries(connection: Connection, whole: Range) -> list[Any]:
    """Headers and value of each entry in that range."""
    rows: list[Any] = await connection.fetch(_ENTRIES, *whole)
    return rows


async def hash_leaves(connection: Connection, whole: Range) -> dict[int, bytes]:
    """By index, of the entries in that range as their bytes are now."""
    rows = await read_entries(connection, whole)
    return {row["index"]: merkle.leaf_hash(to_entry(row["headers"], row["value"])) for row in rows}
