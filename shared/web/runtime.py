"""All that runs beside a service's HTTP side, built once and stopped in order."""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import httpx
import structlog

from shared.contents.vault import Vault
from shared.facts.envelope import source_of
from shared.identity.people import People
from shared.identity.tokens import Tokens
from shared.listen.batch import Ears
from shared.listen.consumer import Listener
from shared.listen.holes import hole_skipped_fact
from shared.listen.waiting import skipped_fact
from shared.record.database import Database
from shared.record.idempotency import BATCH, forget_answers
from shared.record.recorder import Recorder
from shared.reference.reference import Reference
from shared.refusals.failures import describe, where
from shared.relay.heads import head_fact
from shared.relay.relay import Relay
from shared.signing.facts import Signer
from shared.web.completeness import Checks, check_nightly
from shared.web.figures import Figures
from shared.web.service import Background, Service
from shared.web.settings import Settings
from shared.web.waiting import Changes
from shared.world.world import WorldClock

T = TypeVar("T")
log = structlog.get_logger("runtime")
FORGET_EVERY = 600.0
ASKING_TIMEOUT = 2.0
RENEW_KEYS_EVERY = 5.0
"""Seconds."""


class Runtime:
    """One per process."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service, self.settings = service, settings
        self.clock = WorldClock(settings.clock_file)
        self.database = Database(settings.database_url)
        self.reference = Reference()
        self.tokens = Tokens(settings.oidc_issuer, settings.oidc_audience, settings.oidc_algorithm, settings.oidc_typ)
        self.people = People(self.reference)
        self._http: httpx.AsyncClient | None = None
        self.changes = Changes()
        self.vault = Vault.from_text(settings.master_key)
        self.skipped = skipped_fact(service.name)
        self.hole_skipped = hole_skipped_fact(service.name)
        self.recorder = Recorder(self.database, self.after_commit)
        self.relay = Relay(
            self.database,
            settings.kafka_bootstrap,
            head_fact(service.name),
            self.now,
            settings.head_every,
            _signer(service.name, settings),
        )
        self.ears = Ears(source_of(service.name), service.reactions, self.reference)
        self.listener = Listener(
            self.ears,
            self.database,
            settings.kafka_bootstrap,
            self.after_commit,
            settings.session_timeout,
            settings.instance,
        )
        self.checks = Checks()
        self.figures = Figures(self.database, self.relay, self.listener)
        self.when_stopping: list[Callable[[], object]] = []
        """Called before open connections are waited for: what would go on for hours ends itself."""
        self._extras: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []

    def now(self) -> datetime:
        return self.clock.now()

    def after_commit(self, keys: set[str], facts: bool = True) -> None:
        """`facts`: there is something to send."""
        if facts:
            self.relay.wake()
        self.changes.tell(keys)

    @property
    def http(self) -> httpx.AsyncClient:
        """For asking other services: short of patience, and past every proxy."""
        self._http = self._http or httpx.AsyncClient(timeout=ASKING_TIMEOUT, trust_env=False)
        return self._http

    def extra(self, kind: type[T]) -> T:
        """The service's own object of that class, from `Service.extras`."""
        return next(extra for extra in self._extras if isinstance(extra, kind))

    async def start(self) -> None:
        await self.reference.load(self.database)
        self._extras = [make(self) for make in self.service.extras]
        self.recorder.start()
        self.relay.start()
        if self.service.reactions.topics:
            self.listener.start()
        self._tasks = [asyncio.create_task(self._keep_running(work)) for work in (*OWN, *self.service.background)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.listener.stop()
        await self.recorder.stop()
        await self.relay.stop()
        await self.tokens.keys.close()
        if self._http is not None:
            await self._http.aclose()
        await self.database.close()

    async def _keep_running(self, work: Background) -> None:
        while True:
            try:
                await work(self)
                return
            except Exception as error:  # the outermost loop of a background task: said, and begun again
                log.error(
                    "a background task failed; it starts again",
                    task=work.__name__,
                    error=describe(error),
                    where=where(error),
                )
            await asyncio.sleep(1)


def _signer(service: str, settings: Settings) -> Signer | None:
    key = settings.signing_key
    return None if key is None else Signer(source_of(service), b64decode(key.get_secret_value(), validate=True))


async def _refresh(runtime: Runtime) -> None:
    """Another replica may have kept reference data that this one has not."""
    while True:
        with suppress(TimeoutError):
            await runtime.reference.load(runtime.database)
        await asyncio.sleep(1)


async def _forget(runtime: Runtime) -> None:
    """A request is repeated within minutes, or days after an outage: its answer need not be kept for longer."""
    while True:
        forgotten = await forget_answers(runtime.database)
        await asyncio.sleep(FORGET_EVERY if forgotten < BATCH else 0.1)


async def _renew_keys(runtime: Runtime) -> None:
    """A key that was revoked is known everywhere within seconds."""
    while True:
        await asyncio.sleep(RENEW_KEYS_EVERY)
        await runtime.tokens.keys.renew()


OWN: tuple[Background, ...] = (_refresh, _forget, _renew_keys, check_nightly)
