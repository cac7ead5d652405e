"""Where reports are kept, who reported, their receipts, and what dispatch has said of their cases."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, LargeBinary, MetaData, Table, Text

from services.intake import facts
from services.intake.model import MODEL, OPENING_MODEL, SEARCH_MODEL, Report
from shared.accesses.recording import OF_USE
from shared.record.aggregate import Aggregate, aggregate_table
from shared.record.beside import Beside
from shared.search.tables import beside, marking, text_marks

METADATA = MetaData()
TIME = DateTime(timezone=True)

REPORTS = aggregate_table(
    "reports",
    METADATA,
    Column("status", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("registered_at", TIME, nullable=False),
    Column("answered_with", Text, nullable=False),
    Column("complained_of", Text),
)
RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("receipt_no", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
RECEIPT_NUMBERS = Table(
    "receipt_numbers",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("next", Integer, nullable=False),
)
REPORTERS = Table(
    "reporters",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("sealed", LargeBinary),
    Column("erased_at", TIME),
)
ATTACHED = Table(
    "attached",
    METADATA,
    Column("content_id", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
)
UPLOADS = Table(
    "uploads",
    METADATA,
    Column("content_id", Text, primary_key=True),
    Column("uploaded_at", TIME, nullable=False),
)
CASE_STEPS = Table(
    "case_steps",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("step", Text, nullable=False),
    Column("at", TIME, nullable=False),
    Column("code", Text),
    Column("department", Text),
    Column("handoff_id", Text),
    Column("part", Text),
    Column("reason", Text),
    Column("via", Text),
    Column("content_id", Text),
    Column("due_at", TIME),
)
RECUSALS = Table(
    "recusals",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("officer", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("lifted", Boolean, nullable=False),
)
"""Who stepped back from a case, and who sees it again: the last word of each counts."""
ACCESSES = Table(
    "accesses",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("report_id", Text),
    Column("at", TIME, nullable=False),
    Column("department", Text),
    Column("role", Text),
    Column("purpose", Text),
)
"""Who has opened an identity or a case file, in whatever service: for the reporter who asks; no official is named."""
TEXT_MARKS = text_marks(METADATA, "report_id")
MARKING = marking(METADATA)
SEARCHES = aggregate_table("searches", METADATA)


def project(report_id: str, report: Report) -> Mapping[str, Any]:
    return {
        "status": report.status,
        "category": report.category,
        "area": report.area,
        "registered_at": report.registered_at,
        "answered_with": report.answered_with,
        "complained_of": report.complained_of,
    }


REPORT = Aggregate(MODEL, REPORTS, project)
SEARCH = Aggregate(SEARCH_MODEL, SEARCHES, passing=OF_USE)
OPENING = Aggregate(OPENING_MODEL, aggregate_table("openings", METADATA), passing=OF_USE)


def _receipts(report_id: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(fact, facts.ReportRegistered):
        yield {"receipt_no": fact.receipt_no, "report_id": report_id}


def _reporters(report_id: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(fact, facts.ReportRegistered) and fact.reporter:
        yield {"ref": fact.reporter, "report_id": report_id}


def _attached(report_id: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(fact, facts.ReportRegistered):
        files = (content.id for content in fact.contents if content.kind == "attachment")
        yield from ({"content_id": id, "report_id": report_id} for id in files)


BESIDE = (
    Beside(RECEIPTS, "the tracking code's digest: a secret", _receipts, says=("report_id",), whole=True),
    Beside(UPLOADS, "files that no report has taken yet, forgotten after a day"),
    Beside(RECEIPT_NUMBERS, "which receipt numbers of a day are given out, used or not"),
    Beside(REPORTERS, "who reported: sealed, erasable", _reporters, says=("report_id",), whole=True),
    Beside(ATTACHED, "", _attached, says=("report_id",), whole=True),
    *beside(TEXT_MARKS, MARKING),
)
