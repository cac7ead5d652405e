"""The app factory: one frame for every service."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from prometheus_client import Histogram
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web import trace
from shared.web.described import describe
from shared.web.lean import shorten
from shared.web.operations import DURATION
from shared.web.operations import router as operations
from shared.web.problems import TYPES, add_problems, failed, route_of
from shared.web.runtime import Runtime
from shared.web.service import Service
from shared.web.settings import Settings
from shared.world.world import new_id

LARGEST_BODY = 12 * 1024 * 1024
MATTERS = {"case_id": "case", "case": "case", "key": "case", "handoff_id": "handoff", "report_id": "report"}
"""Path parameters that go into the log line, and as what."""
UNSAID = {"/readyz", "/healthz", "/metrics", "/.well-known/openid-configuration", "/v1/jwks"}
"""What machines ask every few seconds has no log line: among its lines nobody would find those of people."""
GONE = 499
"""As proxies count it: the caller did not wait for the answer."""
SLASHES = ":path}"
_IDENTIFIER = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")
log = structlog.get_logger("http")


def create_app(service: Service, settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.runtime = Runtime(service, settings)
        await app.state.runtime.start()
        log.info("ready to serve", port=settings.port)
        yield
        await app.state.runtime.stop()

    app = App(
        title=f"Lianzhi {service.name}",
        description=service.title,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    for router in (*service.routers, operations):
        # Not `include_router`: it would match twice and wrap each route once more, at every request.
        app.router.routes.extend(router.routes)
    add_problems(app)
    describe(app)
    app.shorten()
    return app


class App(FastAPI):
    """FastAPI with fewer layers around a route, and a shorter search for it."""

    def shorten(self) -> None:
        """Once all routes are there."""
        ways = [
            (route, route.app if shorten(route) else AsyncExitStackMiddleware(route.app))
            for route in self.router.routes
            if isinstance(route, APIRoute)
        ]
        depths = {route.path.count("/") for route, _ in ways}
        self._by_depth = {depth: [each for each in ways if _reaches(each[0], depth)] for depth in depths}
        self._at_any_depth = [each for each in ways if SLASHES in each[0].path]

    def build_middleware_stack(self) -> ASGIApp:
        return Frame(ExceptionMiddleware(self._route, handlers=self.exception_handlers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Parts of a path hold no slash, so only routes of the same depth can match; and those that say otherwise."""
        if scope["type"] == "http":
            for route, way in self._by_depth.get(scope["path"].count("/"), self._at_any_depth):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await way(scope, receive, send)
                    return
        await self.router(scope, receive, send)


def _reaches(route: APIRoute, depth: int) -> bool:
    return route.path.count("/") == depth or SLASHES in route.path


class Frame:
    """Around every request: trace, request id, size limit, duration, one log line, and an answer whatever happens.

    Plain ASGI, for its cost.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        trace.current.set(trace.continued(headers.get(b"traceparent", b"").decode("latin-1")))
        trace.request.set(request_id := new_id())
        answer = _Answer(send, request_id.encode())
        try:
            if b"\0" in scope["path"].encode(errors="surrogatepass") or b"%00" in scope["query_string"]:
                await _refuse(answer, 400, "bad-request", "路径或参数含有无效字符 / NUL in path or query")
            else:
                await self.app(scope, _limited(receive), answer)
        except _TooLarge:
            await _refuse(answer, 413, "too-large", "请求内容过大 / The body is too large")
        except ClientDisconnect:
            answer.status = GONE
        except Exception as error:  # the outermost layer: nothing goes unanswered, uncounted or unsaid
            await _fail(scope, receive, answer, error)
        finally:
            _account(scope, answer.status, time.perf_counter() - started)


class _Answer:
    """Sends, and knows what was sent."""

    def __init__(self, send: Send, request_id: bytes) -> None:
        self._send, self._request_id = send, request_id
        self.status, self.begun = 500, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.begun = message["status"], True
            own = ((b"x-request-id", self._request_id), (b"x-content-type-options", b"nosniff"))
            message["headers"] = [*message["headers"], *own]
        await self._send(message)


async def _fail(scope: Scope, receive: Receive, answer: _Answer, error: Exception) -> None:
    response = failed(Request(scope), error)
    if answer.begun:
        answer.status = response.status_code  # the caller sees a connection that breaks off
    else:
        await response(scope, receive, answer)


class _TooLarge(HTTPException):
    """The one kind that body parsing lets through as it is."""

    def __init__(self) -> None:
        super().__init__(413, "请求内容过大 / The body is too large")


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise _TooLarge
        return message

    return receiving


@lru_cache(maxsize=1024)
def _duration(path: str, method: str, status: int) -> Histogram:
    return DURATION.labels(path, method, status)


def _account(scope: Scope, status: int, seconds: float) -> None:
    path = route_of(scope)
    _duration(path, scope["method"], status).observe(seconds)
    if path not in UNSAID:
        log.info(
            "answered",
            method=scope["method"],
            route=path,
            status=status,
            ms=round(seconds * 1000, 1),
            **trace.identifiers(),
            **_matters(scope, path),
        )


def _matters(scope: Scope, path: str) -> dict[str, str]:
    """Which case, hand-off or report it was about; what does not look like an identifier is not said."""
    given = scope.get("path_params", {})
    return {label: given[name] for name, label in _named(path) if _IDENTIFIER.fullmatch(str(given.get(name, "")))}


@lru_cache(maxsize=1024)
def _named(path: str) -> tuple[tuple[str, str], ...]:
    """Parameters of a route that name a matter. None that leads to a person: receipts are opened by their number,
    reporters are the `ref` of /reporters/{ref}."""
    path = path.replace(SLASHES, "}")
    found = [(name, MATTERS[name]) for name in MATTERS if f"{{{name}}}" in path]
    return (*found, ("ref", "case")) if "/cases/{ref}" in path else tuple(found)


async def _refuse(send: Send, status: int, code: str, title: str) -> None:
    body = orjson.dumps({"type": TYPES + code, "title": title, "status": status, "code": code})
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
