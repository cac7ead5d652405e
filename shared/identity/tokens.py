"""Access tokens (RFC 9068), checked against the issuer's published keys."""

import time
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from pydantic_core import from_json

from shared.identity.keys import PublishedKeys
from shared.refusals.refusals import NotSignedIn

ALGORITHM = "ES256"
TYPE = "at+jwt"
LEEWAY = 30
LONGEST = 8192
_REMEMBERED = 4096
_LATEST = 2**53
# A header that is not what it seems makes the library stumble in one of these ways.
_DOES_NOT_HOLD = (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
_ONLY_IN_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token says: an opaque subject, and the department when it is a department's system."""

    subject: str
    department: str | None
    expires: float


class Tokens:
    """Checks signature, algorithm (exactly one), issuer, audience, type and times. Remembers tokens it has accepted.

    `type` is the header's `typ` of access tokens. Providers that write plain `JWT` there, as Keycloak does unless its
    client says otherwise, write it into ID tokens too; those are then told apart by their claims.
    """

    def __init__(self, issuer: str, audience: str, algorithm: str = ALGORITHM, type: str = TYPE) -> None:
        self.issuer, self.audience, self.algorithm, self.type = issuer, audience, algorithm, type.lower()
        self.keys = PublishedKeys(issuer)
        self._accepted: OrderedDict[bytes, Bearer] = OrderedDict()
        self._accepted_with = self.keys.revision

    async def check(self, token: str) -> Bearer:
        """Raises NotSignedIn, or Unavailable when the issuer's keys cannot be had."""
        if self._accepted_with != self.keys.revision:
            self._accepted.clear()
            self._accepted_with = self.keys.revision
        digest = sha256(token.encode(errors="surrogatepass")).digest()
        known = self._accepted.get(digest)
        if known is not None and known.expires > time.time():
            return known
        key = await self.keys.find(self._kid(token))
        bearer = self._read(self._verified(token, key))
        self._accepted[digest] = bearer
        if len(self._accepted) > _REMEMBERED:
            self._accepted.popitem(last=False)
        return bearer

    def _kid(self, token: str) -> str | None:
        """Of a header that is a few texts. Whatever else one may hold (crit, jwk, x5c, b64) is not understood here."""
        first = token.partition(".")[0]
        try:
            header = from_json(urlsafe_b64decode(first + "=" * (-len(first) % 4))) if len(token) <= LONGEST else None
        except ValueError as wrong:
            raise NotSignedIn("the token does not hold") from wrong
        if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
            raise NotSignedIn("the token does not hold")
        if header.get("alg") != self.algorithm:
            raise NotSignedIn("the token does not hold")
        return header.get("kid")

    def _verified(self, token: str, key: Key) -> jwt.Token:
        try:
            return jwt.decode(token, key, algorithms=[self.algorithm])
        except _DOES_NOT_HOLD as wrong:
            raise NotSignedIn("the token does not hold") from wrong

    def _read(self, token: jwt.Token) -> Bearer:
        claims: dict[str, Any] = token.claims
        if not self._is_for_access(str(token.header.get("typ", "")).lower(), claims):
            raise NotSignedIn("not an access token")
        audience = claims.get("aud")
        if claims.get("iss") != self.issuer or self.audience not in (
            audience if isinstance(audience, list) else [audience]
        ):
            raise NotSignedIn("issued by or for somebody else")
        expires, begins, _ = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
        now = time.time()
        if expires + LEEWAY <= now or begins - LEEWAY > now:
            raise NotSignedIn("the token has expired or is not valid yet")
        subject, department = claims.get("sub"), claims.get("department")
        if not isinstance(subject, str) or not subject or not isinstance(department, str | None):
            raise NotSignedIn("the token names nobody")
        return Bearer(subject, department, expires)

    def _is_for_access(self, type: str, claims: Mapping[str, Any]) -> bool:
        if type.removeprefix("application/") != self.type:
            return False
        if self.type == TYPE:
            return True
        # Keycloak says what a token is in a claim of the same name: Bearer, ID, Refresh, Logout.
        return bool(claims["typ"] == "Bearer" if "typ" in claims else _ONLY_IN_ID_TOKENS.isdisjoint(claims))


def _moment(claims: Mapping[str, Any], name: str) -> float:
    """Seconds since 1970; long ago when it is not said. Raises NotSignedIn."""
    value = claims.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LATEST:
        raise NotSignedIn("the token's times are not of their form")
    return float(value)
