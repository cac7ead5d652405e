"""Runs a toy, or a service of the product: `python -m tests.kit.toy NAME`, everything else from the environment."""

import sys
from importlib import import_module

from shared.web.app import create_app
from shared.web.logs import set_up_logs
from shared.web.service import Service
from shared.web.serving import run
from shared.web.settings import Settings
from tests.kit.toys import TOYS


def load_toy(name: str) -> Service:
    service: Service = import_module(f"tests.kit.toys.{name}.app").SERVICE
    return service


def load(name: str) -> Service:
    """A toy; or a service of the product, as far as it runs without the others' code."""
    if name in TOYS:
        return load_toy(name)
    service: Service = import_module(f"services.{name}.app").SERVICE
    return service


def serve(name: str) -> None:
    settings = Settings()
    set_up_logs(name, settings.log_level)
    run(create_app(load(name), settings), host=settings.host, port=settings.port, timeout_graceful_shutdown=3)


if __name__ == "__main__":
    serve(sys.argv[1])
