"""Apache Kafka itself, one node in KRaft mode, run with the Java runtime from the wheel."""

import base64
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from signal import Signals
from typing import ClassVar

import psutil

from deploy.embedded import java, kafka_settings, kafka_wire
from deploy.embedded.child import Program
from deploy.embedded.errors import CannotRun
from deploy.embedded.files import write_atomically
from deploy.embedded.java import Java
from deploy.embedded.pidfiles import end_all
from deploy.embedded.ports import HOST
from deploy.embedded.server import Server


class Kafka(Server):
    """A broker on `port`, its controller on `controller_port`, in `<root>/kafka`."""

    name: ClassVar[str] = "kafka"
    stop_signal: ClassVar[Signals] = Signals.SIGTERM
    stop_within: ClassVar[float] = 15.0

    def __init__(self, root: Path, port: int, controller_port: int, runtime: Callable[[], Java]) -> None:
        super().__init__(root, port)
        self.controller_port = controller_port
        self.runtime = runtime
        self.told_port: int | None = None
        """Where clients are sent, if there is something between them and the broker."""

    @property
    def bootstrap(self) -> str:
        """The address for clients."""
        return f"{HOST}:{self.port}"

    @property
    def data(self) -> Path:
        """Where the records are."""
        return self.folder / "data"

    @property
    def settings(self) -> Path:
        """Written anew at each start."""
        return self.folder / "server.properties"

    def prepare(self) -> None:
        """Jars, storage and settings; ends a broker that was left behind in this folder."""
        end_all(self._leftovers(), patience=5.0)
        if not (self.data / "meta.properties").exists():
            self._format()
        self._write_settings(self.settings, self.data)

    def program(self) -> Program:
        """Stops cleanly if the process that started it dies."""
        command = self.runtime().command("kafka.Kafka", str(self.settings))
        return Program(command, java.environment(), at_parents_death=Signals.SIGTERM)

    def is_ready(self) -> bool:
        """Whether a broker answers there and serves."""
        try:
            return kafka_wire.brokers(HOST, self.port) > 0
        except OSError:
            return False

    def wipe(self) -> None:
        """Kills it and deletes its disk; the next start begins with an empty one, a new cluster."""
        self.kill()
        shutil.rmtree(self.data, ignore_errors=True)

    def _format(self) -> None:
        # Beside its place and then moved: a format cut short must not look like a finished one.
        fresh = self.folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        settings = self.folder / "format.properties"
        self._write_settings(settings, fresh)
        command = self.runtime().command(
            "kafka.tools.StorageTool", "format", "--standalone", "-t", cluster_id(), "-c", str(settings)
        )
        done = subprocess.run(command, env=java.environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            told = (done.stderr or done.stdout)[-2000:].strip()
            raise CannotRun("Kafka 的存储无法初始化。", "Kafka's storage could not be formatted:", told)
        fresh.rename(self.data)

    def _write_settings(self, path: Path, data: Path) -> None:
        settings = kafka_settings.properties(data.absolute(), self.port, self.controller_port, self.told_port)
        write_atomically(path, kafka_settings.as_text(settings))

    def _leftovers(self) -> list[psutil.Process]:
        if not (self.data / ".lock").exists():
            return []
        ours = str(self.settings)
        running = psutil.process_iter(["name", "cmdline"])
        return [each for each in running if each.info["name"] == "java" and ours in (each.info["cmdline"] or ())]


def cluster_id() -> str:
    """A random identity in Kafka's own spelling, which must not look like an option."""
    spelling = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return cluster_id() if spelling.startswith("-") else spelling
