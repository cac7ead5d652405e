"""CloudEvents 1.0 in Kafka binary mode: attributes as `ce_` headers, data as the value."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from pydantic_core import from_json

from shared.facts.fact import REGISTER, Fact, read_time
from shared.facts.upcast import NotUnderstood, superseded, upcast

LANES = 256
LARGEST_FACT = 60 * 1024
"""Bytes of data. With its attributes a fact stays below 64 KiB, the limit of an entry in C2SP tlog-tiles."""

LONGEST_ATTRIBUTE = 512
"""Bytes. There are fewer than eight attributes whose length a service can choose."""

Headers = Iterable[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a fact comes from: the case or request that began it, the fact that led to it, the trace."""

    correlation: str | None = None
    causation: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """One fact as it travels. `position` is gap-free in its source, `sequence` in (source, topic, lane)."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    key: str
    actor: str
    department: str | None
    aggregate: str
    aggregate_id: str
    version: int
    position: int
    lane: int
    sequence: int
    trail: Trail
    data: bytes


def source_of(service: str) -> str:
    return f"/services/{service}"


def attributes(fact: Fact, id: str, aggregate: tuple[str, str, int], trail: Trail) -> dict[str, str]:
    """All attributes but those that only sealing knows (`sequence`, `lane`, `lanesequence`)."""
    name, aggregate_id, version = aggregate
    chosen = {
        "specversion": "1.0",
        "id": id,
        "source": source_of(fact.service),
        "type": fact.type(),
        "subject": fact.key(),
        "time": fact.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"urn:lianzhi:schema:{fact.type()}",
        "partitionkey": fact.key(),
        "aggregate": name,
        "aggregateid": aggregate_id,
        "aggregateversion": str(version),
        "actor": fact.by,
        "department": fact.by_department,
        "correlationid": trail.correlation or fact.key(),
        "causationid": trail.causation,
        "traceparent": trail.traceparent,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def to_headers(attributes: dict[str, str], position: int, lane: int, sequence: int) -> list[tuple[str, bytes]]:
    """Kafka headers of a sealed fact."""
    headers = [
        ("content-type" if name == "datacontenttype" else f"ce_{name}", value.encode())
        for name, value in attributes.items()
    ]
    headers.append(("ce_sequence", b"%d" % position))
    headers.append(("ce_lane", b"%d" % lane))
    headers.append(("ce_lanesequence", b"%d" % sequence))
    return headers


def read_envelope(headers: Headers, value: bytes | None) -> Envelope:
    """Raises NotUnderstood when an attribute is missing or not of its form."""
    found = dict(headers)
    try:
        if b"\0" in b"".join(found.values()):
            raise NotUnderstood("an attribute holds a NUL, which no text may")
        if max(map(len, found.values())) > LONGEST_ATTRIBUTE:
            raise NotUnderstood(f"an attribute is longer than {LONGEST_ATTRIBUTE} bytes")
        if found["ce_specversion"] != b"1.0":
            raise NotUnderstood("specversion is not 1.0")
        return Envelope(
            id=found["ce_id"].decode(),
            source=found["ce_source"].decode(),
            type=found["ce_type"].decode(),
            subject=found["ce_subject"].decode(),
            time=read_time(found["ce_time"].decode()),
            key=found["ce_partitionkey"].decode(),
            actor=found["ce_actor"].decode(),
            department=_text(found.get("ce_department")),
            aggregate=found["ce_aggregate"].decode(),
            aggregate_id=found["ce_aggregateid"].decode(),
            version=_number(found["ce_aggregateversion"], 2**31),
            position=_number(found["ce_sequence"]),
            lane=_lane(found),
            sequence=_number(found["ce_lanesequence"]),
            trail=Trail(
                _text(found.get("ce_correlationid")),
                _text(found.get("ce_causationid")),
                _text(found.get("ce_traceparent")),
            ),
            data=value or b"",
        )
    except KeyError as missing:
        raise NotUnderstood(f"attribute {missing} is missing") from None
    except (ValueError, AttributeError, TypeError) as wrong:
        raise NotUnderstood(f"an attribute is not of its form: {type(wrong).__name__}") from None


@dataclass(frozen=True, slots=True)
class Outside:
    """As much of an envelope as is needed to keep count of a fact that one does not read."""

    source: str
    type: str
    position: int
    lane: int
    sequence: int


def read_outside(headers: Headers) -> Outside | None:
    """None when even this much cannot be read."""
    found = dict(headers)
    try:
        source, type = found["ce_source"], found["ce_type"]
        if found["ce_specversion"] != b"1.0" or b"\0" in source or b"\0" in type:
            return None
        if max(len(source), len(type), len(found["ce_partitionkey"])) > LONGEST_ATTRIBUTE:
            return None
        position, sequence = _number(found["ce_sequence"]), _number(found["ce_lanesequence"])
        return Outside(source.decode(), type.decode(), position, _lane(found), sequence)
    except (NotUnderstood, KeyError, ValueError, AttributeError, TypeError):
        return None


def read_fact(envelope: Envelope) -> Fact | None:
    """The fact in the reader's newest version; None for a kind that this process does not know.

    Raises NotUnderstood for a known kind that cannot be read (a version from the future, data against its schema).
    """
    return restore(envelope.type, envelope.data, envelope.time, envelope.actor, envelope.department)


def restore(type: str, data: bytes, at: datetime, by: str, by_department: str | None) -> Fact | None:
    """`read_fact` where only these parts of the envelope are at hand. Always the newest version: reactions and models
    know that one, also where the class of an older one is kept."""
    if len(data) > LARGEST_FACT:
        raise NotUnderstood(f"it is larger than a fact may be: {LARGEST_FACT} bytes")
    about = {"at": at, "by": by, "by_department": by_department}
    found = REGISTER.get(type)
    if found is None or type in superseded():
        return upcast(type, data, about)
    try:
        return found.model_validate({**from_json(data), **about})
    except (ValueError, TypeError) as wrong:
        raise NotUnderstood(f"data does not follow the schema of {type}") from wrong


def lane_of(key: str) -> int:
    """A lane's order is kept, and checked, by itself."""
    return crc32(key.encode()) % LANES


def _lane(found: dict[str, bytes]) -> int:
    lane = _number(found["ce_lane"], LANES)
    if lane != lane_of(found["ce_partitionkey"].decode()):
        raise NotUnderstood("the lane is not that of the key")
    return lane


def _number(raw: bytes, below: int = 2**63) -> int:
    value = int(raw)
    if not 0 <= value < below:
        raise ValueError(value)
    return value


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()
