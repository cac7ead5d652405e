"""Every service and its place behind the base port."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line reads this list at every call, and can do without what services stand on
    from collections.abc import Iterable

    from shared.procedure.folds import Folds
    from shared.web.service import Service

SERVICES: dict[str, int] = {
    "directory": 0,
    "intake": 1,
    "dispatch": 2,
    "petition": 3,
    "audit": 4,
    "police": 5,
    "justice": 6,
    "emergency": 7,
}


def load_service(name: str) -> Service:
    """Raises KeyError for a name that is not a service."""
    if name not in SERVICES:
        raise KeyError(name)
    app = import_module(f"services.{name}.app")
    service: Service = app.service(all_folds()) if name == "audit" else app.SERVICE
    return service


def all_folds() -> Folds:
    """The models of every service whose code is installed here; only audit gets them (decision 0003)."""
    installed = [name for name in SERVICES if name != "audit" and find_spec(f"services.{name}.app")]
    return folds_of(load_service(name) for name in installed)


def folds_of(services: Iterable[Service]) -> Folds:
    from shared.facts.envelope import source_of
    from shared.procedure.folds import Folds

    return Folds(
        {
            (source_of(service.name), aggregate.name): aggregate.model
            for service in services
            for aggregate in service.aggregates
        }
    )
