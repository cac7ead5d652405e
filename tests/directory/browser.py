"""A browser and a page behind it, as far as signing in needs them."""

import base64
import re
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.directory.conftest import BACK, Town
from tests.kit.signing_in import PASSWORD

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED: dict[str, str] = {
    "client_id": "console",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid",
    "state": "where I was & what I did",
    "nonce": "n-0S6_WzA2Mj",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def fields(html: str) -> dict[str, str]:
    """Of the form, as it stands."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name is not None
        found[unescape(name[1])] = unescape(value[1]) if value else ""
    return found


def arrived(answer: httpx.Response) -> dict[str, str]:
    """What the page is told at its address."""
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@dataclass
class Browser:
    """Keeps its cookies; follows nothing."""

    town: Town
    address: str = "127.0.0.1"
    language: str = "zh-CN"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    async def send(self, method: str, path: str, **what: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.town.world.apps["directory"], client=(self.address, 50_000))
        url, headers = "http://127.0.0.1", {"Accept-Language": self.language}
        async with httpx.AsyncClient(
            transport=transport, base_url=url, headers=headers, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **what)
            self.cookies.update(client.cookies)
        return answer

    async def open(self, **changed: str | None) -> httpx.Response:
        asked = {name: value for name, value in {**ASKED, **changed}.items() if value is not None}
        return await self.send("GET", "/v1/authorize", params=asked)

    async def type_in(self, page: httpx.Response, who: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        filled = {**fields(page.text), "username": who, "password": password, **more}
        return await self.send("POST", "/v1/authorize", data=filled)

    async def sign_in(self, who: str = "clerk.liu", **changed: str | None) -> str:
        """The code."""
        return arrived(await self.type_in(await self.open(**changed), who))["code"]

    async def exchange(self, code: str | None, **changed: str | None) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": "console",
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
            **changed,
        }
        async with self.town.nobody() as client:
            return await client.post("/v1/token", data={name: v for name, v in form.items() if v is not None})
