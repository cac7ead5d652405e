"""An entry of the log: the headers of a record as JSON, a newline, and the value, each as it came."""

from typing import Any

import orjson

from services.audit.tree.tiles import LARGEST_ENTRY


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
