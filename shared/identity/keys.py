"""The issuer's published keys (RFC 7517, OpenID Connect Discovery)."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from shared.refusals.failures import describe
from shared.refusals.refusals import NotSignedIn, Unavailable

REFETCH = 1.0
"""Seconds from one look at the issuer to the next, whether it answered or not."""
OLD = 300.0
"""Seconds after which keys are looked at again, so that a withdrawn one ceases to count."""
_PATIENCE = 5.0
_MALFORMED = (httpx.HTTPError, httpx.InvalidURL, JoseError, LookupError, ValueError, TypeError, AttributeError)
log = structlog.get_logger("identity")


class PublishedKeys:
    """A known key is found without waiting; for an unknown one all wait for the same fetch, at most one a second."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.revision = 0
        """Grows when a key is withdrawn or replaced: what it has signed no longer counts."""
        self._known: dict[str, Key] = {}
        self._fetching: asyncio.Task[None] | None = None
        self._looked_at = float("-inf")
        self._reached = False
        self._client: httpx.AsyncClient | None = None

    async def find(self, kid: str | None) -> Key:
        """Without `kid` the only key there is. Raises NotSignedIn, or Unavailable when the issuer cannot be asked."""
        key = self._by(kid)
        if key is None:
            self._look_soon()
            if self._fetching is not None:
                await asyncio.shield(self._fetching)
            key = self._by(kid)
        else:
            self._look(OLD)
        if key is None:
            raise NotSignedIn("the token does not hold") if self._reached else Unavailable("identity provider")
        return key

    async def renew(self) -> None:
        """Look again, once there are keys: tokens that are remembered ask for none, and one may have been revoked."""
        if self._known:
            self._look(0.0)
        if self._fetching is not None:
            await asyncio.shield(self._fetching)

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching
        if self._client is not None:
            await self._client.aclose()

    def _by(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._known.values())) if len(self._known) == 1 else None
        return self._known.get(kid)

    def _look(self, after: float) -> None:
        """Begin a fetch, unless one is under way or the last one is younger than that."""
        if self._fetching is None and time.monotonic() - self._looked_at >= after:
            self._fetching = asyncio.create_task(self._fetch(), name="issuer's keys")

    def _look_soon(self) -> None:
        """A key that came within the last second may have signed this: who asks waits for the next look."""
        if not self._reached:
            self._look(REFETCH)
        elif self._fetching is None:
            wait = max(0.0, self._looked_at + REFETCH - time.monotonic())
            self._fetching = asyncio.create_task(self._fetch(wait), name="issuer's keys")

    async def _fetch(self, wait: float = 0.0) -> None:
        try:
            await asyncio.sleep(wait)
            client = self._client = self._client or httpx.AsyncClient(timeout=3, trust_env=False)
            async with asyncio.timeout(_PATIENCE):
                configuration = await _json(client, f"{self.issuer}/.well-known/openid-configuration")
                found = KeySet.import_key_set(await _json(client, configuration["jwks_uri"]))
            self._take({str(key.kid): key for key in found})
            self._reached = True
        except (*_MALFORMED, TimeoutError) as error:
            self._reached = False
            log.warning("the issuer's keys cannot be had; those known still count", error=describe(error))
        finally:
            self._looked_at, self._fetching = time.monotonic(), None

    def _take(self, found: dict[str, Key]) -> None:
        if any(kid not in found or found[kid].thumbprint() != key.thumbprint() for kid, key in self._known.items()):
            self.revision += 1
        self._known = found


async def _json(client: httpx.AsyncClient, url: str) -> Any:
    return (await client.get(url)).raise_for_status().json()
