"""Access tokens (RFC 9068), checked against the issuer's published keys (RFC 7517)."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.refusals.refusals import NotSignedIn, Unavailable

ALGORITHM = "ES256"
LEEWAY = 30
_REMEMBERED = 4096
_REFETCH = 1.0


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token says: an opaque subject, and the department when it is a department's system."""

    subject: str
    department: str | None
    expires: float


class Tokens:
    """Checks signature, algorithm (exactly one), issuer, audience, type and times. Remembers tokens it has accepted."""

    def __init__(self, issuer: str, audience: str, algorithm: str = ALGORITHM) -> None:
        self.issuer, self.audience, self.algorithm = issuer, audience, algorithm
        self._keys: KeySet | None = None
        self._fetched = 0.0
        self._fetching = asyncio.Lock()
        self._accepted: OrderedDict[bytes, Bearer] = OrderedDict()

    async def check(self, token: str) -> Bearer:
        """Raises NotSignedIn, or Unavailable when the issuer's keys cannot be had."""
        digest = sha256(token.encode()).digest()
        known = self._accepted.get(digest)
        if known is not None and known.expires > time.time():
            return known
        bearer = await self._verify(token)
        self._accepted[digest] = bearer
        if len(self._accepted) > _REMEMBERED:
            self._accepted.popitem(last=False)
        return bearer

    async def _verify(self, token: str) -> Bearer:
        try:
            decoded = self._decode(token, await self._key_set(refresh=False))
        except (JoseError, ValueError):
            try:
                decoded = self._decode(token, await self._key_set(refresh=True))
            except (JoseError, ValueError) as wrong:
                raise NotSignedIn("the token does not hold") from wrong
        return self._read(decoded)

    def _decode(self, token: str, keys: KeySet) -> jwt.Token:
        return jwt.decode(token, keys, algorithms=[self.algorithm])

    def _read(self, token: jwt.Token) -> Bearer:
        claims: dict[str, Any] = token.claims
        now = time.time()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if str(token.header.get("typ", "")).lower() not in ("at+jwt", "application/at+jwt", "jwt"):
            raise NotSignedIn("not an access token")
        if claims.get("iss") != self.issuer or self.audience not in audiences:
            raise NotSignedIn("issued by or for somebody else")
        expires, begins = claims.get("exp"), claims.get("nbf", 0)
        if not isinstance(expires, int | float) or expires + LEEWAY <= now or begins - LEEWAY > now:
            raise NotSignedIn("the token has expired or is not valid yet")
        if not isinstance(claims.get("sub"), str):
            raise NotSignedIn("the token names nobody")
        return Bearer(claims["sub"], claims.get("department"), expires)

    async def _key_set(self, refresh: bool) -> KeySet:
        async with self._fetching:
            if self._keys is None or (refresh and time.monotonic() - self._fetched > _REFETCH):
                self._keys = await self._fetch()
                self._fetched = time.monotonic()
            return self._keys

    async def _fetch(self) -> KeySet:
        try:
            async with httpx.AsyncClient(timeout=3, trust_env=False) as client:
                configuration = await client.get(f"{self.issuer}/.well-known/openid-configuration")
                keys = await client.get(configuration.raise_for_status().json()["jwks_uri"])
                return KeySet.import_key_set(keys.raise_for_status().json())
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise Unavailable("identity provider") from error
