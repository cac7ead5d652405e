"""Services running in this process on a real PostgreSQL and Kafka, as their users meet them."""

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.embedded.ports import free_ports
from deploy.migrate import migrate_all, runtime_url
from deploy.registry import SERVICES, load_service
from shared.web.app import create_app
from shared.web.runtime import Runtime
from shared.web.service import Service
from shared.web.serving import Server
from shared.web.settings import Settings
from tests.kit import reference
from tests.kit.issuer import AUDIENCE, the_issuer
from tests.kit.servers import Servers, shared_servers
from tests.kit.signing_in import PASSWORD, Gatekeeper
from tests.kit.until import until

T = TypeVar("T")
_open: list["World"] = []


@dataclass
class World:
    """`apps` by service name; `admin_url` is the superuser's, for looking and meddling."""

    servers: Servers
    admin_url: str
    urls: Mapping[str, str]
    gatekeeper: Gatekeeper
    apps: dict[str, FastAPI] = field(default_factory=dict)

    def client(self, service: str, as_: str | None = None, language: str = "en") -> httpx.AsyncClient:
        """Straight into the app; signed in as that user, system client, or nobody."""
        headers = {"Accept-Language": language}
        transport = httpx.ASGITransport(self.apps[service], raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport,
            base_url=f"http://{service}",
            headers=headers,
            auth=self.gatekeeper.auth(as_),
            timeout=40,
        )

    def runtime(self, service: str) -> Runtime:
        runtime: Runtime = self.apps[service].state.runtime
        return runtime

    async def until(
        self, condition: Callable[[], Awaitable[T | None] | T | None], within: float = 10.0, what: str = ""
    ) -> T:
        return await until(condition, within, what)

    async def fetch(self, service: str, query: str, *values: object) -> list[dict[str, Any]]:
        """Rows from a service's schema, as the superuser."""
        async with self.admin(service) as connection:
            return [dict(row) for row in await connection.fetch(query, *values)]

    @asynccontextmanager
    async def admin(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.admin_url, server_settings={"search_path": service})
        try:
            yield connection
        finally:
            await connection.close()

    async def settled(self, within: float = 20.0) -> None:
        """All that was recorded is sealed, sent and heard; nothing is on its way."""
        await until(self._is_settled, within, "everything recorded is sealed, sent and heard")

    async def _is_settled(self) -> bool:
        for name, app in self.apps.items():
            runtime: Runtime = app.state.runtime
            async with self.admin(name) as connection:
                row = await connection.fetchrow(
                    "SELECT (SELECT count(*) FROM pending) AS pending, (SELECT position FROM sealing) AS sealed,"
                    " (SELECT position FROM sending) AS sent"
                )
            if row["pending"] or row["sealed"] != row["sent"] or any((await runtime.listener.lag()).values()):
                return False
        return await self._everybody_has_read()

    async def _everybody_has_read(self) -> bool:
        for name, app in self.apps.items():
            topics = app.state.runtime.service.reactions.topics
            query = "SELECT topic, source, sum(sequence) AS read FROM marks GROUP BY topic, source"
            read = {(row["topic"], row["source"]): row["read"] for row in await self.fetch(name, query)}
            for other in self.apps:
                sent = await self.fetch(other, "SELECT topic, sum(sequence) AS sent FROM lanes GROUP BY topic")
                for row in sent:
                    if row["topic"] in topics and read.get((row["topic"], f"/services/{other}"), 0) < row["sent"]:
                        return False
        return True


