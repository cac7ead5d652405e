"""Reports, receipts, reporters, attachments in use, steps of cases."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Text

from shared.record.migrations import create_aggregate

revision, down_revision, branch_labels, depends_on = "intake_0001", None, None, None
TIME = DateTime(timezone=True)


def upgrade() -> None:
    create_aggregate(
        "reports",
        Column("status", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("area", Text, nullable=False),
        Column("registered_at", TIME, nullable=False),
        Column("answered_with", Text, nullable=False),
        Column("complained_of", Text),
    )
    op.create_index("reports_worklist", "reports", ["status", "registered_at", "id"])
    op.create_index("reports_alike", "reports", ["category", "area", "registered_at"])
    op.create_index("reports_case", "reports", ["answered_with"])
    op.create_table(
        "receipts",
        Column("receipt_no", Text, primary_key=True),
        Column("report_id", Text, nullable=False),
        Column("salt", LargeBinary, nullable=False),
        Column("digest", LargeBinary, nullable=False),
    )
    # Each process takes numbers in blocks of a thousand.
    op.execute("CREATE SEQUENCE receipt_blocks INCREMENT BY 1000")
    op.create_table(
        "reporters",
        Column("ref", Text, primary_key=True),
        Column("report_id", Text, nullable=False),
        Column("wrapped_key", LargeBinary),
        Column("sealed", LargeBinary),
        Column("erased_at", TIME),
    )
    op.create_table(
        "attached",
        Column("content_id", Text, primary_key=True),
        Column("report_id", Text, nullable=False),
    )
    op.create_table(
        "case_steps",
        Column("case_id", Text, primary_key=True),
        Column("position", BigInteger, primary_key=True),
        Column("step", Text, nullable=False),
        Column("at", TIME, nullable=False),
        Column("code", Text),
        Column("department", Text),
        Column("handoff_id", Text),
        Column("part", Text),
        Column("reason", Text),
    )
    op.execute("CREATE INDEX case_steps_code ON case_steps (code) WHERE step = 'opened'")
