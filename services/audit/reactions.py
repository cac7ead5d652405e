"""Every record, one's own too, becomes an entry of the log; the directory's become the local copy as well."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import structlog

from services.audit import facts as own
from services.audit.log.append import Noted, Received, append
from services.directory import facts as directory  # noqa: F401  (its entries are kept because they are known)
from services.dispatch import facts as dispatch
from services.emergency import facts as emergency
from services.intake import facts as intake
from services.justice import facts as justice
from services.petition import facts as petition
from services.police import facts as police
from shared.accesses.recording import CaseFileOpened
from shared.facts.envelope import Envelope, read_fact
from shared.facts.fact import Fact
from shared.facts.packing import pack_headers
from shared.facts.upcast import NotUnderstood
from shared.listen.parking import Record
from shared.listen.reactions import Effect, Reactions
from shared.record.rows import Filed
from shared.reference.entry import Entry
from shared.reference.reference import Keep
from shared.signing.facts import Judge

TOPICS = ("cases", "reference", "accesses", "heads")
log = structlog.get_logger("audit")


class Hearing:
    """Every record that comes, with the judgement of its signature."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def heard(self, envelope: Envelope, record: Record) -> Sequence[Effect]:
        """A record that cannot be read in full is appended all the same: the log misses nothing."""
        fact = _read(envelope, record.topic)
        entry = self._entry(envelope, record, fact)
        return [entry, Keep(fact)] if isinstance(fact, Entry) else [entry]

    def heard_again(self, envelope: Envelope, record: Record) -> Sequence[Effect]:
        """Sent once more: compared with what stands; or what came first was forged, and this is the fact."""
        return [self._entry(envelope, record, _read(envelope, record.topic))]

    def received(self, envelope: Envelope, record: Record) -> Received:
        """With all that it tells of who may see what."""
        return self._received(envelope, record, _read(envelope, record.topic))

    def _entry(self, envelope: Envelope, record: Record, fact: Fact | None) -> Effect:
        return Filed(append, self._received(envelope, record, fact))

    def _received(self, envelope: Envelope, record: Record, fact: Fact | None) -> Received:
        packed = pack_headers(record.headers)
        judged = self._judge.judge(envelope.source, packed, record.value or b"")
        note = None if fact is None else NOTED.get(type(fact))
        head = _head_position(envelope) if record.topic == "heads" else None
        return Received(envelope, record, packed, judged, head, note and note(fact))


def _registered(fact: intake.ReportRegistered) -> Noted:
    keys = ((fact.case_id, None, fact.area), (fact.report_id, fact.case_id, None))
    return Noted(keys=keys, barred=_complaint(fact, fact.case_id), matters=_matter(fact))


def _joined(fact: intake.ReportJoined) -> Noted:
    keys = ((fact.case_id, fact.into, None), (fact.report_id, fact.case_id, None))
    return Noted(keys=keys, barred=_complaint(fact, fact.case_id, fact.into))


def _about_report(fact: intake.IdentityOpened | intake.ReporterErased) -> Noted:
    """They travel on a topic of their own, and may come first."""
    return Noted(keys=((fact.report_id, fact.case_id, None),))


def _opening(fact: CaseFileOpened) -> Noted:
    return Noted(keys=((fact.opening_id, fact.case_id, None),))


def _certified(fact: own.CertificateMade) -> Noted:
    return Noted(keys=((fact.certificate_id, fact.case_id, None),))


def _complaint(fact: intake.ReportRegistered | intake.ReportJoined, *keys: str) -> list[tuple[str, ...]]:
    return [(key, fact.complained_of) for key in keys if fact.complained_of is not None]


def _opened(fact: dispatch.CaseOpened) -> Noted:
    return Noted(cases=((fact.case_id, fact.code, fact.area),), barred=_barred(fact), matters=_matter(fact))


def _matter(fact: intake.ReportRegistered | intake.ReportAccepted | dispatch.CaseOpened) -> list[tuple[str, ...]]:
    return [(fact.case_id, fact.category)]


def _barred(fact: dispatch.CaseOpened | dispatch.ReportAttached | dispatch.CaseAbsorbed) -> list[tuple[str, ...]]:
    return [(fact.case_id, department) for department in fact.barred]


OPENINGS: tuple[type[CaseFileOpened], ...] = (
    *(intake.CaseFileOpened, dispatch.CaseFileOpened, own.CaseFileOpened),
    *(petition.CaseFileOpened, police.CaseFileOpened, justice.CaseFileOpened, emergency.CaseFileOpened),
)
NOTED: Mapping[type[Fact], Callable[[Any], Noted]] = {
    intake.ReportRegistered: _registered,
    intake.ReportAccepted: lambda fact: Noted(matters=_matter(fact)),
    intake.ReportJoined: _joined,
    intake.IdentityOpened: _about_report,
    intake.ReporterErased: _about_report,
    **dict.fromkeys(OPENINGS, _opening),
    own.CertificateMade: _certified,
    dispatch.CaseOpened: _opened,
    dispatch.ReportAttached: lambda fact: Noted(barred=_barred(fact)),
    dispatch.CaseAbsorbed: lambda fact: Noted(barred=_barred(fact)),
    dispatch.OfficerRecused: lambda fact: Noted(barred=[(fact.case_id, fact.officer)]),
    dispatch.RecusalLifted: lambda fact: Noted(unbarred=[(fact.case_id, fact.officer)]),
}
_UNDERSTOOD = frozenset(fact.type().rpartition(".")[0] for fact in NOTED)  # in whatever version


def _read(envelope: Envelope, topic: str) -> Fact | None:
    """Only what audit itself needs to understand."""
    if topic != "reference" and envelope.type.rpartition(".")[0] not in _UNDERSTOOD:
        return None
    try:
        return read_fact(envelope)
    except NotUnderstood as problem:
        log.error(
            "a fact was appended but cannot be read here",
            source=envelope.source,
            position=envelope.position,
            problem=str(problem),
        )
        return None


def _head_position(envelope: Envelope) -> int | None:
    try:
        return int(orjson.loads(envelope.data)["position"])
    except (ValueError, KeyError, TypeError):
        log.error("a head fact cannot be read", source=envelope.source, position=envelope.position)
        return None


def reactions(judge: Judge) -> Reactions:
    hearing = Hearing(judge)
    return Reactions(TOPICS, {}, every=hearing.heard, again=hearing.heard_again, own=True, patience=0.05)
