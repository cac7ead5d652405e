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
    """Made again when something was registered since: it is asked for each fact of an unknown kind."""
    return {(known.service, known.fact_name()): known for known in REGISTER.values()}


def upcast(type: str, data: bytes, envelope: dict[str, Any]) -> Fact | None:
    """The fact lifted to the registered version; None for an unknown kind. Raises NotUnderstood."""
    found = newest(type)
    if found is None:
        return None
    kind, written = found
    if written > kind.version:
        raise NotUnderstood(f"{type} is newer than this service, which reads up to v{kind.version}")
    try:
        content = json.loads(data)
        for version in range(written, kind.version):
            content = kind.upcasters[version](content)
        return kind.model_validate({**content, **envelope})
    except (KeyError, ValueError, TypeError) as wrong:
        raise NotUnderstood(f"{type} cannot be lifted to v{kind.version}") from wrong
