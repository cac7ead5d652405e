"""Runs the console: `python -m services.console`, everything from the environment."""

import uvicorn

from services.console.app import create_console
from services.console.settings import ConsoleSettings
from shared.web.logs import set_up_logs


def serve() -> None:
    settings = ConsoleSettings()
    set_up_logs("console", settings.log_level)
    uvicorn.run(
        create_console(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    serve()
