"""HTTP as a patient person does it: signs in, asks again while a service restarts or a fact is on its way."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import orjson

from deploy.scenarios.connections import Connections, Response

AWAY_AT_MOST = 60.0
ON_ITS_WAY_AT_MOST = 30.0
FIRST_POLL, LONGEST_POLL = 0.02, 0.25
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
# What another service's fact, heard a moment later, can turn into a yes.
NOT_YET = frozenset({"not-found", "not-now", "no-extension-asked", "already-held", "case-not-open"})
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
UNAUTHORIZED = 401
SYSTEM_PREFIX = "system."


class Unreachable(Exception):
    """No answer for a minute."""


@dataclass
class Declined(Exception):
    """A refusal that waiting does not change, or did not."""

    status: int
    code: str
    title: str

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.title}"


@dataclass(frozen=True)
class Ask:
    """One request. `as_` None: nobody is signed in; `now`: a refusal is an answer, do not ask again."""

    service: str
    method: str
    path: str
    as_: str | None = None
    key: str | None = None
    body: Any = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    now: bool = False


class Api:
    """`urls` by service; everybody in `password`'s district signs in with it."""

    def __init__(self, urls: Mapping[str, str], password: str) -> None:
        self.urls, self.password = urls, password
        self.calls = 0
        self._tokens: dict[str, str] = {}
        self._signing_in = asyncio.Lock()
        self._connections = Connections()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._connections.close()

    async def do(self, ask: Ask) -> Any:
        """The answer's JSON. Raises Declined, Unreachable."""
        return orjson.loads((await self.answer(ask)).body)

    async def answer(self, ask: Ask) -> Response:
        """A success. Raises Declined, Unreachable."""
        patience = Patience()
        while True:
            response = await self._send(ask)
            if response is not None and response.is_success:
                return response
            await patience.wait(ask, response)

    async def get(self, service: str, path: str, as_: str | None, wait: int = 0, **query: Any) -> Any:
        """`wait`: seconds that the service may hold the answer back for what is on its way."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        path = f"{path}?{urlencode(given)}" if given else path
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        return await self.do(Ask(service, "GET", path, as_, headers=headers))

    async def _send(self, ask: Ask) -> Response | None:
        """None when the service cannot be reached."""
        try:
            response = await self._once(ask)
            if response.status == UNAUTHORIZED and ask.as_ is not None:
                self._tokens.pop(ask.as_, None)  # it has expired
                response = await self._once(ask)
            return response
        except (OSError, TimeoutError):
            return None

    async def _once(self, ask: Ask) -> Response:
        headers = {"Accept-Language": "en", **ask.headers}
        if ask.as_ is not None:
            headers["Authorization"] = f"Bearer {await self._token(ask.as_)}"
        if ask.key is not None:
            headers["Idempotency-Key"] = ask.key
        content = ask.body
        if content is not None:
            headers["Content-Type"] = ask.media_type
            content = orjson.dumps(content) if ask.media_type == JSON else content
        self.calls += 1
        url = self.urls[ask.service] + ask.path
        return await self._connections.ask(ask.method, url, headers, content)

    async def _token(self, username: str) -> str:
        async with self._signing_in:
            if username not in self._tokens:
                self._tokens[username] = await self._fetch_token(username)
            return self._tokens[username]

    async def sign_in(self, username: str) -> None:
        """Before a long piece of work. Raises Declined, ConnectionError."""
        await self._token(username)

    async def _fetch_token(self, username: str) -> str:
        url = self.urls["directory"] + "/v1/token"
        form = urlencode(self._credentials(username)).encode()
        response = await self._connections.ask("POST", url, {"Content-Type": FORM}, form)
        if response.status in (400, UNAUTHORIZED):
            raise Declined(response.status, "sign-in", f"{username} cannot sign in: wrong name or password")
        if not response.is_success:
            raise ConnectionError(f"{username} cannot sign in now: {response.status}")
        return str(orjson.loads(response.body)["access_token"])

    def _credentials(self, who: str) -> dict[str, str]:
        if who.startswith(SYSTEM_PREFIX):
            return {"grant_type": "client_credentials", "client_id": who, "client_secret": self.password}
        return {"grant_type": "password", "username": who, "password": self.password}


class Patience:
    """How long one request is asked again, and how often."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._away: float | None = None
        self._poll, self._pause = FIRST_POLL, FIRST_PAUSE

    async def wait(self, ask: Ask, response: Response | None) -> None:
        """Raises Declined, Unreachable when there is no point in waiting longer."""
        now = time.monotonic()
        if response is None or response.status in (429, 502, 503, 504):
            self._away = self._away or now
            if now - self._away > AWAY_AT_MOST:
                raise Unreachable(f"{ask.service} has not answered for {AWAY_AT_MOST:g} s: {ask.path}")
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 1.6, LONGEST_PAUSE)
            return
        refusal = declined(response)
        self._away, self._pause = None, FIRST_PAUSE
        self._since = self._since or now
        if ask.now or refusal.code not in NOT_YET or now - self._since > ON_ITS_WAY_AT_MOST:
            raise refusal
        await asyncio.sleep(self._poll)
        self._poll = min(self._poll * 1.3, LONGEST_POLL)


def declined(response: Response) -> Declined:
    """A problem+json as an exception."""
    try:
        told = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        told = {}
    told = told if isinstance(told, dict) else {}
    return Declined(response.status, str(told.get("code", "error")), str(told.get("title", "")))
