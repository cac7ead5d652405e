"""A cursor goes round; one that no service gave is refused, not a fault."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.refusals.refusals import Invalid
from shared.web.paging import decode_typed, encode_cursor

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_what_was_encoded_comes_back_with_its_types() -> None:
    cursor = encode_cursor(NOW.isoformat(), "a", 7)
    assert decode_typed(cursor, datetime, str, int) == (NOW, "a", 7)
    assert decode_typed(None, datetime) is None


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("2030-01-02T03:04:05", datetime),
        ("0001-01-01T00:00:00+08:00", datetime),
        ("tomorrow", datetime),
        (7, datetime),
        (None, str),
        ("nul\0", str),
        ("7", int),
        (True, int),
        (2**63, int),
    ],
)
def test_a_part_of_another_kind_is_refused(part: Any, kind: type) -> None:
    with pytest.raises(Invalid):
        decode_typed(encode_cursor(part), kind)


@pytest.mark.parametrize("cursor", ["!", "é", "e30", "W10"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        decode_typed(cursor, str)
