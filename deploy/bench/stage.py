"""A fresh run of the product in a folder of its own, on free ports, without demonstration data."""

import asyncio
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from signal import SIGTERM
from types import TracebackType
from typing import Any, Self

import asyncpg
import psutil

from deploy.bench.processes import until
from deploy.embedded import daemon, keyring, state
from deploy.embedded.environment import Addresses, Surroundings
from deploy.embedded.errors import CannotRun
from deploy.embedded.folder import Folder
from deploy.embedded.ports import is_free
from deploy.embedded.postgres import Postgres
from deploy.embedded.state import Phase, State
from deploy.embedded.supervisor import ports_needed
from deploy.migrate import migrate
from deploy.registry import SERVICES

WITHIN = 120.0
KINDS = ("department", "area", "post", "category", "rule", "authority", "clock")


class Stage:
    """`names` run under the supervisor; the schemas of `also` are made, for programs of the benchmark."""

    def __init__(self, names: Sequence[str], also: Sequence[str] = ()) -> None:
        self.names, self.also = list(names), list(also)
        self.root = Path(tempfile.mkdtemp(prefix="lianzhi-bench-"))
        self.root.chmod(0o755)
        self.folder = Folder(self.root)
        self.addresses = free_addresses(self.names)
        self.secrets = keyring.load(self.folder.secrets, self.addresses.offsets)
        self.postgres = Postgres(self.root, self.addresses.postgres, self.secrets[keyring.SUPERUSER])
        self._supervisor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self.close)
            self.start()
            if self.also:
                migrate(self.admin_url, self.also, self.secrets)
            undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def admin_url(self) -> str:
        return self.postgres.url()

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.addresses.kafka}"

    def start(self) -> float:
        """Returns when everything is ready: the seconds it took. CannotRun."""
        began = time.monotonic()
        self._supervisor = daemon.launch(self.folder, self.addresses.base, self.names, detached=False)
        until(self._is_ready, "everything is ready", WITHIN)
        return time.monotonic() - began

    def stop(self) -> None:
        """Stops everything; the data stay."""
        if self._supervisor is not None:
            self._supervisor.send_signal(SIGTERM)
            self._supervisor.wait()
            self._supervisor = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def environment(self, service: str) -> dict[str, str]:
        """What a service of this run is told."""
        return Surroundings(self.folder, self.addresses, self.secrets).of(service, self.postgres)

    def state(self) -> State:
        found = state.load(self.folder.state)
        if found is None:
            raise CannotRun("没有系统在运行。", "nothing runs")
        return found

    def processes(self) -> list[psutil.Process]:
        """The supervisor and all that it has started."""
        root = psutil.Process(self.state().pid)
        return [root, *root.children(recursive=True)]

    def fetch(self, query: str, *values: object) -> list[Any]:
        """As the superuser."""
        return asyncio.run(_fetch(self.admin_url, query, values))

    def value(self, query: str, *values: object) -> Any:
        return self.fetch(query, *values)[0][0]

    def until_district(self, service: str) -> None:
        """The service has heard the whole district."""
        until(lambda: self._knows_district(service), f"{service} knows the district")

    def settled(self, *services: str) -> bool:
        """Everything these services recorded was sent, and heard by all of them."""
        return not any(self._unsent(name) for name in services) and not any(
            self._unheard(name, other) for name in services for other in services if other != "directory"
        )

    def _is_ready(self) -> bool:
        found = state.load(self.folder.state)
        if self._supervisor is None or self._supervisor.poll() is not None or (found and found.phase is Phase.FAILED):
            why = (found.failure if found else None) or str(self.folder.log("supervisor"))
            raise CannotRun("系统无法启动。", "the run could not start:", why)
        return found is not None and found.pid == self._supervisor.pid and found.phase is Phase.READY

    def _knows_district(self, service: str) -> bool:
        kinds = self.value(f"SELECT count(DISTINCT kind) FROM {service}.reference WHERE kind = ANY($1)", KINDS)
        return kinds == len(KINDS) and not self._unsent("directory") and not self._unheard("directory", service)

    def _unsent(self, service: str) -> bool:
        unsent: bool = self.value(
            f"SELECT (SELECT position FROM {service}.sealing) > (SELECT position FROM {service}.sending)"
            f" OR EXISTS (SELECT 1 FROM {service}.pending)"
        )
        return unsent

    def _unheard(self, source: str, listener: str) -> bool:
        """Of the topics that the listener has read of this source at all."""
        unheard: bool = self.value(
            f"SELECT coalesce(bool_or(coalesce(m.sequence, 0) < l.sequence), false) FROM {source}.lanes l"
            f" LEFT JOIN {listener}.marks m ON m.source = $1 AND m.topic = l.topic AND m.lane = l.lane"
            f" WHERE l.topic IN (SELECT topic FROM {listener}.offsets)",
            f"/services/{source}",
        )
        return unheard


async def _fetch(url: str, query: str, values: Sequence[object]) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


def free_addresses(names: Sequence[str]) -> Addresses:
    """Somewhere below the ports that the system gives away by itself."""
    while True:
        addresses = Addresses(random.randrange(20_000, 30_000, 100), SERVICES)  # noqa: S311
        if all(is_free(port) for port in ports_needed(addresses, names)):
            return addresses
