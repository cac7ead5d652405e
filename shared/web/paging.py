"""Cursor pages: opaque, stable while rows come and go."""

import base64
import binascii
from typing import Annotated, Any

import orjson
from fastapi import Query

from shared.refusals.refusals import Invalid

Limit = Annotated[int, Query(ge=1, le=500, description="rows a page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


def encode_cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode_cursor(cursor: str | None, count: int) -> list[Any] | None:
    """Raises Invalid."""
    if cursor is None:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(parts, list) and len(parts) == count:
            return parts
    except (ValueError, binascii.Error):
        pass
    raise Invalid("cursor", "it is not one that this service gave", "不是本服务给出的游标")
