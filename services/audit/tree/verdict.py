"""What checking a file of the log came to: who vouches for its checkpoint, and what does not hold, with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import COSIGNS, SIGNS, BadNote, Note, VerifierKey

Vkeys = Mapping[str, Sequence[str]]
"""`vkey`s as a file brings them along: of the `log`, and of its `witnesses`."""


class BadFile(ValueError):
    """What is no file of that kind at all; says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not hold, and where."""

    place: str
    zh: str
    en: str


@dataclass(slots=True, kw_only=True)
class Verdict:
    """`problems`: none if all holds. `pinned`: the keys came from outside."""

    pinned: bool
    checkpoint: Checkpoint | None = None
    signers: list[str] = field(default_factory=list)
    witnesses: list[tuple[str, datetime]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems

    def add(self, place: str, zh: str, en: str) -> None:
        self.problems.append(Problem(place, zh, en))


def check_checkpoint(note: str, vkeys: Mapping[str, Any], trusted: Sequence[VerifierKey], verdict: Verdict) -> None:
    """Its signatures, by the keys one trusts, or else by those that the file brings; noted in the verdict."""
    own = _own_keys(vkeys, verdict)
    _check_note(note, trusted or own, verdict)


def _own_keys(vkeys: Mapping[str, Any], verdict: Verdict) -> list[VerifierKey]:
    found = []
    try:
        if vkeys.keys() != {"log", "witnesses"}:
            raise BadNote("it has not just log and witnesses")
        for key in (*vkeys["log"], *vkeys["witnesses"]):
            found.append(VerifierKey.read(key))
    except (BadNote, TypeError, AttributeError) as wrong:
        verdict.add("vkeys", "随附的验证密钥有误", f"the keys that come with it are not right: {wrong}")
    return found


def _check_note(note: str, keys: Sequence[VerifierKey], verdict: Verdict) -> None:
    try:
        read = Note.read(note)
        signed = read.signed_by(keys)
        checkpoint = Checkpoint.read(read.text)
    except BadNote as wrong:
        verdict.add("checkpoint", "检查点或其签名无效", f"the checkpoint or a signature does not hold: {wrong}")
        return
    log = [key for key in signed if key.kind == SIGNS and key.name == checkpoint.origin]
    cosigned = [key for key in signed if key.kind == COSIGNS]
    if not log:
        verdict.add("checkpoint", "没有可信的日志签名", "no key of the log that is trusted has signed it")
        return
    if not cosigned:
        verdict.add("checkpoint", "没有可信的见证方联署", "no witness that is trusted has cosigned it")
    verdict.checkpoint = checkpoint
    verdict.signers = [key.text() for key in log]
    verdict.witnesses = [(key.name, datetime.fromtimestamp(read.time_of(key), UTC)) for key in cosigned]
