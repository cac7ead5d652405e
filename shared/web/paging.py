"""Cursor pages: opaque, stable while rows come and go."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import Query

from shared.refusals.refusals import Invalid

Limit = Annotated[int, Query(ge=1, le=500, description="rows a page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
BIGGEST = 2**63 - 1


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
    raise _foreign()


def decode_typed(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """One part per kind: `datetime` (aware, as an ISO string), `str` or `int`. Raises Invalid."""
    parts = decode_cursor(cursor, len(kinds))
    if parts is None:
        return None
    try:
        return tuple(CONVERTERS[kind](part) for kind, part in zip(kinds, parts, strict=True))
    except (TypeError, ValueError, OverflowError) as wrong:
        raise _foreign() from wrong


def digest(*about: Any) -> str:
    """What a cursor is bound to: a list, its filters, its order."""
    return sha256(repr(about).encode()).hexdigest()[:12]


def decode_bound(cursor: str | None, about: str, *kinds: type) -> tuple[Any, ...] | None:
    """As `decode_typed`, of a cursor whose first part is `about`. Raises Invalid for another list's."""
    parts = decode_typed(cursor, str, *kinds)
    if parts is None:
        return None
    if parts[0] != about:
        raise Invalid(
            "cursor", "it is of another list, other filters or another order", "它属于另一个列表、筛选条件或排序"
        )
    return parts[1:]


def _foreign() -> Invalid:
    return Invalid("cursor", "it is not one that this service gave", "不是本服务给出的游标")


def _moment(part: Any) -> datetime:
    moment = datetime.fromisoformat(part)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def _text(part: Any) -> str:
    if not isinstance(part, str) or "\0" in part:
        raise ValueError("not a text that a database holds")
    return part


def _number(part: Any) -> int:
    if type(part) is not int or abs(part) > BIGGEST:
        raise ValueError("not a number that a database holds")
    return part


CONVERTERS: dict[type, Callable[[Any], Any]] = {datetime: _moment, str: _text, int: _number}
