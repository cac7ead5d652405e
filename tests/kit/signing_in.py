"""Tokens for test users: from `directory` when it runs, else from the kit's own issuer."""

from collections.abc import AsyncGenerator

import httpx

from tests.kit.issuer import the_issuer
from tests.kit.reference import department_of

PASSWORD = "everybody's in the tests"


class Gatekeeper:
    """Knows where tokens come from and remembers those it got."""

    def __init__(self, directory: str | None) -> None:
        self.directory = directory
        self.issuer = directory or the_issuer().url
        self.homes: dict[str, str] = {}
        self._tokens: dict[str, str] = {}

    def auth(self, user: str | None) -> httpx.Auth | None:
        return None if user is None else _Signed(self, user)

    async def token(self, user: str) -> str:
        if user not in self._tokens:
            self._tokens[user] = await self._sign_in(user)
        return self._tokens[user]

    async def _sign_in(self, user: str) -> str:
        if self.directory is None:
            return the_issuer().token(user, self.homes.get(user) or department_of(user))
        async with httpx.AsyncClient(base_url=self.directory, trust_env=False) as client:
            if user.startswith(("system.", "service.")):
                form = {"grant_type": "client_credentials"}
                answer = await client.post("/v1/token", data=form, auth=(user, PASSWORD))
            else:
                form = {"grant_type": "password", "username": user, "password": PASSWORD}
                answer = await client.post("/v1/token", data=form)
        return str(answer.raise_for_status().json()["access_token"])


class _Signed(httpx.Auth):
    def __init__(self, gatekeeper: Gatekeeper, user: str) -> None:
        self.gatekeeper, self.user = gatekeeper, user

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["Authorization"] = f"Bearer {await self.gatekeeper.token(self.user)}"
        yield request
