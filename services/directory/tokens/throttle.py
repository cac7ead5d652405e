"""Wrong tries are counted in the table, so that every replica and every restart knows of them.

Twice: for a login from one place, and, with more patience, for a login from all places where nobody has ever signed
in to it. Who has signed in from a place before is thus kept out by nobody who guesses elsewhere.
"""

from dataclasses import dataclass
from hashlib import sha256

from shared.record.database import Connection
from shared.refusals.refusals import TooMuch

FREE, FREE_ELSEWHERE = 5, 50
"""Wrong tries before the first pause: from one place, and from all places that are not known to be good."""
FIRST_PAUSE, LONGEST_PAUSE = 60, 900
"""Seconds; each further wrong try doubles the pause. A day without one forgets them."""

_LEFT = f"""
SELECT max(ceil(extract(epoch FROM last_at - now())
           + least({LONGEST_PAUSE}, {FIRST_PAUSE} * power(2, least(wrong - free, 10))))::integer)
FROM wrong_tries JOIN unnest($1::bytea[], $2::integer[]) AS counted (digest, free) ON login_digest = digest
WHERE wrong >= free
"""
_COUNT = """
INSERT INTO wrong_tries (login_digest, wrong, last_at) SELECT digest, 1, now() FROM unnest($1::bytea[]) AS digest
ORDER BY digest ON CONFLICT (login_digest) DO UPDATE SET wrong = wrong_tries.wrong + 1, last_at = now()
"""
_GOOD = """
INSERT INTO good_places (place_digest, last_at) VALUES ($1, now())
ON CONFLICT (place_digest) DO UPDATE SET last_at = now()
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What was typed as a login may be a password: only digests are kept."""

    everywhere: bytes
    here: bytes

    @classmethod
    def of(cls, login: str, place: str) -> "Tried":
        return cls(sha256(login.encode()).digest(), sha256(f"{login}\0{place}".encode()).digest())


async def check(connection: Connection, login: str, place: str) -> None:
    """Raises TooMuch with the seconds left."""
    tried = Tried.of(login, place)
    counted = {tried.here: FREE}
    if not await _is_good(connection, tried):
        counted[tried.everywhere] = FREE_ELSEWHERE
    left = await connection.fetchval(_LEFT, list(counted), list(counted.values()))
    if left is not None and left > 0:
        raise TooMuch(left)


async def count_wrong(connection: Connection, login: str, place: str) -> None:
    tried = Tried.of(login, place)
    await connection.execute("DELETE FROM wrong_tries WHERE last_at < now() - interval '1 day'")
    elsewhere = [] if await _is_good(connection, tried) else [tried.everywhere]
    await connection.execute(_COUNT, [tried.here, *elsewhere])


async def passed(connection: Connection, login: str, place: str) -> None:
    """This place is good from now on, for a year of silence; what was guessed elsewhere stays counted."""
    tried = Tried.of(login, place)
    await connection.execute("DELETE FROM wrong_tries WHERE login_digest = $1", tried.here)
    await connection.execute("DELETE FROM good_places WHERE last_at < now() - interval '1 year'")
    await connection.execute(_GOOD, tried.here)


async def _is_good(connection: Connection, tried: Tried) -> bool:
    good: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM good_places WHERE place_digest = $1)", tried.here
    )
    return good
