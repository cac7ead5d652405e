"""Every record, one's own too, becomes an entry of the log; the directory's become the local copy as well."""

from collections.abc import Sequence

import orjson
import structlog

from services.audit.log.append import Opened, Received, append
from services.directory import facts as directory  # noqa: F401  (its entries are kept because they are known)
from services.dispatch.facts import CaseOpened
from shared.facts.envelope import Envelope, read_fact
from shared.facts.fact import Fact
from shared.facts.upcast import NotUnderstood
from shared.listen.parking import Record
from shared.listen.reactions import Effect, Reactions
from shared.record.rows import Filed
from shared.reference.entry import Entry
from shared.reference.reference import Keep

_CASE_OPENED = CaseOpened.type().rpartition(".")[0]  # in whatever version
TOPICS = ("cases", "reference", "accesses", "heads")
log = structlog.get_logger("audit")


def heard(envelope: Envelope, record: Record) -> Sequence[Effect]:
    """A record that cannot be read in full is appended all the same: the log misses nothing."""
    fact = _read(envelope, record.topic)
    opened = Opened(fact.case_id, fact.code, fact.area) if isinstance(fact, CaseOpened) else None
    head = _head_position(envelope) if record.topic == "heads" else None
    entry: Effect = Filed(append, Received.of(envelope, record, head, opened))
    return [entry, Keep(fact)] if isinstance(fact, Entry) else [entry]


def heard_again(envelope: Envelope, record: Record) -> Sequence[Effect]:
    """Sent once more: compared with what stands."""
    return [Filed(append, Received.of(envelope, record))]


def _read(envelope: Envelope, topic: str) -> Fact | None:
    """Only what audit itself needs to understand."""
    if topic != "reference" and not envelope.type.startswith(_CASE_OPENED):
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


REACTIONS = Reactions(TOPICS, {}, every=heard, again=heard_again, own=True, patience=0.05)
