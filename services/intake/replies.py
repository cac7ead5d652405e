"""What offices wrote for a reporter, asked of its owner when the reporter reads it; nothing of it is kept here."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

from services.intake.views import Reply
from shared.identity.own_token import OwnToken
from shared.refusals.refusals import Unavailable
from shared.web.runtime import Runtime

Missing = Literal["away", "erased", "withheld"]
_MISSING: dict[int, Missing] = {403: "withheld", 404: "withheld", 409: "withheld", 410: "erased"}
"""What the owner's refusal means; every other answer is that it cannot be asked now."""


@dataclass(frozen=True, slots=True)
class Told:
    """A reply with its text, or with why there is none."""

    reply: Reply
    text: str | None
    missing: Missing | None = None


class Replies:
    """One per process."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.urls = runtime, runtime.settings.service_urls
        secret = runtime.settings.client_secret
        client_id = f"service.{runtime.service.name}"
        self.token = OwnToken(
            runtime.settings.oidc_issuer, client_id, secret.get_secret_value() if secret is not None else None
        )

    async def of(self, replies: Sequence[Reply]) -> list[Told]:
        """In the same order."""
        return list(await asyncio.gather(*(self._one(reply) for reply in replies)))

    async def _one(self, reply: Reply) -> Told:
        try:
            answer = await self._ask(reply)
        except (httpx.HTTPError, Unavailable, KeyError):
            return Told(reply, None, "away")
        if answer.status_code == httpx.codes.OK:
            return Told(reply, answer.text)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self.token.forget()
        return Told(reply, None, _MISSING.get(answer.status_code, "away"))

    async def _ask(self, reply: Reply) -> httpx.Response:
        """Raises HTTPError, Unavailable; KeyError where nobody has said where the owner is."""
        client = self.runtime.http
        headers = {"Authorization": f"Bearer {await self.token.get(client)}"}
        return await client.get(f"{self.urls[reply.owner]}/v1/replies/{reply.content_id}", headers=headers)
