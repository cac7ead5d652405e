"""What a certificate says of a case's bundle, as it is printed: each line can be held against the bundle again."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.audit.tree.bundle import verify
from services.audit.tree.verdict import Verdict
from shared.clocks.zone import DISTRICT_ZONE


class NotCertifiable(Exception):
    """The bundle does not hold, or has no fact of the case yet: nothing is certified of it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("; ".join(f"{each.place}: {each.en}" for each in verdict.problems))


@dataclass(frozen=True, slots=True)
class Claim:
    """A line of the page: what it is about, and the words or figures in full."""

    zh: str
    en: str
    said: str


@dataclass(frozen=True, slots=True)
class Offices:
    """Codes of those whose people told facts of the case, in the order of their first; the page gives their names."""

    codes: Sequence[str]


def claims_of(bundle: bytes) -> tuple[list[Claim], Offices]:
    """Raises NotCertifiable, BadFile."""
    verdict = verify(bundle)
    if not verdict.holds or not verdict.facts:
        raise NotCertifiable(verdict)
    assert verdict.checkpoint is not None
    checkpoint, facts = verdict.checkpoint, verdict.facts
    times = sorted(datetime.fromisoformat(fact.time) for fact in facts)
    claims = [
        Claim("案件编号", "Case", verdict.code or verdict.case_id),
        Claim("事实条数", "Facts in the log", str(len(facts))),
        Claim("首条事实时间", "First fact", moment(times[0])),
        Claim("末条事实时间", "Last fact", moment(times[-1])),
        Claim("日志名称", "Log", checkpoint.origin),
        Claim("日志条目总数", "Entries of the log", str(checkpoint.size)),
        Claim("根哈希", "Root hash", b64encode(checkpoint.root).decode()),
        *(Claim("日志签名密钥", "Signed by", short(key)) for key in verdict.signers),
        *(Claim("见证方及联署时间", "Witnessed", f"{name} {moment(at)}") for name, at in verdict.witnesses),
        Claim("证明包 SHA-256", "SHA-256 of the bundle", digest_of(bundle)),
    ]
    return claims, Offices(tuple(dict.fromkeys(fact.department for fact in facts if fact.department)))


def digest_of(bundle: bytes) -> str:
    return sha256(bundle).hexdigest()


def moment(at: datetime) -> str:
    """By the district's clock, to the second."""
    return at.astimezone(DISTRICT_ZONE).strftime("%Y-%m-%d %H:%M:%S %z")


def short(vkey: str) -> str:
    """A key by name and id, as signatures name it."""
    return vkey.rpartition("+")[0]
