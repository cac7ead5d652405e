"""Small files that are read by other processes: written whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

PRIVATE = 0o600
SHARED = 0o644


def write_atomically(path: Path, text: str, mode: int = SHARED, *, durable: bool = True) -> None:
    """A reader sees the old text or the new one, never a part; if durable, after a power cut too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    beside.replace(path)


def read_json(path: Path) -> Any:
    """What the file holds; None if there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
