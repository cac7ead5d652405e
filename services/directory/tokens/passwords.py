"""Passwords and client secrets: argon2id, off the event loop, equally slow for whoever does not exist."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.directory.tables import CREDENTIALS
from shared.record.rows import Row
from shared.world.world import new_id, random_bytes

LONGEST = 256
SLOTS = 2
"""Hashes worked on at the same time: each takes a core and 19 MiB."""
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hashed(secret: str) -> str:
    return await asyncio.to_thread(_hasher.hash, secret)


async def fits(hash: str | None, secret: str) -> bool:
    """In constant time also without a hash or with a secret that nobody can have."""
    known = hash is not None and len(secret) <= LONGEST
    matches = await asyncio.to_thread(_verify, hash if known and hash else _nobodys(), secret[:LONGEST])
    return known and matches


def _verify(hash: str, secret: str) -> bool:
    try:
        return _hasher.verify(hash, secret)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash(random_bytes(32))


def credential(account: str, hash: str) -> Row:
    """For the transaction of the command that sets it; the newest of an account holds."""
    return Row(CREDENTIALS, {"id": new_id(), "account": account, "hash": hash})
