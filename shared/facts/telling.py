"""Facts told to people, by their types: whatever class is known here knows its own sentence."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from shared.facts.fact import REGISTER, Fact
from shared.facts.sentence import Teller
from shared.facts.upcast import lifted, newest


def tell(type: str, data: Any, at: datetime, teller: Teller) -> str | None:
    """None for a kind that is not known here, and for data that is not as the kind has it.

    Says no more than the data does, with names in the place of codes.
    """
    found = newest(type) or _common(type, len(REGISTER))
    if found is None or not isinstance(data, Mapping):
        return None
    kind, written = found
    if kind.told is None or written > kind.version:
        return None
    try:
        return kind.told.told(lifted(kind, written, dict(data)), at, teller)
    except (KeyError, ValueError, TypeError):
        return None  # an older version that is not as it was


@lru_cache(maxsize=1024)
def _common(type: str, registered: int) -> tuple[type[Fact], int] | None:
    """Of a service that is not known here what every service tells: by the base that each makes its own."""
    name = type.split(".")[2:3]
    bases = (base for base in Fact.__subclasses__() if not base.service and [base.fact_name()] == name)
    base = next(bases, None)
    return None if base is None else (base, base.version)
