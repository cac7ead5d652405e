"""A case's bundle: its facts, and proofs that they are in the log. Checked offline, with nothing but keys one trusts.

JSON of `format`, `case` (`id`, `code`), `keys` (whose facts these are: first the case, then its reports and what became
part of it), `checkpoint` (a signed note), `entries` (`index`, `entry` and `proof` in base64, in order of index), and
`vkeys` (`log`, `witnesses`).
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.audit.tree.checkpoints import MOST_HASHES, read_hash
from services.audit.tree.entries import read_entry
from services.audit.tree.notes import BadNote, VerifierKey, from_base64
from services.audit.tree.verdict import BadFile, Verdict, Vkeys, check_checkpoint
from shared.signing.merkle import is_included, leaf_hash

FORMAT = "lianzhi-case-bundle@v1"
OPENED = "lianzhi.dispatch.case-opened."


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry of a bundle, as its headers tell."""

    index: int
    source: str
    position: int
    type: str
    time: str
    actor: str
    department: str | None
    key: str
    aggregate: tuple[str, str, str]
    version: int
    data: Any


@dataclass(slots=True, kw_only=True)
class CaseVerdict(Verdict):
    case_id: str
    code: str | None
    facts: list[Proven] = field(default_factory=list)


def write_bundle(
    case: tuple[str, str | None],
    keys: Sequence[str],
    note: str,
    entries: Iterable[tuple[int, bytes, Sequence[bytes]]],
    vkeys: Vkeys,
) -> bytes:
    """Entries as index, bytes, and the hashes of their inclusion proof."""
    told = {
        "format": FORMAT,
        "case": {"id": case[0], "code": case[1]},
        "keys": list(keys),
        "checkpoint": note,
        "vkeys": vkeys,
        "entries": [told_with_proof(index, entry, proof) for index, entry, proof in entries],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def told_with_proof(index: int, entry: bytes, proof: Sequence[bytes]) -> dict[str, Any]:
    return {
        "index": index,
        "entry": b64encode(entry).decode(),
        "proof": [b64encode(hash).decode() for hash in proof],
    }


def verify(raw: bytes, trusted: Sequence[VerifierKey] = ()) -> CaseVerdict:
    """Signature, then root, then each proof. Without `trusted` the keys are the bundle's own word.

    Raises BadFile.
    """
    told = _read(raw)
    verdict = CaseVerdict(case_id=told["case"]["id"], code=told["case"]["code"], pinned=bool(trusted))
    check_checkpoint(told["checkpoint"], told["vkeys"], trusted, verdict)
    if verdict.checkpoint is not None:
        for place, entry in enumerate(told["entries"]):
            proven = check_entry(f"entries[{place}]", entry, verdict)
            verdict.facts += [] if proven is None else [proven]
        _check_order(verdict)
        _check_case(told["keys"], verdict)
    return verdict


_SHAPE = {"format": str, "case": dict, "keys": list, "checkpoint": str, "vkeys": dict, "entries": list}


def _read(raw: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise BadFile("it is not JSON") from wrong
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BadFile(f"it is not of the format {FORMAT}")
    if told.keys() != _SHAPE.keys() or any(not isinstance(told[name], shape) for name, shape in _SHAPE.items()):
        raise BadFile(f"it has not just {', '.join(_SHAPE)}")
    case, keys = told["case"], told["keys"]
    if case.keys() != {"id", "code"} or not isinstance(case["id"], str) or not isinstance(case["code"], str | None):
        raise BadFile("case has not just id and code")
    if not keys or not all(isinstance(key, str) for key in keys) or keys[0] != case["id"]:
        raise BadFile("keys do not begin with the case's id")
    return told


def check_entry(place: str, told: Any, verdict: Verdict) -> Proven | None:
    """By the verdict's checkpoint; None where it does not hold, which the verdict then says."""
    assert verdict.checkpoint is not None
    try:
        index, entry = told["index"], from_base64(told["entry"])
        if told.keys() != {"index", "entry", "proof"}:
            raise BadNote("it has not just an index, an entry and a proof")
        if check_leaf(place, told, leaf_hash(entry), verdict):
            return _proven(index, entry)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        verdict.add(place, "格式有误", f"it is not of its form: {type(wrong).__name__}")
    return None


def check_leaf(place: str, told: Any, leaf: bytes, verdict: Verdict) -> bool:
    """Whether it stands at its index in the log of the verdict's checkpoint. Raises what a bad form raises."""
    assert verdict.checkpoint is not None
    index, hashes = told["index"], [read_hash(hash) for hash in told["proof"]]
    if type(index) is not int or len(hashes) > MOST_HASHES:
        raise BadNote("its index or its proof is not of its form")
    if is_included(index, verdict.checkpoint.size, leaf, hashes, verdict.checkpoint.root):
        return True
    verdict.add(place, "不在检查点所示日志的该位置", "it is not at that place in the log of the checkpoint")
    return False


def _proven(index: int, entry: bytes) -> Proven:
    headers, data = read_entry(entry)
    # Header values are kept byte by byte; text in them is UTF-8.
    named = {name: value.encode("latin-1").decode() for name, value in headers.items()}
    return Proven(
        index,
        named["ce_source"],
        int(named["ce_sequence"]),
        named["ce_type"],
        named["ce_time"],
        named["ce_actor"],
        named.get("ce_department"),
        named["ce_partitionkey"],
        (named["ce_source"], named["ce_aggregate"], named["ce_aggregateid"]),
        int(named["ce_aggregateversion"]),
        data,
    )


def _check_order(verdict: CaseVerdict) -> None:
    """Nothing twice, and nothing left out between an office's first fact and its last."""
    indexes = [fact.index for fact in verdict.facts]
    if indexes != sorted(set(indexes)):
        verdict.add("entries", "次序有误或者有重复", "they are not in order of index, or one is there twice")
    versions: dict[tuple[str, str, str], list[int]] = {}
    for fact in verdict.facts:
        versions.setdefault(fact.aggregate, []).append(fact.version)
    for (source, name, _), found in versions.items():
        missing = sorted(set(range(1, max(found) + 1)) - set(found))
        if missing:
            verdict.add(f"{source} {name}", f"缺少第 {missing[:10]} 条事实", f"facts are missing: {missing[:10]}")


def _check_case(keys: Sequence[str], verdict: CaseVerdict) -> None:
    """All is of this case, and its code is the one that it was opened under."""
    for fact in verdict.facts:
        if fact.key not in keys:
            verdict.add(f"index {fact.index}", "是另一案件的事实", "it is a fact of another case")
    if {fact.key for fact in verdict.facts} != set(keys):
        verdict.add("keys", "列出的编号没有对应的事实", "of one of them there is no fact")
    opened = [fact.data for fact in verdict.facts if fact.type.startswith(OPENED) and fact.key == verdict.case_id]
    code = opened[0].get("code") if opened else None
    if verdict.code != code:
        verdict.add("case", f"案件编号应为 {code}", f"its facts call it {code}")
