"""Cases, hand-offs, clocks, timeline."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB

from shared.record.migrations import create_aggregate

revision, down_revision, branch_labels, depends_on = "dispatch_0001", None, None, None
TIME = DateTime(timezone=True)


def upgrade() -> None:
    create_aggregate(
        "cases",
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
    op.create_index("cases_opened", "cases", ["opened_at", "id"])
    op.create_index("cases_status", "cases", ["status", "opened_at", "id"])
    op.create_table(
        "handoffs",
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
    op.execute("CREATE INDEX handoffs_open ON handoffs (department, due_at, handoff_id) WHERE NOT ended")
    op.execute("CREATE INDEX handoffs_due ON handoffs (due_at, handoff_id) WHERE NOT ended")
    op.create_index("handoffs_case", "handoffs", ["case_id"])
    op.create_table(
        "clocks",
        Column("clock_id", Text, primary_key=True),
        Column("case_id", Text, nullable=False),
        Column("next_at", TIME),
    )
    op.execute("CREATE INDEX clocks_next ON clocks (next_at) WHERE next_at IS NOT NULL")
    op.create_table(
        "timeline",
        Column("source", Text, primary_key=True),
        Column("position", BigInteger, primary_key=True),
        Column("case_id", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("at", TIME, nullable=False),
        Column("actor", Text, nullable=False),
        Column("department", Text),
        Column("data", JSONB, nullable=False),
    )
    op.create_index("timeline_case", "timeline", ["case_id", "at"])
