"""Envelope encryption: AES-256-GCM with a key of its own for each content, wrapped by the master key.

The master key lives outside PostgreSQL and its backups. Destroying a wrapped key erases what it sealed.
"""

import base64
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

    @classmethod
    def from_text(cls, text: str) -> "Vault":
        """Base64 of 32 bytes; a key of this process alone when empty, for services that keep no contents."""
        return cls(base64.b64decode(text) if text else random_bytes(32))

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
