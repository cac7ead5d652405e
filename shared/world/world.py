"""Time, identifiers and randomness, at the edge.

The clock file holds `{"stated": RFC 3339, "real": seconds since 1970}`: the domain's time runs on from `stated`
at the pace of the real clock since `real`. No file: the real time.
"""

import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

_last_millisecond = 0
_counter = 0


@dataclass(slots=True)
class WorldClock:
    """The domain's time. Reads the clock file again whenever the file changes."""

    file: Path | None = None
    _seen: int = 0
    _shift: timedelta = timedelta()

    def now(self) -> datetime:
        """Aware, UTC."""
        if self.file is not None:
            self._reload()
        return datetime.now(UTC) + self._shift

    def _reload(self) -> None:
        assert self.file is not None
        try:
            seen = os.stat(self.file).st_mtime_ns
        except FileNotFoundError:
            self._seen, self._shift = 0, timedelta()
            return
        if seen != self._seen:
            stated = json.loads(self.file.read_text())
            real = datetime.fromtimestamp(stated["real"], UTC)
            self._shift = datetime.fromisoformat(stated["stated"]) - real
            self._seen = seen


def set_clock(file: Path, stated: datetime) -> None:
    """Make `stated` the domain's time from now on. Atomic; every service sees it at its next look."""
    text = json.dumps({"stated": stated.isoformat(), "real": time.time()})
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(file)


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): sorts by the time of its making, also within one millisecond of this process."""
    global _last_millisecond, _counter
    millisecond = time.time_ns() // 1_000_000
    if millisecond <= _last_millisecond:
        millisecond = _last_millisecond
        _counter += 1
        if _counter > 0xFFF:
            millisecond, _counter = millisecond + 1, 0
    else:
        _counter = 0
    _last_millisecond = millisecond
    value = millisecond << 80 | 0x7 << 76 | _counter << 64 | 0x2 << 62 | secrets.randbits(62)
    return str(UUID(int=value))


def secret_code(groups: int = 3, size: int = 4) -> str:
    """A code that a person can read aloud: `groups` of `size` letters and digits without I, L, O and U, 5 bits each."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(size)) for _ in range(groups))


def random_bytes(count: int) -> bytes:
    return secrets.token_bytes(count)
