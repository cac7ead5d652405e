"""A service's own access token (RFC 6749, section 4.4), for asking another service."""

import asyncio
import time

import httpx

from shared.refusals.refusals import Unavailable

EARLY = 60.0
"""Seconds before its end at which another one is fetched."""


class OwnToken:
    def __init__(self, issuer: str, client_id: str, secret: str | None) -> None:
        self.issuer, self.client_id, self.secret = issuer, client_id, secret
        self._token, self._until = "", 0.0
        self._fetching = asyncio.Lock()

    async def get(self, client: httpx.AsyncClient) -> str:
        """Raises Unavailable without the issuer, or without a secret that it accepts."""
        async with self._fetching:
            if time.monotonic() >= self._until:
                await self._fetch(client)
            return self._token

    def forget(self) -> None:
        """It was refused: its key may have been revoked."""
        self._until = 0.0

    async def _fetch(self, client: httpx.AsyncClient) -> None:
        if self.secret is None:
            raise Unavailable("identity provider")
        try:
            found = await client.get(f"{self.issuer}/.well-known/openid-configuration")
            form = {"grant_type": "client_credentials"}
            url, auth = found.raise_for_status().json()["token_endpoint"], (self.client_id, self.secret)
            given = (await client.post(url, data=form, auth=auth)).raise_for_status().json()
            self._token, self._until = given["access_token"], time.monotonic() + given["expires_in"] - EARLY
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise Unavailable("identity provider") from error
