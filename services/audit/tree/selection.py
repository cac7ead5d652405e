"""Entries of the log that somebody searched for, with proofs: written and checked a line at a time.

Lines of JSON. The first has `format`, `checkpoint` (a signed note) and `vkeys`; then, in order of index, one each with
`index`, `entry` and `proof` as in a case's bundle, or with `leaf` instead of `entry` where the reader might not see the
entry; the last has `entries`, how many there are.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.audit.tree.bundle import check_entry, check_leaf, told_with_proof
from services.audit.tree.checkpoints import read_hash
from services.audit.tree.notes import VerifierKey
from services.audit.tree.verdict import BadFile, Verdict, Vkeys, check_checkpoint

FORMAT = "lianzhi-log-selection@v1"
MOST = 200
"""Problems that are told."""
Progress = Callable[[int], None]
"""Entries checked."""


@dataclass(slots=True, kw_only=True)
class SelectionVerdict(Verdict):
    """`entries` checked, `withheld` of them without their bytes."""

    entries: int = 0
    withheld: int = 0


def begin(note: str, vkeys: Vkeys) -> bytes:
    return _line({"format": FORMAT, "checkpoint": note, "vkeys": vkeys})


def entry_line(index: int, entry: bytes, proof: Sequence[bytes]) -> bytes:
    return _line(told_with_proof(index, entry, proof))


def leaf_line(index: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    told = told_with_proof(index, b"", proof)
    return _line({"index": index, "leaf": b64encode(leaf).decode(), "proof": told["proof"]})


def end(entries: int) -> bytes:
    return _line({"entries": entries})


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def is_selection(first: bytes) -> bool:
    """By its first line."""
    try:
        told = orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return isinstance(told, dict) and told.get("format") == FORMAT


def verify_selection(
    lines: Iterable[bytes], trusted: Sequence[VerifierKey] = (), progress: Progress | None = None
) -> SelectionVerdict:
    """Without `trusted` the keys are the file's own word. Raises BadFile."""
    coming = iter(lines)
    verdict = SelectionVerdict(pinned=bool(trusted))
    _check_beginning(next(coming, b""), trusted, verdict)
    last, ended = -1, False
    for number, line in enumerate(coming, 2):
        place = f"line {number}"
        told = _read(place, line, verdict)
        if ended:
            verdict.add(place, "在结束行之后", "it stands behind the end")
        elif told is not None and told.keys() == {"entries"}:
            ended = True
            if told["entries"] != verdict.entries:
                zh, en = f"应有 {told['entries']} 条", f"there should be {told['entries']} entries"
                verdict.add(place, zh, en)
        elif told is not None:
            last = _check_line(place, told, last, verdict)
            if progress is not None:
                progress(verdict.entries)
        if len(verdict.problems) >= MOST:
            return verdict
    if not ended:
        verdict.add("end", "文件不完整，缺少结束行", "the file is cut off: its end is missing")
    return verdict


def _check_beginning(line: bytes, trusted: Sequence[VerifierKey], verdict: Verdict) -> None:
    """Raises BadFile."""
    if not is_selection(line):
        raise BadFile(f"it is not of the format {FORMAT}")
    told = orjson.loads(line)
    if (
        told.keys() != {"format", "checkpoint", "vkeys"}
        or not isinstance(told["checkpoint"], str)
        or not isinstance(told["vkeys"], dict)
        or not line.endswith(b"\n")
    ):
        raise BadFile("its first line has not just format, checkpoint and vkeys")
    check_checkpoint(told["checkpoint"], told["vkeys"], trusted, verdict)


def _read(place: str, line: bytes, verdict: Verdict) -> dict[str, Any] | None:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        told = None
    if isinstance(told, dict) and line.endswith(b"\n"):
        return told
    verdict.add(place, "格式有误", "it is no line of JSON")
    return None


def _check_line(place: str, told: dict[str, Any], last: int, verdict: SelectionVerdict) -> int:
    """Answers the index that the next has to be above."""
    verdict.entries += 1
    if verdict.checkpoint is None:
        return last
    index = told.get("index")
    if isinstance(index, int) and index <= last:
        verdict.add(place, "次序有误或者重复", "it is out of order, or there twice")
    if "leaf" in told:
        verdict.withheld += 1
        _check_withheld(place, told, verdict)
    else:
        check_entry(place, told, verdict)
    return max(last, index) if isinstance(index, int) else last


def _check_withheld(place: str, told: dict[str, Any], verdict: Verdict) -> None:
    try:
        if told.keys() != {"index", "leaf", "proof"}:
            raise BadFile("it has not just an index, a leaf and a proof")
        check_leaf(place, told, read_hash(told["leaf"]), verdict)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        verdict.add(place, "格式有误", f"it is not of its form: {type(wrong).__name__}")
