"""What an archive of a month says of itself: which range of the log it holds, and what proves it.

JSON of `format`, `origin`, `month`, `first` and `behind` (the range of indexes), `checkpoint` (a signed note), `left`
and `right` (the hashes of the fewest subtrees that fill the tree of the checkpoint on either side of the range), and
`vkeys`.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from re import compile as pattern

import orjson

from services.audit.tree.checkpoints import Checkpoint, read_hash
from services.audit.tree.notes import Note
from services.audit.tree.verdict import BadFile, Vkeys
from shared.signing.merkle import Range

FORMAT = "lianzhi-archive@v1"
_MONTH = pattern(r"[0-9]{4}-(0[1-9]|1[0-2])")


def file_name(month: str) -> str:
    """Of the archive of that month."""
    return f"lianzhi-log-{month}.parquet"


@dataclass(frozen=True, slots=True)
class Label:
    """`first` to before `behind`."""

    month: str
    first: int
    behind: int
    checkpoint: str
    left: Sequence[bytes]
    right: Sequence[bytes]
    vkeys: Vkeys

    @property
    def range(self) -> Range:
        return self.first, self.behind

    def pack(self) -> bytes:
        """Raises BadNote for what is no checkpoint."""
        told = {
            "format": FORMAT,
            "origin": Checkpoint.read(Note.read(self.checkpoint).text).origin,
            "month": self.month,
            "first": self.first,
            "behind": self.behind,
            "checkpoint": self.checkpoint,
            "left": [b64encode(hash).decode() for hash in self.left],
            "right": [b64encode(hash).decode() for hash in self.right],
            "vkeys": self.vkeys,
        }
        return orjson.dumps(told)

    @classmethod
    def read(cls, raw: bytes) -> "Label":
        """Raises BadFile."""
        try:
            told = orjson.loads(raw)
            if told["format"] != FORMAT or not _MONTH.fullmatch(told["month"]):
                raise BadFile(f"its label is not of the format {FORMAT}")
            if type(told["first"]) is not int or type(told["behind"]) is not int:
                raise BadFile("its label does not say which range it holds")
            left, right = ([read_hash(hash) for hash in told[side]] for side in ("left", "right"))
            label = cls(told["month"], told["first"], told["behind"], told["checkpoint"], left, right, told["vkeys"])
            if label.pack() != raw:
                raise BadFile("its label is not as it is written")
        except (KeyError, TypeError, AttributeError, ValueError) as wrong:
            raise wrong if isinstance(wrong, BadFile) else BadFile("its label cannot be read") from wrong
        return label