@asynccontextmanager
async def running(
    *names: str,
    servers: Servers | None = None,
    session_timeout: float = 6.0,
    head_every: float = 60.0,
    clock_file: Path | None = None,
    district: bool = True,
    toys: Sequence[Service] = (),
) -> AsyncIterator[World]:
    """These services (and toys) with a fresh database and fresh topics. `district` puts the reference data there."""
    servers = servers or shared_servers()
    if "directory" in names and district:
        os.environ |= {"LIANZHI_DISTRICT": str(reference.DISTRICT), "DEMO_PASSWORD": PASSWORD}
    if any(world.servers is servers for world in _open):
        raise RuntimeError("one world at a time on the same servers: topics are shared by name")
    services = {**{name: load_service(name) for name in names}, **{toy.name: toy for toy in toys}}
    world = await _prepare(servers, services, names, district)
    _open.append(world)
    try:
        async with AsyncExitStack() as stack:
            for name, service in services.items():
                settings = _settings(world, name, session_timeout, head_every, clock_file)
                world.apps[name] = await _start(stack, service, settings)
            await until(lambda: _all_ready(world), 30, "all services are ready")
            if "directory" in names and district:
                await until(lambda: _district_is_known(world), 30, "every service has heard of the district")
            yield world
    finally:
        _open.remove(world)


async def _prepare(servers: Servers, services: Mapping[str, Service], names: Sequence[str], district: bool) -> World:
    _, admin_url = await asyncio.gather(servers.fresh_topics(), servers.fresh_database())
    toys = [name for name in services if name not in names]
    await migrate_all(admin_url, names, servers.secrets)
    await migrate_all(admin_url, toys, servers.secrets, home="tests.kit.toys")
    if district and "directory" not in names:
        await _put_district(admin_url, names)
    ports = free_ports(len(services))
    urls = {name: f"http://127.0.0.1:{port}" for name, port in zip(services, ports, strict=True)}
    return World(servers, admin_url, urls, Gatekeeper(urls.get("directory")))


async def _put_district(admin_url: str, names: Sequence[str]) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        for name in names:
            await reference.put(connection, name)
    finally:
        await connection.close()


def _settings(world: World, name: str, session_timeout: float, head_every: float, clock_file: Path | None) -> Settings:
    return Settings(
        database_url=runtime_url(world.admin_url, name, world.servers.secrets),
        kafka_bootstrap=world.servers.bootstrap,
        oidc_issuer=world.gatekeeper.issuer,
        oidc_audience=AUDIENCE,
        port=int(world.urls[name].rsplit(":", 1)[1]),
        master_key=world.servers.secrets["master"],
        clock_file=clock_file,
        service_urls=dict(world.urls),
        client_secret=PASSWORD,
        signing_key=SecretStr(b64encode(signing_seed(name)).decode()),
        head_every=head_every,
        session_timeout=session_timeout,
        log_level="WARNING",
    )


def signing_seed(name: str) -> bytes:
    """With which a service's facts are signed."""
    return sha256(name.encode()).digest()


async def _start(stack: AsyncExitStack, service: Service, settings: Settings) -> FastAPI:
    """The app with its lifespan, and a real port beside it, for services that call each other."""
    app = create_app(service, settings)
    await stack.enter_async_context(app.router.lifespan_context(app))
    server = Server(app, host=settings.host, port=settings.port, lifespan="off")
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    stack.push_async_callback(_stop_serving, server, serving)
    await until(lambda: server.started, 10, f"{service.name} listens on its port")
    return app


async def _stop_serving(server: Server, serving: "asyncio.Task[None]") -> None:
    server.should_exit = True
    await serving


async def _all_ready(world: World) -> bool:
    for name in world.apps:
        async with world.client(name) as client:
            if (await client.get("/readyz")).status_code != 200:
                return False
    return True


async def _district_is_known(world: World) -> bool:
    """Everybody has a copy of what directory has loaded, down to the last clock."""
    now = world.runtime("directory").now()
    wanted = {version.code for version in world.runtime("directory").reference.all("clock", now)}
    return "follow_up" in wanted and all(
        world.runtime(name).reference.get("clock", "follow_up", now) is not None
        for name in world.apps
        if "reference" in world.runtime(name).service.reactions.topics
    )


def everyone() -> tuple[str, ...]:
    """Every registered service."""
    return tuple(SERVICES)


__all__ = ["World", "everyone", "running", "the_issuer"]
