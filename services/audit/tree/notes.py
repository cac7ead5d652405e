"""C2SP signed-note and tlog-cosignature: text with Ed25519 signatures under it."""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from re import compile as pattern

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNS, COSIGNS = 1, 4
MOST_SIGNATURES = 16
LARGEST_NOTE = 64 * 1024
_NAME = pattern(r"[^\s+]+")
_LINE = pattern(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = pattern(r"[\x00-\x09\x0b-\x1f]")


class BadNote(ValueError):
    """What is no signed note, no key, or is not signed as it has to be; says why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A `vkey`; `kind` SIGNS or COSIGNS."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> "VerifierKey":
        """Raises BadNote."""
        name, _, rest = text.strip().partition("+")
        id, _, encoded = rest.partition("+")
        material = from_base64(encoded)
        if not _NAME.fullmatch(name) or len(material) != 33 or material[0] not in (SIGNS, COSIGNS):
            raise BadNote("it is no verifier key for Ed25519")
        key = cls(name, material[0], material[1:])
        if key.id.hex() != id:
            raise BadNote("the key's id is not that of its name and key")
        return key

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether it is this key's signature of the note's text."""
        if self.kind == COSIGNS:
            if len(signature) != 72:
                return False
            text = _cosigned(text, int.from_bytes(signature[:8]))
            signature = signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`seed`: 32 bytes that nobody else may know."""

    name: str
    kind: int
    seed: bytes

    def verifier(self) -> VerifierKey:
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return VerifierKey(self.name, self.kind, private.public_key().public_bytes_raw())

    def sign(self, text: str, at: int = 0) -> str:
        """A signature line; `at`, in seconds since 1970, is told by a cosignature only."""
        message = _cosigned(text, at) if self.kind == COSIGNS else text
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(message.encode())
        stamp = at.to_bytes(8) if self.kind == COSIGNS else b""
        return Signature(self.name, self.verifier().id, stamp + signature).line()


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    id: bytes
    bytes: bytes

    def line(self) -> str:
        return f"— {self.name} {b64encode(self.id + self.bytes).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """`text` with its last newline, and what signs it, not verified."""

    text: str
    signatures: Sequence[Signature]

    @classmethod
    def read(cls, note: str) -> "Note":
        """Raises BadNote."""
        if len(note) > LARGEST_NOTE:
            raise BadNote("it is too long")
        if _CONTROL.search(note):
            raise BadNote("it has control characters")
        text, separator, lines = note.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise BadNote("it has no signatures")
        return cls(text + "\n", [_signature(line) for line in lines[:-1].split("\n")])

    def signed_by(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Those of the keys that have signed it. Raises BadNote for a signature of theirs that does not hold."""
        known = {(key.name, key.id): key for key in keys}
        found = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.id))
            if key is None:
                continue
            if not key.holds(self.text, signature.bytes):
                raise BadNote(f"the signature of {key.name} does not hold")
            if key not in found:
                found.append(key)
        return found

    def time_of(self, key: VerifierKey) -> int:
        """When a cosigner signed it, in seconds since 1970; it must be one of `signed_by`."""
        [signature, *_] = [each for each in self.signatures if (each.name, each.id) == (key.name, key.id)]
        return int.from_bytes(signature.bytes[:8])


def read_signatures(lines: str) -> list[Signature]:
    """Signature lines without a note, as a witness answers. Raises BadNote."""
    if not lines.endswith("\n"):
        raise BadNote("a signature line does not end")
    return [_signature(line) for line in lines[:-1].split("\n")]


def write(text: str, lines: Iterable[str]) -> str:
    """A note of a text, which ends with a newline, and signature lines."""
    return f"{text}\n{''.join(lines)}"


def _signature(line: str) -> Signature:
    found = _LINE.fullmatch(line)
    if found is None:
        raise BadNote("a signature line is not of its form")
    raw = from_base64(found[2])
    if len(raw) < 5:
        raise BadNote("a signature is too short")
    return Signature(found[1], raw[:4], raw[4:])


def _cosigned(text: str, at: int) -> str:
    return f"cosignature/v1\ntime {at}\n{text}"


def from_base64(text: str) -> bytes:
    """Strictly: one way to write each value."""
    try:
        raw = b64decode(text, validate=True)
    except (Error, ValueError):
        raise BadNote("it is not base64") from None
    if b64encode(raw).decode() != text:
        raise BadNote("it is not base64 as it is written")
    return raw
