"""The repository's own witness on a real port, and what audit has to be told of it."""

import asyncio
import json
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from pydantic import SecretStr

from deploy.embedded.ports import free_ports
from deploy.witness.app import create_witness
from deploy.witness.settings import WitnessSettings
from services.audit.tree.notes import SIGNS, SigningKey, VerifierKey
from tests.kit.until import until

ORIGIN = "lianzhi.test/log"
LOG_SEED, WITNESS_SEED, MIRROR_SEED = (bytes([number]) * 32 for number in (1, 2, 3))
LOG_KEY = SigningKey(ORIGIN, SIGNS, LOG_SEED)


@dataclass
class RunningWitness:
    """`folder` is what it has on disk."""

    url: str
    folder: Path
    settings: WitnessSettings
    stop: Callable[[], Awaitable[None]]

    @property
    def key(self) -> VerifierKey:
        return self.settings.cosigner().verifier()

    @property
    def mirror_key(self) -> VerifierKey:
        return self.settings.mirror().verifier()

    def environment(self) -> dict[str, str]:
        """For audit."""
        address = {"url": self.url, "key": self.key.text(), "mirror": self.mirror_key.text()}
        return {
            "LOG_ORIGIN": ORIGIN,
            "LOG_KEYS": json.dumps([b64encode(LOG_SEED).decode()]),
            "WITNESSES": json.dumps([address]),
            "CHECKPOINT_EVERY": "0.1",
        }


def witness_settings(folder: Path, port: int, *keys: VerifierKey) -> WitnessSettings:
    return WitnessSettings(
        witness_name="lianzhi.test/witness",
        mirror_name="lianzhi.test/mirror",
        witness_key=SecretStr(b64encode(WITNESS_SEED).decode()),
        mirror_key=SecretStr(b64encode(MIRROR_SEED).decode()),
        witness_logs={ORIGIN: [key.text() for key in keys or [LOG_KEY.verifier()]]},
        witness_folder=folder,
        port=port,
    )


@asynccontextmanager
async def witness(folder: Path, port: int = 0, *keys: VerifierKey) -> AsyncIterator[RunningWitness]:
    port = port or free_ports(1)[0]
    settings = witness_settings(folder, port, *keys)
    config = uvicorn.Config(create_witness(settings), host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started, 10, "the witness listens")

    async def stop() -> None:
        server.should_exit = True
        await serving

    try:
        yield RunningWitness(f"http://127.0.0.1:{port}", folder, settings, stop)
    finally:
        await stop()


@contextmanager
def told(environment: dict[str, str]) -> Iterator[None]:
    """The environment of a service that is started within."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ |= environment
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
