"""The rows that were not taken, as a file that can be corrected and imported again."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from shared.sheets.columns import guarded
from shared.sheets.sheets import Row

SHOWN = 20


class Errors:
    """Written as they come; without a path the first twenty are kept for showing."""

    def __init__(self, path: Path | None, header: Sequence[str]) -> None:
        self.path, self.header = path, header
        self.count = 0
        self.first: list[tuple[int, str]] = []
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, number: int, reason: str, row: Row) -> None:
        """`number` as a spreadsheet program counts: the header is row 1."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append((number, reason))
        if self.path is not None:
            file = self._file = self._file or self._begin(self.path)
            csv.writer(file).writerow([number, reason, *map(guarded, row)])

    def _begin(self, path: Path) -> IO[str]:
        """With a byte order mark, for the programs that take UTF-8 for something else without one."""
        file = path.open("w", encoding="utf-8-sig", newline="")
        csv.writer(file).writerow(["row", "reason", *map(guarded, self.header)])
        return file
