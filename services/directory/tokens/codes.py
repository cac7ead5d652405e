"""Authorization codes: in the table as digests, so that each replica takes them, and each only once."""

import base64
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import compare_digest

from services.directory.tokens.asked import Asked
from shared.record.database import Connection
from shared.world.world import random_bytes

SECONDS = 60
"""Before which a code has to be used."""

_ISSUE = """
INSERT INTO sign_in_codes (code_digest, client_id, redirect_uri, challenge, nonce, account, made_at)
VALUES ($1, $2, $3, $4, $5, $6, now())
"""
_OLD = f"made_at <= now() - interval '{SECONDS} seconds'"
# Whatever comes of it, it is gone then; who has left meanwhile gets nothing.
_TAKE = f"""
WITH taken AS (DELETE FROM sign_in_codes WHERE code_digest = $1 RETURNING *)
SELECT client_id, redirect_uri, challenge, nonce, account, department, made_at
FROM taken JOIN accounts ON accounts.id = taken.account WHERE status = 'staff' AND NOT {_OLD}
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for. `made_at`: when the password was checked."""

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    account: str
    department: str
    made_at: datetime

    def fits(self, client_id: str, redirect_uri: str, verifier: str) -> bool:
        made = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        same = (self.client_id, self.redirect_uri) == (client_id, redirect_uri)
        return compare_digest(made, self.challenge) and same


async def issue(connection: Connection, asked: Asked, account: str) -> str:
    code = base64.urlsafe_b64encode(random_bytes(32)).decode().rstrip("=")
    await connection.execute(f"DELETE FROM sign_in_codes WHERE {_OLD}")
    about = (asked.client_id, asked.redirect_uri, asked.challenge, asked.nonce, account)
    await connection.execute(_ISSUE, _digest(code), *about)
    return code


async def take(connection: Connection, code: str) -> Grant | None:
    """None for one that was never given, is used, or is too old."""
    row = await connection.fetchrow(_TAKE, _digest(code))
    return Grant(**row) if row is not None else None


def _digest(code: str) -> bytes:
    return sha256(code.encode(errors="surrogatepass")).digest()
