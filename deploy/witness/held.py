"""A witness's folder, read as it lies there: what it has seen of a log, and its copy, checked by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import BadNote, Note
from services.audit.tree.tiles import WIDTH, BadBundle, Tile, read_bundle, root_over, split_hashes
from shared.signing import merkle


@dataclass(frozen=True, slots=True)
class Wrong:
    """What of a copy is not right: a file, and the entries concerned."""

    path: str
    first: int
    last: int


class HeldCopy:
    """Of one log, `<witness's folder>/<hash of its origin>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    async def note(self) -> Note | None:
        return _note(self.folder / "checkpoint")

    async def leaves(self, tile: Tile) -> list[bytes] | None:
        """Of a tile of level 0, from the widest file that there is of it."""
        found = self._file(0, tile.number)
        return None if found is None else split_hashes(found.read_bytes())[: tile.width]

    def mirrored(self) -> Checkpoint | None:
        """Up to where its copy is cosigned."""
        note = _note(self.folder / "mirror" / "checkpoint")
        return None if note is None else Checkpoint.read(note.text)

    def check(self) -> Iterator[Wrong | int]:
        """Each bundle against its tile, and all against the checkpoint; in between, how many entries are read."""
        checkpoint = self.mirrored()
        if checkpoint is None:
            return
        leaves: list[bytes] = []
        roots: list[bytes] = []
        for number in range((checkpoint.size + WIDTH - 1) // WIDTH):
            first, width = number * WIDTH, min(WIDTH, checkpoint.size - number * WIDTH)
            entries, tile = self.entries(number, width), self._file(0, number)
            leaves = [merkle.leaf_hash(entry) for entry in entries]
            kept = split_hashes(tile.read_bytes())[:width] if tile is not None else []
            if leaves != kept:
                place = next((n for n in range(width) if leaves[n : n + 1] != kept[n : n + 1]), 0)
                yield Wrong(Tile(None, number).path(), first + place, first + width - 1)
            if width == WIDTH:
                roots.append(merkle.root_of(leaves))
                leaves = []
            yield first + width
        if root_over(roots, leaves, checkpoint.size) != checkpoint.root:
            yield Wrong("checkpoint", 0, checkpoint.size - 1)

    def entries(self, number: int, width: int) -> list[bytes]:
        """The first so many of a tile; fewer where the copy is not whole."""
        found = self._file(None, number)
        try:
            return [] if found is None else read_bundle(found.read_bytes())[:width]
        except BadBundle:
            return []

    def _file(self, level: int | None, number: int) -> Path | None:
        base = self.folder / "mirror" / "tile"
        full = base / Tile(level, number).path()
        if full.is_file():
            return full
        partial = (base / Tile(level, number, 1).path()).parent
        widths = sorted((int(file.name) for file in partial.iterdir() if file.name.isdigit()), reverse=True)
        return partial / str(widths[0]) if widths else None


def copies(folder: Path) -> list[HeldCopy]:
    """Of every log that a witness's folder has."""
    return [HeldCopy(each.parent) for each in sorted(folder.glob("*/checkpoint"))]


def _note(file: Path) -> Note | None:
    """Of a checkpoint; None for one that is not there, or is none."""
    try:
        note = Note.read(file.read_text(encoding="utf-8"))
        Checkpoint.read(note.text)
    except (FileNotFoundError, UnicodeDecodeError, BadNote):
        return None
    return note
