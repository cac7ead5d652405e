"""A record's headers as bytes, exactly, for keeping and signing."""

from collections.abc import Sequence
from typing import Any

import orjson


def pack_headers(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as bytes, exactly: a JSON list of [name, latin-1 text]."""
    return orjson.dumps([[name, None if value is None else value.decode("latin-1")] for name, value in headers])


def unpack_headers(packed: bytes) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = orjson.loads(packed)
    return [(name, None if value is None else value.encode("latin-1")) for name, value in pairs]
