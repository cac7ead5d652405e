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
        self._held: dict[tuple[str, str, int, bytes], bytes] = {}

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
        try:
            signature, hashes = b64decode(signed, validate=True), b64decode(path or "", validate=True)
        except Error:
            return Judgement.BROKEN
        root = _root(int(index), int(size), _leaf(before + b"]", data), hashes)
        holds = root is not None and self._holds((source, id, int(size), root), key, signature)
        return Judgement.HOLDS if holds else Judgement.BROKEN

    def _holds(self, about: tuple[str, str, int, bytes], key: Ed25519PublicKey, signature: bytes) -> bool:
        """Of the facts under one signature only the first costs more than hashing."""
        if self._held.get(about) == signature:
            return True
        try:
            key.verify(signature, _message(about[0], about[2], about[3]))
        except InvalidSignature:
            return False
        if len(self._held) >= _ROOTS_KNOWN:
            self._held.clear()
        self._held[about] = signature
        return True


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


def _root(index: int, size: int, hash: bytes, path: bytes) -> bytes | None:
    """The root that a path leads to; None if it is not as long as that place needs."""
    if not 0 <= index < size <= MOST:
        return None
    used = 0
    while size > 1:
        if index ^ 1 < size:
            sibling, used = path[used : used + HASH], used + HASH
            hash = merkle.node_hash(sibling, hash) if index & 1 else merkle.node_hash(hash, sibling)
        index, size = index >> 1, (size + 1) >> 1
    return hash if used == len(path) else None
