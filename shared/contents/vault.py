"""Envelope encryption: AES-256-GCM with a key of its own for each content, wrapped by the master key.

The master key lives outside PostgreSQL and its backups. Destroying a wrapped key erases what it sealed.
"""

import base64
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.refusals.refusals import Unavailable
from shared.world.world import random_bytes

_NONCE = 12


@dataclass(frozen=True, slots=True)
class SealedBytes:
    wrapped_key: bytes
    sealed: bytes


class Vault:
    def __init__(self, master_key: bytes) -> None:
        """`master_key`: 32 bytes."""
        self._master = AESGCM(master_key)
        self._brief = AESGCM(hmac.digest(master_key, b"brief", "sha256"))
        self._marking = hmac.digest(master_key, b"fingerprint", "sha256")
        self._wording = hmac.digest(master_key, b"words", "sha256")

    @classmethod
    def from_text(cls, text: str) -> "Vault":
        """Base64 of 32 bytes."""
        return cls(base64.b64decode(text))

    def seal(self, plain: bytes, about: str) -> SealedBytes:
        """`about` binds the ciphertext to its place (additional authenticated data)."""
        key, aad = random_bytes(32), about.encode()
        nonce, key_nonce = random_bytes(_NONCE), random_bytes(_NONCE)
        wrapped = key_nonce + self._master.encrypt(key_nonce, key, aad)
        return SealedBytes(wrapped, nonce + AESGCM(key).encrypt(nonce, plain, aad))

    def open(self, sealed: SealedBytes, about: str) -> bytes:
        """Raises Unavailable when the master key is not the one that sealed it."""
        aad = about.encode()
        try:
            key = self._master.decrypt(sealed.wrapped_key[:_NONCE], sealed.wrapped_key[_NONCE:], aad)
            return AESGCM(key).decrypt(sealed.sealed[:_NONCE], sealed.sealed[_NONCE:], aad)
        except InvalidTag as error:
            raise Unavailable("key of this content") from error

    def seal_brief(self, plain: bytes, about: str) -> bytes:
        """Without a key of its own: for what is deleted soon and never erased singly."""
        nonce = random_bytes(_NONCE)
        return nonce + self._brief.encrypt(nonce, plain, about.encode())

    def open_brief(self, sealed: bytes, about: str) -> bytes:
        """Raises Unavailable when the master key is not the one that sealed it."""
        try:
            return self._brief.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except InvalidTag as error:
            raise Unavailable("key of this content") from error

    def fingerprint(self, data: bytes) -> bytes:
        """32 bytes, by which nobody without the master key can guess the data."""
        return hmac.digest(self._marking, data, "sha256")

    def mark(self, word: str) -> int:
        """Eight bytes, by which an index finds a word again and nobody without the master key can tell which it is."""
        return int.from_bytes(hmac.digest(self._wording, word.encode(), "sha256")[:8], signed=True)
