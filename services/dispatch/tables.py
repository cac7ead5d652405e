"""Where cases are kept: the case, its hand-offs and clocks as lists, and what other offices said of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.dispatch.model import MODEL, Case
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
    Column("extension_days", Integer),
    Column("urged", Integer, nullable=False),
    Column("barred", JSONB),
)
CLOCKS = Table(
    "clocks",
    METADATA,
    Column("clock_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("next_at", TIME),
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
)


PROJECTED = (
    *("code", "status", "category", "kind", "area", "lead"),
    *("opened_at", "closed_at", "closing_reason", "meeting"),
)


def project(case_id: str, case: Case) -> Mapping[str, Any]:
    return {**{name: getattr(case, name) for name in PROJECTED}, "barred": list(case.barred) or None}


def handoff_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for handoff in case.handoffs:
        clock = next((c for c in case.clocks if c.handoff_id == handoff.handoff_id and c.stopped_at is None), None)
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
            "warned": clock.warned if clock else 0,
            "lapsed": clock.lapsed if clock else False,
            "extension_days": handoff.extension_days,
            "urged": handoff.urged,
            "barred": list(case.barred) or None,
        }


def clock_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for clock in case.clocks:
        yield {"clock_id": clock.clock_id, "case_id": case_id, "next_at": clock.next_at}


CASE = Aggregate(MODEL, CASES, project, (Child(HANDOFFS, handoff_rows), Child(CLOCKS, clock_rows)))
