"""Follows the logs of all services, each line of JSON shortened to one that a person reads."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

POLL = 0.2
ANSWERED = "answered"
HIDDEN = frozenset({"timestamp", "level", "service", "event", "request", "trace", "exception"})
LEFT_OPEN = ("Unclosed ", "Task was destroyed")
LONGEST_LINE, LONGEST_VALUE = 240, 120
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
    """Time, service, level, event and what matters of the rest; a line that is not JSON stays behind its service."""
    try:
        entry = json.loads(line)
        moment = datetime.fromisoformat(entry["timestamp"]).astimezone()
        level = str(entry["level"])
        return Text.assemble(
            (f"{moment:%H:%M:%S} ", "dim"),
            (f"{entry.get('service', name):<10} ", "cyan"),
            (f"{level:<8}", COLOURS.get(level, "")),
            cut(sentence(entry), LONGEST_LINE),
        )
    except (ValueError, KeyError, TypeError):
        return Text.assemble((f"{'':<9}{name:<10} ", "cyan"), cut(line, LONGEST_LINE))


def sentence(entry: Mapping[str, Any]) -> str:
    """The event with its fields, and the reason of what failed, in one line."""
    event, *below = [line.strip() for line in str(entry["event"]).splitlines() if line.strip()] or [""]
    if event == ANSWERED:
        return " ".join(str(entry.get(name, "?")) for name in ("method", "route", "status", "ms")) + " ms"
    parts = [event.removesuffix("Its last lines:").rstrip(": ")]
    parts += [f"{name}={cut(str(value), LONGEST_VALUE)}" for name, value in entry.items() if name not in HIDDEN]
    reason = reason_of(below) or last_line(entry.get("exception"))
    return " ".join(parts) + (f" — {reason}" if reason else "")


def reason_of(lines: Sequence[str]) -> str:
    """Of a process's last lines: its last error but for what an end leaves open, else its last word."""
    told = [(_entry(line), line) for line in lines]
    for entry, _ in reversed(told):
        if entry and entry.get("level") in ("error", "critical") and not str(entry["event"]).startswith(LEFT_OPEN):
            return sentence(entry)
    if not told:
        return ""
    entry, line = told[-1]
    return line if entry is None else sentence(entry)


def last_line(exception: object) -> str:
    """Of a traceback: the error itself."""
    lines = str(exception).strip().splitlines() if exception else []
    return lines[-1].strip() if lines else ""


def cut(text: str, most: int) -> str:
    """In one line, with a sign where something is left out."""
    text = " ".join(text.splitlines())
    return text if len(text) <= most else text[: most - 1] + "…"


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "event" in entry else None
