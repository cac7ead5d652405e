"""How a service is asked as the person signed in, and what its refusals look like to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.refusals.words import Language, Word

WITHIN = httpx.Timeout(20.0, connect=3.0)
Params = Mapping[str, Any]


class NotSignedIn(Exception):
    """The token does not hold any more."""


@dataclass(slots=True, eq=False)
class Refusal(Exception):
    """A service's answer that is none: why, in the person's language. `status` 0: it could not be reached."""

    status: int
    code: str
    why: str
    body: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.why


UNREACHABLE = Word("{service} 暂时连接不上，请稍后再试", "{service} cannot be reached at the moment; try again shortly")
NAMES: Mapping[str, Word] = {
    "directory": Word("基础目录", "The directory"),
    "intake": Word("受理服务", "Intake"),
    "dispatch": Word("分派服务", "Dispatch"),
    "petition": Word("信访服务", "The petition service"),
    "audit": Word("审计服务", "Audit"),
    "police": Word("公安服务", "The police service"),
    "justice": Word("司法服务", "The justice service"),
    "emergency": Word("应急服务", "The emergency service"),
}


class Services:
    """One per process: connections to every service."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self._client = httpx.AsyncClient(timeout=WITHIN, limits=limits)
        self.urls = urls

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self, method: str, service: str, path: str, headers: Mapping[str, str], said: Language, **about: Any
    ) -> httpx.Response:
        """Raises NotSignedIn, Refusal."""
        try:
            answer = await self._client.request(method, self.urls[service] + path, headers=headers, **about)
        except httpx.TransportError as error:
            why = UNREACHABLE.said(said).format(service=NAMES[service].said(said))
            raise Refusal(0, "unreachable", why) from error
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise NotSignedIn
        if answer.is_error:
            raise _refusal(answer)
        return answer


def _refusal(answer: httpx.Response) -> Refusal:
    try:
        body: Any = answer.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    why = str(body.get("detail") or body.get("title") or answer.reason_phrase)
    return Refusal(answer.status_code, str(body.get("code", "")), why, body)


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks services as one person, in their language; nobody without a token."""

    services: Services
    token: str | None
    language: Language
    tracking_code: str = ""
    """Of a resident who follows a report."""

    @property
    def headers(self) -> dict[str, str]:
        """Who asks, and in which language."""
        said = {"Accept-Language": "zh-CN" if self.language == "zh" else "en"}
        return said | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    async def get(self, service: str, path: str, params: Params | None = None) -> Any:
        """Raises NotSignedIn, Refusal."""
        return (await self._ask("GET", service, path, params=_given(params))).json()

    async def read(self, service: str, path: str, params: Params | None = None) -> httpx.Response:
        """What is no JSON. Raises NotSignedIn, Refusal."""
        return await self._ask("GET", service, path, params=_given(params))

    async def post(
        self, service: str, path: str, body: Params | None = None, key: str | None = None, version: int | None = None
    ) -> Any:
        """`key`: sent again it is done once. `version`: of what it was decided on. Raises NotSignedIn, Refusal."""
        return await self._send("POST", service, path, body, key, version)

    async def put(
        self, service: str, path: str, body: Params, key: str | None = None, version: int | None = None
    ) -> Any:
        """As `post`."""
        return await self._send("PUT", service, path, body, key, version)

    async def delete(self, service: str, path: str) -> Any:
        """Raises NotSignedIn, Refusal."""
        return await self._send("DELETE", service, path, None, None, None)

    async def _send(
        self, method: str, service: str, path: str, body: Params | None, key: str | None, version: int | None
    ) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        about = {} if body is None else {"json": body}
        answer = await self._ask(method, service, path, headers, **about)
        return answer.json() if answer.content else {}

    async def _ask(
        self, method: str, service: str, path: str, more: Mapping[str, str] | None = None, **about: Any
    ) -> httpx.Response:
        headers = {**self.headers, **(more or {})}
        if self.tracking_code.isascii() and self.tracking_code.isprintable():
            headers |= {"Tracking-Code": self.tracking_code} if self.tracking_code else {}
        return await self.services.ask(method, service, path, headers, self.language, **about)


def _given(params: Params | None) -> dict[str, Any]:
    """Without what is not asked for."""
    return {name: value for name, value in (params or {}).items() if value not in (None, "", ())}
