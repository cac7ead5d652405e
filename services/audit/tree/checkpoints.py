"""C2SP tlog-checkpoint and tlog-proof as text."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from re import compile as pattern

from services.audit.tree.notes import BadNote, from_base64
from shared.signing.merkle import HASH

PROOF = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63
_SIZE = pattern(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large the log is, and its root then."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """Of a note's text; a log of ours has no extension lines. Raises BadNote."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise BadNote("it is no checkpoint of three lines")
        return cls(lines[0], read_size(lines[1]), read_hash(lines[2]))


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log of a checkpoint, which is a signed note."""

    index: int
    hashes: Sequence[bytes]
    checkpoint: str

    def text(self) -> str:
        lines = [PROOF, f"index {self.index}", *(b64encode(hash).decode() for hash in self.hashes)]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"

    @classmethod
    def read(cls, text: str) -> "Proof":
        """Raises BadNote. What a producer put in as extra is not ours to trust, and passed over."""
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines[0] != PROOF:
            raise BadNote("it is no proof of this kind")
        rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
        if not rest or not rest[0].startswith("index "):
            raise BadNote("it does not say its index")
        if len(rest) - 1 > MOST_HASHES:
            raise BadNote("it has too many hashes")
        return cls(read_size(rest[0][6:]), [read_hash(line) for line in rest[1:]], checkpoint)


def read_size(text: str) -> int:
    """Raises BadNote."""
    if not _SIZE.fullmatch(text) or int(text) >= 2**63:
        raise BadNote("a size is not of its form")
    return int(text)


def read_hash(text: str) -> bytes:
    """Raises BadNote."""
    raw = from_base64(text)
    if len(raw) != HASH:
        raise BadNote("a hash is not of its length")
    return raw
