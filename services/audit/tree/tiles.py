"""C2SP tlog-tiles: where the hashes of a tree and its entries lie, 256 in a tile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import compile as pattern

from shared.signing.merkle import HASH, Node, join, node_hash, perfect_nodes, root_of

WIDTH = 256
LARGEST_ENTRY = 2**16 - 1
"""Bytes."""

_PATH = pattern(r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class BadBundle(ValueError):
    """Bytes that are no entry bundle."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The n-th of its level; `width` below 256 for a partial one at the right edge. Level None: entries, not hashes."""

    level: int | None
    number: int
    width: int = WIDTH

    def path(self) -> str:
        """Below `tile/`."""
        rest = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{'entries' if self.level is None else self.level}/{_number(self.number)}{rest}"

    def leaves(self) -> tuple[int, int]:
        """Of a bundle or a tile of level 0: the range of leaves."""
        return self.number * WIDTH, self.number * WIDTH + self.width


def read_path(path: str) -> Tile | None:
    """None for what is no path of a tile."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level, number, width = found.groups()
    tile = Tile(
        None if level == "entries" else int(level),
        int(number.replace("x", "").replace("/", "")),
        WIDTH if width is None else int(width),
    )
    exact = tile.path() == path and (tile.level or 0) < 64 and tile.number < 2**56
    return tile if exact and (width is None or tile.width < WIDTH) else None


def exists(tile: Tile, size: int) -> bool:
    """Whether a tree of that size has it, or had it while it grew."""
    within = size >> 8 * (tile.level or 0)
    return tile.number * WIDTH + tile.width <= within


def place(node: Node) -> tuple[int, int, int, int]:
    """Where a perfect subtree's hash lies: level and number of the tile, its first hash there and behind the last."""
    level, rest = divmod(node[0], 8)
    first = node[1] << rest
    return level, first // WIDTH, first % WIDTH, first % WIDTH + (1 << rest)


def tiles_for(nodes: Iterable[Node], size: int) -> set[Tile]:
    """Those of a tree of that size which hold these subtrees."""
    found = set()
    for node in nodes:
        level, number, _, _ = place(node)
        found.add(Tile(level, number, min(WIDTH, (size >> 8 * level) - number * WIDTH)))
    return found


def edge(size: int) -> list[Tile]:
    """The partial tiles of a tree of that size, the last of each level: together they hold its root."""
    return [
        Tile(level, (size >> 8 * level) // WIDTH, width) for level in range(8) if (width := (size >> 8 * level) % WIDTH)
    ]


def split_hashes(joined: bytes) -> list[bytes]:
    return [joined[start : start + HASH] for start in range(0, len(joined), HASH)]


def node_in(tiles: dict[tuple[int, int], bytes], node: Node) -> bytes:
    """A perfect subtree's hash from tiles by level and number."""
    level, number, first, _ = place(node)
    return _inner(tiles[level, number])[node[0] % 8][first >> node[0] % 8]


@lru_cache(maxsize=128)
def _inner(joined: bytes) -> list[list[bytes]]:
    """All perfect subtrees within a tile, by their level: proofs near one another need the same upper tiles."""
    levels = [split_hashes(joined)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[each], below[each + 1]) for each in range(0, len(below) - 1, 2)])
    return levels


def root_over(roots: Sequence[bytes], edge: Sequence[bytes], size: int) -> bytes:
    """Of a tree of that size, from the roots of its full tiles of level 0 and the leaves beyond them."""

    def hash(node: Node) -> bytes:
        level, place = node
        if level >= 8:
            return root_of(roots[place << level - 8 : place + 1 << level - 8])
        first = (place << level) % WIDTH
        return root_of(edge[first : first + (1 << level)])

    return join(map(hash, perfect_nodes((0, size))))


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def read_bundle(bundle: bytes) -> list[bytes]:
    """Raises BadBundle."""
    entries, start = [], 0
    while start < len(bundle):
        behind = start + 2 + int.from_bytes(bundle[start : start + 2])
        if start + 2 > len(bundle) or behind > len(bundle):
            raise BadBundle("it ends within an entry")
        entries.append(bundle[start + 2 : behind])
        start = behind
    return entries


def _number(number: int) -> str:
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))
