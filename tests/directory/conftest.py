"""Directory as it first starts with the Dongzheng district, and people who sign in to it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
import pytest_asyncio

from tests.kit.reference import DISTRICT
from tests.kit.signing_in import PASSWORD
from tests.kit.world import World, running

BACK, HOME = "http://127.0.0.1:8120/auth/callback", "http://127.0.0.1:8120/"
CLIENTS = {
    "console": {"redirect_uris": [BACK], "post_logout_redirect_uris": [HOME]},
    "other": {"redirect_uris": [f"{BACK}?from=here"]},
}


@dataclass
class Town:
    """`as_` is a client signed in through the token endpoint."""

    world: World
    tokens: dict[str, str] = field(default_factory=dict)

    def nobody(self) -> httpx.AsyncClient:
        return self.world.client("directory")

    async def sign_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        form = {"grant_type": "password", "username": username, "password": password}
        async with self.nobody() as client:
            return await client.post("/v1/token", data=form)

    async def token(self, who: str) -> str:
        if who not in self.tokens:
            answer = await (self.client_token(who) if who.startswith("system.") else self.sign_in(who))
            self.tokens[who] = answer.json()["access_token"]
        return self.tokens[who]

    async def client_token(self, client_id: str, secret: str = PASSWORD) -> httpx.Response:
        async with self.nobody() as client:
            form = {"grant_type": "client_credentials"}
            return await client.post("/v1/token", data=form, auth=(client_id, secret))

    async def as_(self, who: str) -> httpx.AsyncClient:
        client = self.nobody()
        client.headers["Authorization"] = f"Bearer {await self.token(who)}"
        return client

    async def knows(self, kind: str, code: str) -> None:
        """Until the fact has come back into the local copy, by which posts are judged."""
        runtime = self.world.runtime("directory")
        await self.world.until(lambda: runtime.reference.get(kind, code, runtime.now()) is not None)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def town() -> AsyncIterator[Town]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LIANZHI_DISTRICT", str(DISTRICT))
        environment.setenv("DEMO_PASSWORD", PASSWORD)
        environment.setenv("OIDC_CLIENTS", json.dumps(CLIENTS))
        environment.setenv("SAMPLE_PEOPLE", json.dumps(["clerk.liu", "city.tang", "nobody.here"]))
        async with running("directory") as world:
            town = Town(world)
            await world.until(lambda: _administrator_is_known(town), 20)
            yield town


async def _administrator_is_known(town: Town) -> bool:
    answer = await town.sign_in("admin.ran")
    if answer.status_code != httpx.codes.OK:
        return False
    town.tokens["admin.ran"] = answer.json()["access_token"]
    async with await town.as_("admin.ran") as client:
        return (await client.get("/v1/posts")).status_code == httpx.codes.OK
