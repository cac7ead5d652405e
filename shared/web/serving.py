"""The server in front of an app: it stops without waiting for answers that have no end."""

import asyncio
import socket
import sys
from contextlib import suppress
from typing import Any

import uvicorn
from fastapi import FastAPI

FAILED = 3
STUCK = 2.0
"""Seconds in which a client takes what it is still sent, before its connection is cut."""


def run(app: FastAPI, **how: Any) -> None:
    """Until a signal ends it. SystemExit where it could not start."""
    server = Server(app, **how)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(FAILED)


class Server(uvicorn.Server):
    """Tells the app that it stops, then waits for what is being answered."""

    def __init__(self, app: FastAPI, **how: Any) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, server_header=False, **how))
        self.app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for stop in self.app.state.runtime.when_stopping:
            stop()
        asyncio.get_running_loop().call_later(STUCK, self._cut_off)
        await super().shutdown(sockets)

    def _cut_off(self) -> None:
        """Whoever does not read what was written: waiting for them would have no end."""
        for connection in list(self.server_state.connections):
            flow: Any = getattr(connection, "flow", None)
            transport: Any = getattr(connection, "transport", None)
            if flow is not None and flow.write_paused and transport is not None:
                transport.abort()
