"""PostgreSQL and Kafka alone, for tests and drills that start what they need themselves."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.embedded import keyring, warm
from deploy.embedded.kafka import Kafka
from deploy.embedded.ports import free_ports
from deploy.embedded.postgres import Postgres


class Embedded:
    """Both servers in a folder of their own, on free ports; each can be killed and started again.

    `secrets` holds the passwords `db:<service>` and `owner:<service>` of the services named.
    """

    def __init__(self, folder: Path, services: Iterable[str] = ()) -> None:
        self.secrets = keyring.load(folder / "secrets.json", services)
        port, kafka_port, controller_port = free_ports(3)
        self.postgres = Postgres(folder, port, self.secrets[keyring.SUPERUSER])
        self.kafka = Kafka(folder, kafka_port, controller_port, warm.runtime)

    @property
    def admin_url(self) -> str:
        """Of the database, for the superuser."""
        return self.postgres.url()

    @property
    def bootstrap(self) -> str:
        """Kafka's address for clients."""
        return self.kafka.bootstrap

    def start(self) -> None:
        """Starts both at the same time; returns when both serve. CannotRun if one does not."""
        servers = (self.postgres, self.kafka)
        try:
            with ThreadPoolExecutor(len(servers)) as pool:
                list(pool.map(lambda server: server.start(), servers))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops both cleanly; those that do not run are passed over."""
        self.kafka.stop()
        self.postgres.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
