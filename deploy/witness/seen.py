"""The last checkpoint of each log, and cosigning the next (C2SP tlog-witness)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

from deploy.witness.files import store
from services.audit.tree.checkpoints import MOST_HASHES, Checkpoint, read_hash, read_size
from services.audit.tree.notes import BadNote, Note, SigningKey, VerifierKey, write
from shared.signing import merkle

RECENT = 64
"""Checkpoints, each a signed note, of which a mirror still takes entries."""


class Refusal(Exception):
    """An answer other than 200: its status, body, and content type."""

    def __init__(self, status: int, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        super().__init__(text)
        self.status, self.text, self.kind = status, text, kind


@dataclass(frozen=True, slots=True)
class Offered:
    """The body of `add-checkpoint`."""

    old: int
    proof: Sequence[bytes]
    note: Note

    @classmethod
    def read(cls, body: bytes) -> "Offered":
        """Raises Refusal."""
        try:
            head, separator, note = body.decode().partition("\n\n")
            first, *lines = head.split("\n")
            if not separator or not first.startswith("old ") or len(lines) > MOST_HASHES:
                raise BadNote("it does not begin with an old size and a proof")
            return cls(read_size(first[4:]), [read_hash(line) for line in lines], Note.read(note))
        except (BadNote, UnicodeDecodeError) as wrong:
            raise Refusal(400, f"{wrong}\n") from wrong


class Seen:
    """Of one log. Its file is the truth; what is in memory is read from it once."""

    def __init__(self, origin: str, keys: Sequence[VerifierKey], folder: Path, cosigner: SigningKey) -> None:
        self.origin, self.keys, self.cosigner = origin, keys, cosigner
        self.folder = folder / sha256(origin.encode()).hexdigest()
        self._file = self.folder / "checkpoint"
        self._lock = Lock()
        self.note = self._file.read_text() if self._file.exists() else None
        self.last = Checkpoint(origin, 0, merkle.EMPTY) if self.note is None else checkpoint_of(self.note)
        self.recent: dict[int, str] = {self.last.size: self.note} if self.note else {}

    def add(self, offered: Offered, now: Callable[[], float]) -> str:
        """The cosignature's line, after the checkpoint is on disk. Raises Refusal."""
        checkpoint = self._read(offered.note)
        with self._lock:
            self._check(offered, checkpoint)
            line = self.cosigner.sign(offered.note.text, int(now()))
            own = [signature for signature in offered.note.signatures if self._is_known(signature.name, signature.id)]
            note = write(offered.note.text, [*(signature.line() for signature in own), line])
            store(self._file, note.encode())
            self.last, self.note = checkpoint, note
            self.recent[checkpoint.size] = note
            while len(self.recent) > RECENT:
                del self.recent[min(self.recent)]
        return line

    def _read(self, note: Note) -> Checkpoint:
        try:
            if not note.signed_by(self.keys):
                raise BadNote("no key of this log has signed it")
        except BadNote as wrong:
            raise Refusal(403, f"{wrong}\n") from wrong
        try:
            return Checkpoint.read(note.text)
        except BadNote as wrong:
            raise Refusal(400, f"{wrong}\n") from wrong

    def _check(self, offered: Offered, checkpoint: Checkpoint) -> None:
        if offered.old > checkpoint.size:
            raise Refusal(400, "the old size is above the checkpoint's\n")
        if offered.old != self.last.size:
            raise Refusal(409, f"{self.last.size}\n", "text/x.tlog.size")
        if checkpoint.size == 0 and checkpoint.root != merkle.EMPTY:
            raise Refusal(422, "an empty tree has another root\n")
        if not merkle.is_consistent(offered.old, checkpoint.size, offered.proof, self.last.root, checkpoint.root):
            raise Refusal(422, "the proof does not hold\n")

    def _is_known(self, name: str, id: bytes) -> bool:
        return (name, id) in {(key.name, key.id) for key in self.keys}


def checkpoint_of(note: str) -> Checkpoint:
    return Checkpoint.read(Note.read(note).text)
