"""The keys that sign: in the table, sealed by the vault, shared by all replicas; the newest signs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from joserfc.jwk import ECKey

from services.directory.model.keyring import ID, AddKey, RevokeKey
from services.directory.tables import KEYRING, KEYS, REVOKED
from shared.contents.vault import SealedBytes, Vault
from shared.facts.envelope import Trail
from shared.identity.tokens import ALGORITHM
from shared.procedure.actor import service_actor
from shared.record.aggregate import Write
from shared.record.database import Database
from shared.record.recorder import Request
from shared.record.rows import Row
from shared.refusals.refusals import Changed, Unavailable
from shared.web.runtime import Runtime
from shared.world.world import new_id

PERSON_HOURS, SYSTEM_HOURS = 8, 1
MARGIN = timedelta(minutes=5)
"""For a token that was being signed while the key was replaced, and for clocks that differ."""

_PUBLISHED = """
SELECT public FROM (
    SELECT kid, public, made_at, lead(made_at) OVER (ORDER BY made_at, kid) AS replaced_at FROM signing_keys
) AS keys
WHERE (replaced_at IS NULL OR replaced_at > now() - $1::interval) AND kid NOT IN (SELECT kid FROM revoked_keys)
ORDER BY made_at DESC
"""


class Keys:
    """Opened keys are remembered by kid; which one signs is asked each time."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        self._opened: dict[str, ECKey] = {}

    async def signing(self) -> tuple[str, ECKey]:
        """Raises Unavailable before the first key, or without the master key that sealed it."""
        async with self.database.plain() as connection:
            row = await connection.fetchrow(
                "SELECT kid, wrapped_key, sealed FROM signing_keys WHERE kid NOT IN (SELECT kid FROM revoked_keys)"
                " ORDER BY made_at DESC, kid DESC LIMIT 1"
            )
        if row is None:
            raise Unavailable("signing key")
        if row["kid"] not in self._opened:
            sealed = SealedBytes(row["wrapped_key"], row["sealed"])
            self._opened[row["kid"]] = ECKey.import_key(json.loads(self.vault.open(sealed, row["kid"])))
        return row["kid"], self._opened[row["kid"]]

    async def there(self, kid: str) -> bool:
        """Whether it signs or has ever signed."""
        async with self.database.plain() as connection:
            found: bool = await connection.fetchval("SELECT EXISTS (SELECT 1 FROM signing_keys WHERE kid = $1)", kid)
        return found

    async def published(self) -> list[dict[str, Any]]:
        """Public keys: the newest, and each one before until its last token has expired; none that was revoked."""
        async with self.database.plain() as connection:
            rows = await connection.fetch(_PUBLISHED, timedelta(hours=PERSON_HOURS) + MARGIN)
        return [orjson.loads(row["public"]) for row in rows]


def revocation(vault: Vault, about: dict[str, Any], kid: str) -> Write[Any]:
    """To be recorded: a new key signs from now on, and tokens of that one hold no longer."""
    made = new_key(vault, about)
    assert not callable(made.commands)
    row = Row(REVOKED, {"kid": kid, "revoked_at": datetime.now(UTC)})
    return Write(KEYRING, ID, [*made.commands, RevokeKey(kid=kid, **about)], also=(*made.also, row))


def new_key(vault: Vault, about: dict[str, Any], expected: int | None = None) -> Write[Any]:
    """To be recorded: a key that signs from then on. `about`: `at`, `actor` and `root` of the command.

    Its time is the machine's, as the tokens' times are.
    """
    kid = new_id()
    key = ECKey.generate_key("P-256", {"kid": kid, "alg": ALGORITHM, "use": "sig"})
    sealed = vault.seal(orjson.dumps(key.as_dict(private=True)), kid)
    row = {
        "kid": kid,
        "public": dict(key.as_dict(private=False)),
        "wrapped_key": sealed.wrapped_key,
        "sealed": sealed.sealed,
        "made_at": datetime.now(UTC),
    }
    return Write(KEYRING, ID, [AddKey(kid=kid, **about)], expected, (Row(KEYS, row),))


async def ensure_a_key(runtime: Runtime) -> None:
    """At the first start; of several replicas one makes it."""
    about = {"at": runtime.now(), "actor": service_actor("directory"), "root": None}
    async with runtime.database.plain() as connection:
        there = await connection.fetchval("SELECT EXISTS (SELECT 1 FROM signing_keys)")
    if not there:
        try:
            await runtime.recorder.record(Request((new_key(runtime.vault, about, 0),), Trail()))
        except Changed:
            return
