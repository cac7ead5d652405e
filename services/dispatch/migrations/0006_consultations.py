"""Consultations and who is invited to them."""

from alembic import op
from sqlalchemy import Boolean, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision, branch_labels, depends_on = "dispatch_0006", "dispatch_0005", None, None
TIME = DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "consultations",
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
    op.create_index("consultations_case", "consultations", ["case_id"])
    op.execute("CREATE INDEX consultations_open ON consultations (called_at, consultation_id) WHERE NOT ended")
    op.create_table(
        "seats",
        Column("consultation_id", Text, primary_key=True),
        Column("department", Text, primary_key=True),
        Column("case_id", Text, nullable=False),
        Column("area", Text, nullable=False),
        Column("position", Text),
        Column("until", TIME),
        Column("ended", Boolean, nullable=False),
        Column("opened_at", TIME, nullable=False),
    )
    op.create_index("seats_case", "seats", ["case_id"])
    op.create_index("seats_department", "seats", ["department", "opened_at", "case_id"])
