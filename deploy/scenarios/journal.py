"""What has been played in a data directory, a line a step: a demo that was killed goes on where it stopped.

A lost last line is no harm: the step is done again with the same Idempotency-Key.
"""

import json
import os
from pathlib import Path
from typing import Any

from deploy.scenarios.matter import Docket


class Journal:
    """Without a path nothing is kept: then only the services' answers to repeated keys tell what was done."""

    def __init__(self, path: Path | None, seed: int) -> None:
        self.path, self.seed = path, seed
        self.dockets: dict[str, Docket] = {}
        self._file: int | None = None
        if path is not None:
            self._read(path)

    def note(self, ref: str, docket: Docket) -> None:
        self.dockets[ref] = docket
        self._write({"ref": ref, "docket": docket.as_json()})

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _read(self, path: Path) -> None:
        """The seed that it was begun with holds: other choices were other requests under the same keys."""
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            path.write_text(whole, encoding="utf-8")
        for line in whole.splitlines():
            told = json.loads(line)
            if "seed" in told:
                self.seed = told["seed"]
            else:
                self.dockets[told["ref"]] = Docket.of_json(told["docket"])

    def _write(self, told: dict[str, Any]) -> None:
        if self.path is None:
            return
        if self._file is None:
            self._file = self._open(self.path)
        os.write(self._file, (json.dumps(told, ensure_ascii=False) + "\n").encode())

    def _open(self, path: Path) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = path.exists() and path.stat().st_size > 0
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if not begun:
            os.write(file, (json.dumps({"seed": self.seed}) + "\n").encode())
        return file
