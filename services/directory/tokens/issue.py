"""Who signs in, and the token they get."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.directory.tokens import codes, passwords, throttle
from services.directory.tokens.codes import Grant
from services.directory.tokens.keys import PERSON_HOURS, SYSTEM_HOURS, Keys
from services.directory.tokens.settings import SignInSettings
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
        self.settings = SignInSettings()
        self.keys = Keys(runtime.database, runtime.vault)
        self._slots = asyncio.Semaphore(passwords.SLOTS)

    @property
    def browsers(self) -> str:
        """Where they reach this issuer."""
        return (self.settings.sign_in_url or self.issuer).rstrip("/")

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
        lifetime = LIFETIME[who.kind]
        claims = {"client_id": client_id, "department": who.department, "jti": new_id()}
        token = await self._signed("at+jwt", {"aud": self.audience, "sub": who.account, **claims}, lifetime)
        return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}

    async def exchanged(self, code: str, client_id: str, redirect_uri: str, verifier: str) -> dict[str, Any] | None:
        """Both tokens for a code; it is used up, whatever comes of it. None where it does not fit."""
        async with self.database.plain() as connection:
            grant = await codes.take(connection, code)
        if grant is None or not grant.fits(client_id, redirect_uri, verifier):
            return None
        who = SignedIn(grant.account, grant.department, "staff")
        id_token = await self._id_token(grant, LIFETIME[who.kind])
        return {**await self.token(who, client_id), "scope": "openid", "id_token": id_token}

    async def _id_token(self, grant: Grant, lifetime: int) -> str:
        """OpenID Connect Core, section 2: who, since when, for which page; no name."""
        claims = {"aud": grant.client_id, "sub": grant.account, "auth_time": int(grant.made_at.timestamp())}
        nonce = {"nonce": grant.nonce} if grant.nonce is not None else {}
        return await self._signed("JWT", {**claims, **nonce}, lifetime)

    async def _signed(self, typ: str, claims: dict[str, Any], lifetime: int) -> str:
        kid, key = await self.keys.signing()
        now = int(time.time())
        times = {"iss": self.issuer, "iat": now, "exp": now + lifetime}
        return jwt.encode({"alg": ALGORITHM, "typ": typ, "kid": kid}, {**times, **claims}, key, algorithms=[ALGORITHM])

    async def client_of(self, id_token: str) -> str | None:
        """For whom this issuer made it, also long ago; None if it did not, or by a key that is published no more."""
        try:
            keys = KeySet.import_key_set({"keys": await self.keys.published()})
            claims = jwt.decode(id_token, keys, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        return claims["aud"] if claims.get("iss") == self.issuer and isinstance(claims.get("aud"), str) else None
