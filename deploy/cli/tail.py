"""Follows the logs of all services, each line of JSON shortened to one that a person reads."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

POLL = 0.2
COLOURS = {"error": "red", "critical": "red", "warning": "yellow", "debug": "dim"}


class Tail:
    """New lines of one file, even if it is moved aside or emptied meanwhile."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self._path = path
        self._inode, self._position = self._here()
        self._unfinished = b""

    def lines(self) -> Iterator[str]:
        """What was written since it was last asked."""
        inode, size = self._here()
        if inode != self._inode or size < self._position:
            self._inode, self._position, self._unfinished = inode, 0, b""
        if size == self._position:
            return
        with self._path.open("rb") as file:
            file.seek(self._position)
            *whole, self._unfinished = (self._unfinished + file.read()).split(b"\n")
            self._position = file.tell()
        for line in whole:
            yield line.decode("utf-8", "replace")

    def _here(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_size


def follow(logs: list[Path], alive: Callable[[], bool], console: Console) -> None:
    """Until the supervisor has ended."""
    tails = [Tail(log) for log in logs]
    while alive():
        for tail in tails:
            for line in tail.lines():
                console.print(shortened(line, tail.name), soft_wrap=True)
        time.sleep(POLL)


def shortened(line: str, name: str) -> Text:
    """Time, service, level and event; a line that is not JSON stays as it is, behind the service's name."""
    try:
        entry = json.loads(line)
        moment = datetime.fromisoformat(entry["timestamp"]).astimezone()
        level = str(entry["level"])
        return Text.assemble(
            (f"{moment:%H:%M:%S} ", "dim"),
            (f"{entry.get('service', name):<10} ", "cyan"),
            (f"{level:<8}", COLOURS.get(level, "")),
            str(entry["event"]).replace("\n", " | "),
        )
    except (ValueError, KeyError, TypeError):
        return Text.assemble((f"{'':<9}{name:<10} ", "cyan"), line)
