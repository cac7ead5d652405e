"""An entry of the log: the headers of a record as JSON, a newline, and the value, each as it came."""

from collections.abc import Mapping
from typing import Any

import orjson

from services.audit.tree.tiles import LARGEST_ENTRY
from shared.facts.envelope import read_envelope
from shared.facts.packing import unpack_headers
from shared.facts.upcast import NotUnderstood

FOUND_BY = (
    *("source", "position", "lane", "sequence", "id", "type", "key", "time", "actor", "department"),
    *("aggregate", "aggregate_id", "version"),
)


class BadEntry(ValueError):
    """Bytes that are no entry of this log."""


def to_entry(headers: bytes, value: bytes) -> bytes:
    """Raises BadEntry for one that is longer than C2SP tlog-tiles allows: 65,535 bytes."""
    entry = headers + b"\n" + value
    if len(entry) > LARGEST_ENTRY:
        raise BadEntry(f"an entry has at most {LARGEST_ENTRY} bytes")
    return entry


def split_entry(entry: bytes) -> tuple[bytes, bytes]:
    """Headers and value; JSON as this log writes it has no newline. Raises BadEntry."""
    headers, separator, value = entry.partition(b"\n")
    if not separator:
        raise BadEntry("it has no headers")
    return headers, value


def read_entry(entry: bytes) -> tuple[dict[str, str], Any]:
    """Headers by name and the value's JSON, None if it is none. Raises BadEntry."""
    headers, value = split_entry(entry)
    try:
        named = dict(orjson.loads(headers))
    except (ValueError, TypeError):
        raise BadEntry("its headers cannot be read") from None
    try:
        return named, orjson.loads(value)
    except orjson.JSONDecodeError:
        return named, None


def misfiled(row: Mapping[str, Any]) -> list[str]:
    """Which of the columns that an entry is found by say another thing than its bytes."""
    try:
        envelope = read_envelope(unpack_headers(row["headers"]), row["value"])
    except (NotUnderstood, ValueError, TypeError):
        return ["headers"]
    said = {name: getattr(envelope, name) for name in FOUND_BY}
    said |= {"correlation": envelope.trail.correlation, "causation": envelope.trail.causation}
    return [name for name, value in said.items() if row[name] != value]
