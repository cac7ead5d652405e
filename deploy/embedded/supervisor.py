"""Starts everything in its order, as much at once as can be, and keeps it alive until told to stop."""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Mapping, Sequence

import psutil

from deploy.embedded import keyring, pidfiles, state, warm
from deploy.embedded.child import bound
from deploy.embedded.environment import ISSUER, KEEPER, Addresses, Surroundings, inherited
from deploy.embedded.errors import CannotRun
from deploy.embedded.folder import Folder
from deploy.embedded.kafka import Kafka
from deploy.embedded.keeper import Keeper
from deploy.embedded.nursery import Nursery
from deploy.embedded.ports import holder, is_free
from deploy.embedded.postgres import Postgres
from deploy.embedded.restarts import Pauses
from deploy.embedded.state import Entry, Phase, Stage, State
from deploy.embedded.units import ProgramUnit, ServerUnit, ServiceUnit, Unit

LOG_AT_MOST = 20_000_000
LOGS_LOOKED_AT_EVERY = 10.0
DEATH_IS_NOTICED_WITHIN = 0.5
"""Seconds until a server's end shows in its entry."""

_log = logging.getLogger(__name__)


class Supervisor:
    """Of one data directory, which the caller has locked."""

    def __init__(self, folder: Folder, addresses: Addresses, names: Sequence[str]) -> None:
        self._folder = folder
        self._names = names
        self._secrets = keyring.load(folder.secrets, addresses.offsets)
        self._nursery = Nursery(folder.root)
        self._postgres = Postgres(folder.root, addresses.postgres, self._secrets[keyring.SUPERUSER])
        self._kafka = Kafka(folder.root, addresses.kafka, addresses.controller, warm.runtime)
        surroundings = Surroundings(folder, addresses, self._secrets)
        self._servers: list[Unit] = [ServerUnit(self._postgres), ServerUnit(self._kafka)]
        self._services: list[Unit] = [ServiceUnit(name, surroundings, self._postgres, self._nursery) for name in names]
        if KEEPER in names:
            told = surroundings.of_witness_now
            self._services.append(ProgramUnit("witness", "deploy.witness", addresses.witness, told, self._nursery))
        if ISSUER in names:
            told = surroundings.of_console
            self._services.append(ProgramUnit("console", "services.console", addresses.console, told, self._nursery))
        self._ports = ports_needed(addresses, names)
        self.state = State(addresses.base, os.getpid(), psutil.Process().create_time())
        self.state.entries = [Entry(unit.name, unit.address) for unit in (*self._servers, *self._services)]
        self._prepared = False
        self._keepers: list[Keeper] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._rebuilding: asyncio.Task[None] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; CannotRun, with everything stopped again, if it could not start."""
        self._changed()
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        except CannotRun as failure:
            self.state.failure = str(failure)
            raise
        except OSError as failure:
            refusal = CannotRun(f"系统无法启动（{failure}）。", f"The system could not start: {failure}.")
            self.state.failure = str(refusal)
            raise refusal from failure
        finally:
            starting.cancel()
            stopping.cancel()
            await self._stop()

    async def _start(self) -> None:
        for name in await asyncio.to_thread(pidfiles.end_leftovers, self._folder.run):
            _log.warning("%s was left behind by a run before and was ended", name)
        refuse_taken(self._ports)
        postgres, kafka = (self._keep(unit) for unit in self._servers)
        await asyncio.gather(self._nursery.open(), self._migrate(postgres), self._create_topics(kafka))
        self._prepared = True
        for unit in self._services:
            self._keep(unit)
        if KEEPER in self._names:
            self._rebuilding = asyncio.create_task(self._rebuild_when_asked())
        self._background(self._bound_logs())
        self._changed()

    def _keep(self, unit: Unit) -> Keeper:
        keeper = Keeper(unit, self.state.entry(unit.name), self._changed)
        self._keepers.append(keeper)
        self._background(keeper.run())
        return keeper

    async def _migrate(self, postgres: Keeper) -> None:
        await postgres.first_ready()
        told = {
            "ADMIN_URL": self._postgres.url(),
            "NAMES": json.dumps(list(self._names)),
            "SECRETS": json.dumps(self._secrets),
        }
        await self._do(postgres, "migrations", "deploy.embedded.migrations", told)

    async def _create_topics(self, kafka: Keeper) -> None:
        await kafka.first_ready()
        await self._do(kafka, "topics", "shared.relay.topics", {"KAFKA_BOOTSTRAP": self._kafka.bootstrap})

    async def _do(self, server: Keeper, name: str, module: str, told: dict[str, str]) -> None:
        """Again if the server has died meanwhile: what it does may be repeated."""
        while True:
            restarts = server.entry.restarts
            process = await self._nursery.spawn(name, module, inherited() | told)
            if not await process.ended():
                return
            await asyncio.sleep(DEATH_IS_NOTICED_WITHIN)
            if server.entry.restarts == restarts:
                lines = "\n".join(f"  {line}" for line in process.last_lines())
                zh, en = (
                    f"{name} 执行失败；日志 {process.log} 的末尾如下。",
                    f"{name} failed. The end of {process.log}:",
                )
                raise CannotRun(zh, en, lines)
            _log.warning("%s begins again, as %s has ended meanwhile", name, server.unit.name)
            await server.ready()

    async def _stop(self) -> None:
        self.state.phase = Phase.STOPPING
        self._changed()
        if self._rebuilding is not None:  # first, or it would begin again what is being stopped
            self._rebuilding.cancel()
            self._tasks.append(self._rebuilding)
        by_name = {keeper.unit.name: keeper for keeper in self._keepers}
        services = [by_name.pop(unit.name) for unit in self._services if unit.name in by_name]
        await asyncio.gather(*(keeper.stop() for keeper in services))
        await self._nursery.close()
        for keeper in reversed(by_name.values()):
            await keeper.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        pidfiles.end_leftovers(self._folder.run)
        self.state.phase = Phase.FAILED if self.state.failure else Phase.STOPPED
        self._changed()

    async def _rebuild_when_asked(self) -> None:
        """As an operator would: what an auditor asks for needs rights that no service has."""
        told = inherited() | {"ADMIN_DATABASE_URL": self._postgres.url()}
        pauses = Pauses()
        while True:
            began = time.monotonic()
            with contextlib.suppress(ConnectionError):  # the nursery was lost, and is opened again
                await (await self._nursery.spawn("rebuilds", "deploy.replay.asked", told, "--stay")).ended()
            await asyncio.sleep(pauses.after(time.monotonic() - began))

    async def _bound_logs(self) -> None:
        while True:
            for log in self._folder.log("any").parent.glob("*.log"):
                bound(log, LOG_AT_MOST)
            await asyncio.sleep(LOGS_LOOKED_AT_EVERY)

    def _background(self, work: "asyncio._CoroutineLike[None]") -> None:
        self._tasks.append(asyncio.create_task(work))

    def _changed(self) -> None:
        all_ready = all(entry.stage is Stage.READY for entry in self.state.entries)
        if self._prepared and all_ready and self.state.phase is Phase.STARTING:
            self.state.phase = Phase.READY
            _log.info("Everything is ready")
        state.save(self._folder.state, self.state)


def ports_needed(addresses: Addresses, names: Sequence[str]) -> dict[int, str]:
    """Each port and what it is for."""
    servers = {
        addresses.postgres: "PostgreSQL",
        addresses.kafka: "Kafka",
        addresses.controller: "Kafka's controller",
    }
    beside = {addresses.witness: "witness"} if KEEPER in names else {}
    beside |= {addresses.console: "console"} if ISSUER in names else {}
    return servers | {addresses.port(name): name for name in names} | beside


def refuse_taken(ports: Mapping[int, str]) -> None:
    """CannotRun if somebody listens on one of the ports."""
    taken = [port for port in ports if not is_free(port)]
    if taken:
        by = {port: holder(port) for port in taken}
        zh = "、".join(f"{port}（{ports[port]} 用）被 {by[port] or '未知进程'} 占用" for port in taken)
        en = "; ".join(f"{port} (for {ports[port]}) by {by[port] or 'an unknown process'}" for port in taken)
        raise CannotRun(
            f"端口{zh}；请用 --ports 另选。", f"These ports are taken: {en}. Choose others with --ports BASE."
        )
