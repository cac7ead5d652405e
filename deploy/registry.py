"""Every service and its place behind the base port."""

from importlib import import_module

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
    service: Service = import_module(f"services.{name}.app").SERVICE
    return service
