"""A copy of a log in files, as C2SP tlog-tiles lays them out; taken as C2SP tlog-mirror says."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from threading import Lock

from deploy.witness.files import store
from deploy.witness.seen import Refusal, Seen, checkpoint_of
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import Note, SigningKey, write
from services.audit.tree.tiles import (
    LARGEST_ENTRY,
    WIDTH,
    BadBundle,
    Tile,
    edge,
    pack_bundle,
    read_bundle,
    split_hashes,
)
from shared.signing import merkle
from shared.signing.merkle import HASH, leaf_hash, root_of

MOST_PACKAGES = 32
LARGEST_BODY = MOST_PACKAGES * (WIDTH * (LARGEST_ENTRY + 2) + 64 * HASH) // 8
"""Bytes: entries of 8 KiB on average, far above what facts are."""

KIND = "text/x.tlog.mirror-info"


class Copy:
    """Of one log. `next`: the first entry that is not here; `size`: up to where it is cosigned."""

    def __init__(self, seen: Seen, cosigner: SigningKey) -> None:
        self.seen, self.cosigner = seen, cosigner
        self.folder = seen.folder / "mirror"
        self._file = self.folder / "checkpoint"
        self._next_file = self.folder / "next"
        self._lock = Lock()
        self.note = self._file.read_text() if self._file.exists() else None
        self.size = 0 if self.note is None else checkpoint_of(self.note).size
        self.next = int(self._next_file.read_text()) if self._next_file.exists() else 0

    def path(self, tile: Tile) -> Path:
        return self.folder / "tile" / tile.path()

    def add(self, body: bytes, now: float) -> str:
        """The cosignature's line once all is here. Raises Refusal, also with 202 while more has to come."""
        start, size, packages = self._head(body)
        with self._lock:
            note = self.seen.recent.get(size)
            if note is None or size < self.size or start > self.next:
                raise self._elsewhere(409, self.seen.last.size)
            checkpoint = checkpoint_of(note)
            taken = self._take(checkpoint, start, packages)
            if self.next < size:
                if not taken:
                    raise Refusal(400, "no package could be read\n")
                raise self._elsewhere(202, size)
            return self._commit(checkpoint, Note.read(note), now)

    def _head(self, body: bytes) -> tuple[int, int, bytes]:
        length = int.from_bytes(body[:2])
        rest = body[2 + length :]
        if body[2 : 2 + length] != self.seen.origin.encode() or len(rest) < 18:
            raise Refusal(404 if len(rest) >= 18 else 400, "a log that is not watched here\n")
        ticket = int.from_bytes(rest[16:18])
        start, size = int.from_bytes(rest[:8]), int.from_bytes(rest[8:16])
        if start > size:
            raise Refusal(400, "it ends before it starts\n")
        return start, size, rest[18 + ticket :]

    def _elsewhere(self, status: int, size: int) -> Refusal:
        return Refusal(status, f"{size}\n{self.next}\n\n", KIND)

    def _take(self, checkpoint: Checkpoint, start: int, packages: bytes) -> bool:
        """Whether any package was good."""
        place, taken = 0, False
        while start < checkpoint.size:
            behind = min(checkpoint.size, (start // WIDTH + 1) * WIDTH)
            found = _package(packages, place, behind - start)
            if found is None:
                break
            entries, proof, place = found
            self._keep(checkpoint, start, entries, proof)
            start, taken = behind, True
        return taken

    def _keep(self, checkpoint: Checkpoint, start: int, entries: Sequence[bytes], proof: Sequence[bytes]) -> None:
        first = start // WIDTH * WIDTH
        whole = [*self._entries(first, start), *entries]
        leaves = [leaf_hash(entry) for entry in whole]
        behind = first + len(whole)
        if not merkle.is_on_path((first, behind), checkpoint.size, root_of(leaves), proof, checkpoint.root):
            raise Refusal(422, "a package's proof does not hold\n")
        if behind > self.next:
            number = first // WIDTH
            store(self.path(Tile(None, number, len(whole))), pack_bundle(whole))
            store(self.path(Tile(0, number, len(whole))), b"".join(leaves))
            self._grow(self.next, behind)
            self.next = behind
            store(self._next_file, b"%d" % behind)

    def _entries(self, first: int, behind: int) -> list[bytes]:
        """Of one tile, those that are here already."""
        if behind == first:
            return []
        full = self.path(Tile(None, first // WIDTH))
        held = full if full.exists() else self._widest(first // WIDTH)
        return read_bundle(held.read_bytes())[: behind - first]

    def _widest(self, number: int) -> Path:
        for width in range(WIDTH - 1, 0, -1):
            found = self.path(Tile(None, number, width))
            if found.exists():
                return found
        raise Refusal(409, f"{self.seen.last.size}\n{number * WIDTH}\n\n", KIND)

    def _grow(self, before: int, size: int) -> None:
        """Full tiles of the upper levels, and none of the partial ones that a full one replaces."""
        for level in count(1):
            old, new = before >> 8 * (level + 1), size >> 8 * (level + 1)
            for number in range(before >> 8 * level, size >> 8 * level):
                self._drop_partial(level - 1, number)
            for number in range(old, new):
                store(self.path(Tile(level, number)), self._roots(level, number, WIDTH))
            if old == new:
                return

    def _drop_partial(self, level: int, number: int) -> None:
        for kind in (level, None) if level == 0 else (level,):
            folder = self.path(Tile(kind, number, 1)).parent
            for file in folder.glob("*") if folder.exists() else ():
                file.unlink()

    def _roots(self, level: int, number: int, width: int) -> bytes:
        below = range(number * WIDTH, number * WIDTH + width)
        return b"".join(root_of(split_hashes(self.path(Tile(level - 1, each)).read_bytes())) for each in below)

    def _commit(self, checkpoint: Checkpoint, seen: Note, now: float) -> str:
        for tile in edge(checkpoint.size):
            if tile.level and not self.path(tile).exists():
                store(self.path(tile), self._roots(tile.level, tile.number, tile.width))
        line = self.cosigner.sign(seen.text, int(now))
        self.note = write(seen.text, [*(each.line() for each in seen.signatures), line])
        store(self._file, self.note.encode())
        self.size = checkpoint.size
        return line

    def bundles(self, size: int) -> Iterator[tuple[int, list[bytes]]]:
        """All entries below that size, tile by tile, with the first one's index."""
        for number in range((size + WIDTH - 1) // WIDTH):
            first = number * WIDTH
            yield first, self._entries(first, min(size, first + WIDTH))


def _package(body: bytes, place: int, number: int) -> tuple[list[bytes], list[bytes], int] | None:
    """Entries, proof, and where the next one begins; None for one that is cut off."""
    start = place
    for _ in range(number):
        place += 2 + int.from_bytes(body[place : place + 2])
    hashes = body[place : place + 1]
    behind = place + 1 + (hashes[0] if hashes else 0) * HASH
    if not hashes or behind > len(body):
        return None
    try:
        entries = read_bundle(body[start:place])
    except BadBundle:
        return None
    return entries, split_hashes(body[place + 1 : behind]), behind
