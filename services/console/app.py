"""What is served: sign-in, the screens, and a form for residents that needs no account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from nicegui import ui
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.calling import Services
from services.console.catalogue import Catalogues
from services.console.downloads import router as downloads
from services.console.kept_files import KeptFiles
from services.console.look import frame
from services.console.residents import router as residents
from services.console.settings import ConsoleSettings
from services.console.sign_in import SignIn
from services.console.sign_in import router as sign_in
from services.console.wall import router as wall
from services.console.welcome import router as welcome

STATIC = Path(__file__).parent / "static"
RECONNECT_WITHIN = 60.0
"""Seconds that a window may be without its connection before it is built anew."""
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'; object-src 'none'; base-uri 'self'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_console(settings: ConsoleSettings) -> FastAPI:
    services = Services(settings.service_urls)
    signing_in = SignIn(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await services.close()
        await signing_in.issuer.close()

    app = FastAPI(title="Lianzhi console", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings, app.state.services, app.state.sign_in = settings, services, signing_in
    app.state.catalogues = Catalogues(services)
    app.include_router(sign_in)
    app.include_router(welcome)
    app.include_router(residents)
    app.include_router(downloads)
    app.include_router(wall)
    app.mount("/static", GZipMiddleware(StaticFiles(directory=STATIC)), name="static")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon() -> FileResponse:
        return FileResponse(STATIC / "mark.svg")

    frame.serve(app)
    ui.run_with(
        app,
        title="联治",
        favicon=STATIC / "mark.svg",
        dark=None,
        language="zh-CN",
        tailwind=False,
        reconnect_timeout=RECONNECT_WITHIN,
        show_welcome_message=False,
    )
    app.add_middleware(KeptFiles)
    app.add_middleware(Guarded)
    return app


class Guarded:
    """Adds to every answer what browsers are to refuse: frames around it, guessing of types."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)
