"""Who signs in, and the token they get."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt

from services.directory.tokens import passwords, throttle
from services.directory.tokens.keys import PERSON_HOURS, SYSTEM_HOURS, Keys
from shared.identity.tokens import ALGORITHM
from shared.record.database import Database
from shared.web.runtime import Runtime
from shared.world.world import new_id

_WHO = """
SELECT i.account, a.department, a.status, (
    SELECT hash FROM credentials c WHERE c.account = i.account ORDER BY c.id DESC LIMIT 1
) AS hash
FROM identities i JOIN accounts a ON a.id = i.account WHERE i.login = $1
"""
LIFETIME = {"staff": PERSON_HOURS * 3600, "client": SYSTEM_HOURS * 3600}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`kind` is staff or client."""

    account: str
    department: str
    kind: str


class SignIn:
    """One per process."""

    def __init__(self, runtime: Runtime) -> None:
        self.database: Database = runtime.database
        self.issuer, self.audience = runtime.settings.oidc_issuer, runtime.settings.oidc_audience
        self.keys = Keys(runtime.database, runtime.vault)
        self._slots = asyncio.Semaphore(passwords.SLOTS)

    async def check(self, login: str, secret: str, kind: str, place: str) -> SignedIn | None:
        """None for a wrong login or secret, and nothing tells which. Raises TooMuch."""
        login = login if login.isprintable() and len(login) <= passwords.LONGEST else ""
        async with self._slots:
            # Asked for only now: tries that came together must not all pass before the first is counted.
            async with self.database.plain() as connection:
                await throttle.check(connection, login, place)
                row = await connection.fetchrow(_WHO, login)
            fits = await passwords.fits(row["hash"] if row and row["status"] == kind else None, secret)
            async with self.database.plain() as connection:
                await (throttle.passed if fits else throttle.count_wrong)(connection, login, place)
        return SignedIn(row["account"], row["department"], kind) if fits and row else None

    async def token(self, who: SignedIn, client_id: str) -> dict[str, Any]:
        """As RFC 6749, section 5.1 has it. Its times are the machine's, whatever time the district is at."""
        kid, key = await self.keys.signing()
        now, lifetime = int(time.time()), LIFETIME[who.kind]
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": who.account,
            "client_id": client_id,
            "department": who.department,
            "iat": now,
            "exp": now + lifetime,
            "jti": new_id(),
        }
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": kid}
        token = jwt.encode(header, claims, key, algorithms=[ALGORITHM])
        return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}
