"""Tokens for test users: from `directory` when it runs, else from the kit's own issuer."""

from collections.abc import AsyncGenerator

import httpx

from tests.kit.issuer import the_issuer
from tests.kit.reference import department_of


class Gatekeeper:
    """Knows where tokens come from and remembers those it got."""

    def __init__(self, directory: str | None) -> None:
        self.directory = directory
        self.issuer = directory or the_issuer().url
        self._tokens: dict[str, str] = {}

    def auth(self, user: str | None) -> httpx.Auth | None:
        return None if user is None else _Signed(self, user)

    async def token(self, user: str) -> str:
        if user not in self._tokens:
            self._tokens[user] = the_issuer().token(user, department_of(user))
        return self._tokens[user]


class _Signed(httpx.Auth):
    def __init__(self, gatekeeper: Gatekeeper, user: str) -> None:
        self.gatekeeper, self.user = gatekeeper, user

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["Authorization"] = f"Bearer {await self.gatekeeper.token(self.user)}"
        yield request
