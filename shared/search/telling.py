"""Which facts tell of texts that are kept here, and of which."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from shared.facts.fact import Fact
from shared.search.tables import Entry


def telling(facts: Iterable[type[Fact]]) -> frozenset[str]:
    """Types of those that have a text of this service in them."""
    return frozenset(fact.type() for fact in facts if fact.service and _tells(fact))


def _tells(fact: type[Fact]) -> bool:
    kept = (field for name, field in fact.model_fields.items() if name not in fact.kept_elsewhere)
    return any("ContentRef" in str(field.annotation) for field in kept)


def told_in(entries: Sequence[Entry], types: frozenset[str]) -> dict[str, int]:
    """The texts of which facts of these types tell, each with its place in the log."""
    return {id: entry.position for entry in entries if entry.type in types for id in _texts(entry.data)}


def _texts(data: bytes) -> Iterator[str]:
    fact: Mapping[str, Any] = orjson.loads(data)
    for value in fact.values():
        if isinstance(value, dict) and "commitment" in value:
            yield value["id"]
