"""Who has a case open at the moment."""

from alembic import op
from sqlalchemy import Column, DateTime, Text

revision, down_revision, branch_labels, depends_on = "dispatch_0018", "dispatch_0017", None, None


def upgrade() -> None:
    op.create_table(
        "presence",
        Column("case_id", Text, primary_key=True),
        Column("person", Text, primary_key=True),
        Column("department", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("seen_at", DateTime(timezone=True), nullable=False),
    )
