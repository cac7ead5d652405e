"""Cursors of this service, with what is in them checked."""

from datetime import datetime

from services.audit.views import Place
from shared.refusals.refusals import Invalid
from shared.web.paging import decode_cursor


def index_of(cursor: str | None) -> int | None:
    """Raises Invalid."""
    parts = decode_cursor(cursor, 1)
    if parts is None:
        return None
    return _index(parts[0])


def place_of(cursor: str | None) -> Place | None:
    """In a history: time and index reached, position. Raises Invalid."""
    parts = decode_cursor(cursor, 3)
    if parts is None:
        return None
    try:
        reached = datetime.fromisoformat(parts[0])
    except (ValueError, TypeError):
        raise _foreign() from None
    if reached.tzinfo is None:
        raise _foreign()
    return reached, _index(parts[1]), _index(parts[2])


def _index(part: object) -> int:
    if isinstance(part, bool) or not isinstance(part, int) or not 0 <= part < 2**63:
        raise _foreign()
    return part


def _foreign() -> Invalid:
    return Invalid("cursor", "it is not one that this service gave", "不是本服务给出的游标")
