"""Reading older versions of a fact: a chain of pure functions, each beside its class, from one version to the next."""

import json
import re
from functools import lru_cache
from typing import Any

from shared.facts.fact import REGISTER, Fact

_TYPE = re.compile(r"^lianzhi\.([a-z]+)\.([a-z0-9-]+)\.v(\d+)$")


class NotUnderstood(Exception):
    """A record that cannot be read: parked for its case, or quarantined when even the case is unreadable."""


def newest(type: str) -> tuple[type[Fact], int] | None:
    """The registered class for a type in whatever version, and the version that was written."""
    match = _TYPE.match(type)
    if match is None:
        return None
    service, name, version = match.groups()
    known = _by_name(len(REGISTER)).get((service, name))
    return None if known is None else (known, int(version))


@lru_cache(maxsize=1)
def _by_name(registered: int) -> dict[tuple[str, str], type[Fact]]:
    """The newest of each name. Made again when something was registered since: it is asked for each unknown kind."""
    in_order = sorted(REGISTER.values(), key=lambda known: known.version)
    return {(known.service, known.fact_name()): known for known in in_order}


def superseded() -> frozenset[str]:
    """Types whose class is still there beside a newer one: their facts are lifted like those without a class."""
    return _superseded(len(REGISTER))


@lru_cache(maxsize=1)
def _superseded(registered: int) -> frozenset[str]:
    newest_ones = frozenset(_by_name(registered).values())
    return frozenset(type for type, known in REGISTER.items() if known not in newest_ones)


def can_be_lifted(type: str) -> bool:
    """Whether there is a way from that version to the newest one."""
    found = newest(type)
    return found is not None and all(step in found[0].upcasters for step in range(found[1], found[0].version))


def upcast(type: str, data: bytes, envelope: dict[str, Any]) -> Fact | None:
    """The fact lifted to the registered version; None for an unknown kind. Raises NotUnderstood."""
    found = newest(type)
    if found is None:
        return None
    kind, written = found
    if written > kind.version:
        raise NotUnderstood(f"{type} is newer than this service, which reads up to v{kind.version}")
    try:
        return kind.model_validate({**lifted(kind, written, json.loads(data)), **envelope})
    except (KeyError, ValueError, TypeError) as wrong:
        raise NotUnderstood(f"{type} cannot be lifted to v{kind.version}") from wrong


def lifted(kind: type[Fact], written: int, content: dict[str, Any]) -> dict[str, Any]:
    """The data of an older version as that of the registered one. Raises KeyError, ValueError, TypeError."""
    for version in range(written, kind.version):
        content = kind.upcasters[version](content)
    return content
