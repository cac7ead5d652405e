"""The app factory: one frame for every service."""

import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from prometheus_client import Histogram
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web import trace
from shared.web.lean import shorten
from shared.web.operations import DURATION
from shared.web.operations import router as operations
from shared.web.problems import add_problems
from shared.web.runtime import Runtime
from shared.web.service import Service
from shared.web.settings import Settings
from shared.world.world import new_id

LARGEST_BODY = 12 * 1024 * 1024
log = structlog.get_logger("http")


def create_app(service: Service, settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.runtime = Runtime(service, settings)
        await app.state.runtime.start()
        log.info("ready to serve", port=settings.port)
        yield
        await app.state.runtime.stop()

    app = App(title=f"Lianzhi {service.name}", description=service.title, version="1", lifespan=lifespan)
    for router in (*service.routers, operations):
        # Not `include_router`: it would match twice and wrap each route once more, at every request.
        app.router.routes.extend(router.routes)
    add_problems(app)
    app.shorten()
    return app


class App(FastAPI):
    """FastAPI with fewer layers around a route, and a shorter search for it."""

    def shorten(self) -> None:
        """Once all routes are there."""
        self._by_depth: dict[int, list[tuple[APIRoute, ASGIApp]]] = defaultdict(list)
        for route in self.router.routes:
            if isinstance(route, APIRoute):
                is_short = shorten(route)
                way = route.app if is_short else AsyncExitStackMiddleware(route.app)
                self._by_depth[route.path.count("/")].append((route, way))

    def build_middleware_stack(self) -> ASGIApp:
        return Frame(ExceptionMiddleware(self._route, handlers=self.exception_handlers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """No part of a path may hold a slash, so only routes of the same depth can match."""
        if scope["type"] == "http":
            for route, way in self._by_depth.get(scope["path"].count("/"), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await way(scope, receive, send)
                    return
        await self.router(scope, receive, send)


class Frame:
    """Around every request: trace, request id, size limit, duration, one log line. Plain ASGI, for its cost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if b"\0" in scope["path"].encode(errors="surrogatepass") or b"%00" in scope["query_string"]:
            await _refuse(send, 400, "路径或参数含有无效字符 / NUL in path or query")
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        traceparent = trace.continued(headers.get(b"traceparent", b"").decode("latin-1"))
        trace.current.set(traceparent)
        request_id = new_id()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            await self.app(scope, _limited(receive), sending)
        except _TooLarge:
            status = 413
            await _refuse(send, 413, "请求内容过大 / The body is too large")
        finally:
            _account(scope, request_id, traceparent, status, time.perf_counter() - started)


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


def _account(scope: Scope, request_id: str, traceparent: str, status: int, seconds: float) -> None:
    route: Any = scope.get("route")
    path = getattr(route, "path", "unknown")
    _duration(path, scope["method"], status).observe(seconds)
    if path not in ("/readyz", "/healthz", "/metrics"):
        log.info(
            "answered",
            method=scope["method"],
            route=path,
            status=status,
            ms=round(seconds * 1000, 1),
            request=request_id,
            trace=trace.trace_id(traceparent),
        )


async def _refuse(send: Send, status: int, title: str) -> None:
    body = orjson.dumps({"type": "about:blank", "title": title, "status": status})
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
