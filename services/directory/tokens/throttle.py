"""Wrong tries are counted in the table, so that every replica and every restart knows of them."""

from hashlib import sha256

from shared.record.database import Connection
from shared.refusals.refusals import TooMuch

FREE = 5
"""Wrong tries before the first pause."""
FIRST_PAUSE, LONGEST_PAUSE = 60, 900
"""Seconds; each further wrong try doubles the pause. A day without one forgets them."""

_PAUSE = f"least({LONGEST_PAUSE}, {FIRST_PAUSE} * power(2, least(wrong - {FREE}, 10)))"
_LEFT = f"""
SELECT ceil(extract(epoch FROM last_at - now()) + {_PAUSE})::integer FROM wrong_tries
WHERE login_digest = $1 AND wrong >= {FREE}
"""
_COUNT = """
INSERT INTO wrong_tries (login_digest, wrong, last_at) VALUES ($1, 1, now())
ON CONFLICT (login_digest) DO UPDATE SET wrong = wrong_tries.wrong + 1, last_at = now()
"""


def digest(login: str) -> bytes:
    """What was typed as a login may be a password."""
    return sha256(login.encode()).digest()


async def check(connection: Connection, login: str) -> None:
    """Raises TooMuch with the seconds left."""
    left = await connection.fetchval(_LEFT, digest(login))
    if left is not None and left > 0:
        raise TooMuch(left)


async def count_wrong(connection: Connection, login: str) -> None:
    await connection.execute("DELETE FROM wrong_tries WHERE last_at < now() - interval '1 day'")
    await connection.execute(_COUNT, digest(login))


async def forget(connection: Connection, login: str) -> None:
    await connection.execute("DELETE FROM wrong_tries WHERE login_digest = $1", digest(login))
