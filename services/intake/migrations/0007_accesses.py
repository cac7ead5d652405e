"""Who opened which report lately; and who has opened identities and case files anywhere, for the reporter who asks."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Text

from shared.record.migrations import create_aggregate

revision, down_revision, branch_labels, depends_on = "intake_0007", "intake_0006", None, None


def upgrade() -> None:
    create_aggregate("openings")
    op.create_table(
        "accesses",
        Column("source", Text, primary_key=True),
        Column("position", BigInteger, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("case_id", Text, nullable=False),
        Column("report_id", Text),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("department", Text),
        Column("role", Text),
        Column("purpose", Text),
    )
    op.create_index("accesses_case", "accesses", ["case_id"])
    op.create_index("accesses_report", "accesses", ["report_id"], postgresql_where="report_id IS NOT NULL")
