"""Time, identifiers and randomness, at the edge.

The clock file holds `{"stated": RFC 3339, "real": seconds since 1970}`: the domain's time runs on from `stated`
at the pace of the real clock since `real`. No file: the real time.
"""

import json
import os
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path


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
    """Make `stated` the domain's time from now on. Atomic, for several at once too; seen at the next look."""
    text = json.dumps({"stated": stated.isoformat(), "real": time.time()})
    draft = file.with_name(f".{file.name}.{new_id()}")
    try:
        with draft.open("x") as writing:
            writing.write(text)
            writing.flush()
            os.fsync(writing.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@dataclass(slots=True)
class _Identifiers:
    """UUIDs of version 7 (RFC 9562), rising also within one millisecond of this process."""

    millisecond: int = 0
    counter: int = 0
    tails: list[int] = field(default_factory=list)

    def next(self) -> str:
        now = time.time_ns() // 1_000_000
        if now > self.millisecond:
            self.millisecond, self.counter = now, 0
        elif self.counter < 0xFFF:
            self.counter += 1
        else:
            self.millisecond, self.counter = self.millisecond + 1, 0
        if not self.tails:
            self.tails += memoryview(os.urandom(_PORTION)).cast("Q").tolist()
        tail = self.tails.pop() & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000
        digits = f"{self.millisecond:012x}{0x7000 | self.counter:04x}{tail:016x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_PORTION, _LARGEST_TAKEN = 4096, 256
_identifiers = _Identifiers()
new_id = _identifiers.next
"""A new identifier; later ones sort after it."""


_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def made_at(id: str) -> float:
    """When an identifier was made, in seconds since 1970 by the real clock; 0 for one that was not made here."""
    return int(f"{id[:8]}{id[9:13]}", 16) / 1000 if _FORM.fullmatch(id) else 0.0


def secret_code(groups: int = 3, size: int = 4) -> str:
    """A code that a person can read aloud: `groups` of `size` letters and digits without I, L, O and U, 5 bits each."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    signs = "".join(alphabet[byte & 31] for byte in random_bytes(groups * size))
    return "-".join(signs[at : at + size] for at in range(0, len(signs), size))


class _Portion(threading.local):
    """Random bytes of the system, fetched in portions: one request needs forty, and each fetch is a system call."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._bytes, self._used = b"", 0

    def take(self, count: int) -> bytes:
        if count > _LARGEST_TAKEN:
            return os.urandom(count)
        end = self._used + count
        if end > len(self._bytes):
            self._bytes, self._used, end = os.urandom(_PORTION), 0, count
        taken, self._used = self._bytes[self._used : end], end
        return taken


_portion = _Portion()
# A forked process must not give out what its parent gives out.
os.register_at_fork(after_in_child=_portion.forget)
os.register_at_fork(after_in_child=_identifiers.tails.clear)


def random_bytes(count: int) -> bytes:
    """From the system's generator, fit for keys."""
    return _portion.take(count)
