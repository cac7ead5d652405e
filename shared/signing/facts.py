"""What a service seals at once is signed at once: Ed25519 over the root of a tree whose leaves are the facts.

The signature travels as a header of each fact, with the fact's place in that tree and its path to the root:
`<key id> <index>/<size> <signature> <path>`, the last two in base64. A leaf is the headers before it, packed, a
newline, and the data.
"""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from re import compile as pattern

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.facts.packing import pack_headers
from shared.signing import merkle
from shared.signing.merkle import HASH

HEADER = "signature"
MOST = 256
"""Facts under one signature: with a longer path the header would be above what an attribute may hold."""

_ROOTS_KNOWN = 10_000
_FORM = pattern(r'([0-9a-f]{8}) ([0-9]{1,3})/([0-9]{1,3}) ([A-Za-z0-9+/=]{88})(?: ([A-Za-z0-9+/=]+))?"\]\]')
# What begins the last header, once packed: within a text of a header its quotation marks would be escaped.
_BEGINS = f',["{HEADER}","'.encode()
Header = tuple[str, bytes]


class Judgement(Enum):
    """Of a fact's signature; UNJUDGED where no keys are known at all."""

    HOLDS = "holds"
    UNJUDGED = "not judged"
    MISSING = "is missing"
    UNKNOWN = "is of an unknown key"
    BROKEN = "does not hold"


class BadKey(ValueError):
    """Text that is no public key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Of a source. Written `<source>+<id>+<base64>`, which is a C2SP `vkey`."""

    source: str
    raw: bytes

    @property
    def id(self) -> str:
        return sha256(self.source.encode() + b"\n\x01" + self.raw).hexdigest()[:8]

    def text(self) -> str:
        material = b64encode(b"\x01" + self.raw).decode()
        return f"{self.source}+{self.id}+{material}"

    @classmethod
    def read(cls, text: str) -> "PublicKey":
        """Raises BadKey."""
        source, _, rest = text.partition("+")
        id, _, encoded = rest.partition("+")
        try:
            material = b64decode(encoded, validate=True)
        except Error:
            material = b""
        key = cls(source, material[1:])
        if len(material) != 33 or material[0] != 1 or key.id != id:
            raise BadKey("it is no key for Ed25519 of this source")
        return key


class Signer:
    """`seed`: 32 bytes that only this service knows."""

    def __init__(self, source: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = PublicKey(source, self._private.public_key().public_bytes_raw())

    def sign(self, facts: Sequence[tuple[Sequence[Header], bytes]]) -> list[str]:
        """A signature header's value for each, from its headers and data."""
        signed: list[str] = []
        for start in range(0, len(facts), MOST):
            signed += self._sign([_leaf(pack_headers(headers), data) for headers, data in facts[start : start + MOST]])
        return signed

    def _sign(self, leaves: list[bytes]) -> list[str]:
        size = len(leaves)
        levels = _levels(leaves)
        signature = b64encode(self._private.sign(_message(self.key.source, size, levels[-1][0]))).decode()
        return [
            " ".join(filter(None, (self.key.id, f"{index}/{size}", signature, _path(levels, index))))
            for index in range(size)
        ]


class Judge:
    """Knows the keys of each source; a source may have several, as keys are replaced."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {(key.source, key.id): Ed25519PublicKey.from_public_bytes(key.raw) for key in keys}
        self._held: dict[_About, _Way] = {}

    def judge(self, source: str, packed: bytes, data: bytes) -> Judgement:
        """Of a record by its headers as `pack_headers` gives them; the signature is the last."""
        if not self._keys:
            return Judgement.UNJUDGED
        before, begins, told = packed.rpartition(_BEGINS)
        if not begins:
            return Judgement.MISSING
        found = _FORM.fullmatch(told.decode("latin-1"))
        if found is None:
            return Judgement.BROKEN
        id, index, size, signed, path = found.groups()
        key = self._keys.get((source, id))
        if key is None:
            return Judgement.UNKNOWN
        hashes = b"" if path is None else _decoded(path)
        if hashes is None:
            return Judgement.BROKEN
        about, leaf = (source, id, int(size), signed), _leaf(before + b"]", data)
        return Judgement.HOLDS if self._holds(about, key, (int(index), leaf, hashes)) else Judgement.BROKEN

    def _holds(self, about: "_About", key: Ed25519PublicKey, fact: tuple[int, bytes, bytes]) -> bool:
        """Of the facts under one signature only the first is climbed with up to the root; the next only up to where
        its way meets that of the one before, which was found right from there on."""
        known = self._held.get(about)
        way = _way(about[2], fact, known)
        if way is None:
            return False
        if known is None:
            try:
                key.verify(_decoded(about[3]) or b"", _message(about[0], about[2], way.nodes[-1][0]))
            except InvalidSignature:
                return False
            if len(self._held) >= _ROOTS_KNOWN:
                self._held.clear()
        self._held[about] = way
        return True


_About = tuple[str, str, int, str]
"""Source, key, size, and signature as it is written."""


@dataclass(frozen=True, slots=True)
class _Way:
    """From a leaf to the root: each node, and how many bytes of the path are left from there on."""

    index: int
    path: bytes
    nodes: list[tuple[bytes, int]]


def _decoded(text: str) -> bytes | None:
    """None for what is not written as these bytes are: base64 has several ways for the last of them."""
    try:
        raw = b64decode(text, validate=True)
    except Error:
        return None
    last = raw[-(len(raw) % 3 or 3) :]
    return raw if b64encode(last).decode() == text[-4:] else None


def _leaf(packed: bytes, data: bytes) -> bytes:
    return merkle.leaf_hash(packed + b"\n" + data)


def _message(source: str, size: int, root: bytes) -> bytes:
    return f"lianzhi facts v1\n{source}\n{size}\n{b64encode(root).decode()}\n".encode()


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    """From the leaves to the root; what has no partner goes up as it is, which is RFC 6962's tree."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [merkle.node_hash(below[place], below[place + 1]) for place in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(below) & ~1 :])
    return levels


def _path(levels: list[list[bytes]], index: int) -> str:
    hashes = b""
    for level in levels[:-1]:
        beside = index ^ 1
        if beside < len(level):
            hashes += level[beside]
        index >>= 1
    return b64encode(hashes).decode()


def _way(size: int, fact: tuple[int, bytes, bytes], known: _Way | None) -> _Way | None:
    """Of a fact by its place, leaf and path; None if the path is not as long as that place needs, or leads elsewhere
    than another of the same root that was found right."""
    at, hash, path = fact
    if not 0 <= at < size <= MOST:
        return None
    meets = (at ^ known.index).bit_length() if known is not None else MOST
    index, left, nodes = at, len(path), list[tuple[bytes, int]]()
    while True:
        nodes.append((hash, left))
        if known is not None and len(nodes) > meets:
            right = nodes[-1] == known.nodes[meets] and path[len(path) - left :] == known.path[len(known.path) - left :]
            return _Way(at, path, nodes + known.nodes[meets + 1 :]) if right else None
        if size == 1:
            return _Way(at, path, nodes) if left == 0 else None
        if index ^ 1 < size:
            sibling = path[len(path) - left : len(path) - left + HASH]
            left -= HASH
            hash = merkle.node_hash(sibling, hash) if index & 1 else merkle.node_hash(hash, sibling)
        if left < 0:
            return None
        index, size = index >> 1, (size + 1) >> 1
