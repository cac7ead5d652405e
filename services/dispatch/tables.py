"""Where cases are kept: the case, its hand-offs and clocks as lists, and what other offices said of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.dispatch.model import MODEL, Case, Handoff
from services.dispatch.model.clock import RunningClock, of_consultation, running_of
from shared.record.aggregate import Aggregate, Child, aggregate_table

METADATA = MetaData()
TIME = DateTime(timezone=True)

CASES = aggregate_table(
    "cases",
    METADATA,
    Column("code", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("lead", Text),
    Column("opened_at", TIME, nullable=False),
    Column("closed_at", TIME),
    Column("closing_reason", Text),
    Column("meeting", Text),
    Column("barred", JSONB),
)
HANDOFFS = Table(
    "handoffs",
    METADATA,
    Column("handoff_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("via", Text),
    Column("offered_at", TIME, nullable=False),
    Column("due_at", TIME),
    Column("warned", Integer, nullable=False),
    Column("lapsed", Boolean, nullable=False),
    Column("answerable", Text),
    Column("extension_days", Integer),
    Column("return_asked", Boolean, nullable=False),
    Column("urged", Integer, nullable=False),
    Column("barred", JSONB),
    Column("owed", Boolean, nullable=False),
)
CLOCKS = Table(
    "clocks",
    METADATA,
    Column("clock_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("next_at", TIME),
    Column("handoff_id", Text),
    Column("rule", Text, nullable=False),
    Column("answerable", Text, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("colour", Integer, nullable=False),
    Column("running", Boolean, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("notices", Text),
    Column("with_whom", Text),
)
CONSULTATIONS = Table(
    "consultations",
    METADATA,
    Column("consultation_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("called_at", TIME, nullable=False),
    Column("due_at", TIME),
    Column("referred_to", Text),
    Column("ended", Boolean, nullable=False),
    Column("barred", JSONB),
)
SEATS = Table(
    "seats",
    METADATA,
    Column("consultation_id", Text, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("position", Text),
    Column("until", TIME),
    Column("ended", Boolean, nullable=False),
)
LINKS = Table(
    "links",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("other", Text, primary_key=True),
)
TIMELINE = Table(
    "timeline",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", TIME, nullable=False),
    Column("actor", Text, nullable=False),
    Column("department", Text),
    Column("data", JSONB, nullable=False),
    Column("id", Text),
    Column("causation", Text),
)


PROJECTED = (
    *("code", "status", "category", "kind", "area", "lead"),
    *("opened_at", "closed_at", "closing_reason", "meeting"),
)


def project(case_id: str, case: Case) -> Mapping[str, Any]:
    return {**{name: getattr(case, name) for name in PROJECTED}, "barred": list(case.barred) or None}


def _owed(case: Case, handoff: Handoff) -> Sequence[RunningClock]:
    """What is owed of a hand-off now, by the office itself first; a right is owed by nobody."""
    mine = running_of(handoff.handoff_id)
    owed = [clock for clock in case.clocks if mine(clock) and not clock.deadline.right]
    return sorted(owed, key=lambda clock: (clock.deadline.answerable != handoff.department, clock.deadline.due_at))


def handoff_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    """`lapsed`: the office itself is late; what the centre owes of it is among the clocks."""
    for handoff in case.handoffs:
        if handoff.offered_at is None:
            continue  # planned: nobody's work yet
        owed = _owed(case, handoff)
        clock = owed[0] if owed else None
        yield {
            "handoff_id": handoff.handoff_id,
            "case_id": case_id,
            "code": case.code,
            "department": handoff.department,
            "part": handoff.part,
            "status": handoff.status,
            "ended": handoff.ended,
            "category": case.category,
            "area": case.area,
            "via": handoff.via,
            "offered_at": handoff.offered_at,
            "due_at": clock.deadline.due_at if clock else None,
            "warned": clock.colour if clock else 0,
            "lapsed": any(c.overdue and c.deadline.answerable == handoff.department for c in owed),
            "answerable": clock.deadline.answerable if clock else None,
            "extension_days": handoff.extension_days,
            "return_asked": handoff.return_reason is not None,
            "urged": handoff.urged,
            "barred": list(case.barred) or None,
            "owed": case.owed(handoff),
        }


def clock_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for clock in case.clocks:
        yield {
            "clock_id": clock.clock_id,
            "case_id": case_id,
            "next_at": clock.next_at,
            "handoff_id": clock.handoff_id,
            "rule": clock.deadline.rule,
            "answerable": clock.deadline.answerable,
            "due_at": clock.deadline.due_at,
            "colour": clock.colour,
            "running": clock.running,
            "overdue": clock.overdue,
            "with_whom": clock.with_whom if clock.overdue else None,
            "notices": case.marks(clock),
        }


def link_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for link in case.links:
        yield {"case_id": case_id, "kind": link.kind, "other": link.other}


def consultation_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    """`due_at`: by when somebody at the centre, or the arbiter, concludes."""
    for one in case.consultations:
        mine = of_consultation(one.consultation_id)
        owed = [k.deadline.due_at for k in case.clocks if mine(k) and k.deadline.answerable not in one.invited]
        yield {
            "consultation_id": one.consultation_id,
            "case_id": case_id,
            "code": case.code,
            "category": case.category,
            "area": case.area,
            "status": one.status,
            "reason": one.reason,
            "called_at": one.called_at,
            "due_at": min(owed, default=None),
            "referred_to": one.referred_to,
            "ended": one.ended,
            "barred": list(case.barred) or None,
        }


def seat_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for one in case.consultations:
        for seat in one.seats:
            yield {
                "consultation_id": one.consultation_id,
                "department": seat.department,
                "case_id": case_id,
                "area": case.area,
                "position": seat.position,
                "until": seat.until,
                "ended": one.ended,
            }


CHILDREN = (
    Child(HANDOFFS, handoff_rows),
    Child(CLOCKS, clock_rows),
    Child(CONSULTATIONS, consultation_rows),
    Child(SEATS, seat_rows),
    Child(LINKS, link_rows),
)
CASE = Aggregate(MODEL, CASES, project, CHILDREN)
