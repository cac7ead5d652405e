"""A file as rows of text. Formulas, numbers and dates are what the cell shows, never anything to be run."""

import codecs
import csv
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",\t;"
CHUNK = 1 << 20
LONGEST_CELL = 1 << 20
LARGEST_SHEET = 2 << 30
"""Bytes of an XLSX once unpacked: a small file can claim to be a huge one."""
Row = tuple[str, ...]


class Unreadable(Exception):
    """The file as a whole, or from some row on."""


def rows(path: Path) -> Iterator[Row]:
    """The header first. Raises Unreadable, OSError."""
    found = _workbook(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _text(path)
    return (row for row in found)


def _text(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    with path.open(encoding=encoding_of(path), newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        try:
            for row in csv.reader(file, delimiter=delimiter, strict=True):
                number += 1
                yield tuple(row)
        except csv.Error as error:
            raise Unreadable(f"row {number + 1} cannot be read, nor what follows it: {error}") from error


def encoding_of(path: Path) -> str:
    """UTF-8 unless its bytes say otherwise. Raises Unreadable."""
    for name in ENCODINGS:
        if _decodes(path, name):
            return name
    raise Unreadable("neither UTF-8 nor GB18030: save it as CSV UTF-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(header: str) -> str:
    """The one that the header has most of."""
    return max(DELIMITERS, key=header.count)


def _workbook(path: Path) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > LARGEST_SHEET:
                raise Unreadable("larger than 2 GB once unpacked")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Unreadable("not an XLSX file, or a damaged one") from error
    try:
        yield from _cells(book.worksheets[0].iter_rows(values_only=True))
    finally:
        book.close()


def _cells(found: Iterable[Sequence[Any]]) -> Iterator[Row]:
    for row in found:
        yield tuple(_shown(cell) for cell in row)


def _shown(cell: Any) -> str:
    """As a person reads it: a telephone number that Excel took for a number has no decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
