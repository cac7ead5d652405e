"""Rows for spreadsheet programs: CSV that opens in the right signs, and runs nothing."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BOM = "\ufeff"
"""By it spreadsheet programs know UTF-8."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def head(columns: Sequence[str]) -> bytes:
    return (BOM + _text([columns])).encode()


def lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    return _text([harmless(row[name]) for name in columns] for row in rows).encode()


def harmless(value: Any) -> str:
    """What a spreadsheet program would take for a formula is a text to it."""
    cell = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _text(cells: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(cells)
    return text.getvalue()
