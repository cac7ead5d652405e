"""Runs one service: `python -m deploy.serve NAME`, everything else from the environment."""

import sys

from deploy.registry import load_service
from shared.web.app import create_app
from shared.web.logs import set_up_logs
from shared.web.serving import run
from shared.web.settings import Settings


def serve(name: str) -> None:
    settings = Settings()
    set_up_logs(name, settings.log_level)
    app = create_app(load_service(name), settings)
    run(app, host=settings.host, port=settings.port, backlog=2048, timeout_graceful_shutdown=10)


if __name__ == "__main__":
    serve(sys.argv[1])
