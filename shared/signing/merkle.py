"""RFC 6962, section 2.1: hashes of a tree and proofs about it.

A range is [low, high) of leaves. Proofs are first told as ranges, so that whoever has the hashes can look them all up
at once; SHA-256 throughout.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
HASH = 32
Range = tuple[int, int]
Node = tuple[int, int]
"""A perfect subtree: of 2**level leaves, the n-th of that size."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def perfect_nodes(whole: Range) -> list[Node]:
    """Of a range that is a node of some tree: the perfect subtrees it consists of, from the left, each smaller."""
    low, high = whole
    nodes = []
    while low < high:
        level = (high - low).bit_length() - 1
        nodes.append((level, low >> level))
        low += 1 << level
    return nodes


def cover(whole: Range) -> list[Node]:
    """Of any range the fewest perfect subtrees that it consists of, from the left."""
    low, high = whole
    nodes = []
    while low < high:
        level = (high - low).bit_length() - 1
        level = level if low == 0 else min(level, (low & -low).bit_length() - 1)
        nodes.append((level, low >> level))
        low += 1 << level
    return nodes


class Growing:
    """A tree to which perfect subtrees are added on the right, leaves among them; of `size` leaves by now."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []

    def add(self, hash: bytes, level: int = 0) -> None:
        """Raises ValueError for a subtree that cannot stand here."""
        if self.size % (1 << level):
            raise ValueError(level)
        self.size += 1 << level
        while self._edge and self._edge[-1][0] == level:
            hash = node_hash(self._edge.pop()[1], hash)
            level += 1
        self._edge.append((level, hash))

    def root(self) -> bytes:
        return join(hash for _, hash in self._edge)


def join(hashes: Iterable[bytes]) -> bytes:
    """The hash over perfect subtrees as `perfect_nodes` gives them; EMPTY for none."""
    joined: bytes | None = None
    for hash in reversed(list(hashes)):
        joined = hash if joined is None else node_hash(hash, joined)
    return EMPTY if joined is None else joined


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Of the leaves' hashes, or of those of equal perfect subtrees."""
    level = list(hashes)
    edge: list[bytes] = []
    while level:
        if len(level) % 2:
            edge.append(level.pop())
        level = [node_hash(level[place], level[place + 1]) for place in range(0, len(level), 2)]
    return join(reversed(edge))


def path(whole: Range, size: int) -> list[Range]:
    """The siblings from a node of the tree of that size up to its root. Raises ValueError if it is no node."""
    siblings: list[Range] = []
    low, high = 0, size
    if not 0 <= whole[0] < whole[1] <= size:
        raise ValueError(whole)
    while (low, high) != whole:
        middle = low + _half(high - low)
        if whole[1] <= middle:
            siblings.append((middle, high))
            high = middle
        elif whole[0] >= middle:
            siblings.append((low, middle))
            low = middle
        else:
            raise ValueError(whole)
    return siblings[::-1]


def inclusion(index: int, size: int) -> list[Range]:
    """Section 2.1.1. Raises ValueError for an index outside the tree."""
    return path((index, index + 1), size)


def consistency(old: int, size: int) -> list[Range]:
    """Section 2.1.2, empty from size 0 and to itself. Raises ValueError if the old one is the larger."""
    if not 0 <= old <= size:
        raise ValueError(old)
    if old in (0, size):
        return []
    found: list[Range] = []
    low, high, whole = 0, size, True
    while high != old:
        middle = low + _half(high - low)
        if old <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low, whole = middle, False
    return [*([] if whole else [(low, high)]), *reversed(found)]


def hashes_of(ranges: Iterable[Range], node: Callable[[Node], bytes]) -> list[bytes]:
    """A proof, from the hashes of perfect subtrees."""
    return [join(map(node, perfect_nodes(each))) for each in ranges]


def is_on_path(whole: Range, size: int, hash: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the node of that range has that hash in the tree of that size and root; false for any wrong number."""
    try:
        siblings = path(whole, size)
    except ValueError:
        return False
    if len(siblings) != len(proof):
        return False
    for sibling, other in zip(siblings, proof, strict=True):
        hash = node_hash(other, hash) if sibling[0] < whole[0] else node_hash(hash, other)
    return hash == root


def is_included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2."""
    return is_on_path((index, index + 1), size, leaf, proof, root)


def is_consistent(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """RFC 9162, section 2.1.4.2: whether the tree of that size begins with the old one."""
    if not 0 <= old <= size:
        return False
    if old == size or old == 0:
        return not proof and old_root == (root if old else EMPTY)
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not hashes:
        return False
    below, last = old - 1, size - 1
    while below & 1:
        below, last = below >> 1, last >> 1
    first = second = hashes[0]
    for hash in hashes[1:]:
        if last == 0:
            return False
        if below & 1 or below == last:
            first, second = node_hash(hash, first), node_hash(hash, second)
            while below and not below & 1:
                below, last = below >> 1, last >> 1
        else:
            second = node_hash(second, hash)
        below, last = below >> 1, last >> 1
    return last == 0 and first == old_root and second == root


def _half(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)
