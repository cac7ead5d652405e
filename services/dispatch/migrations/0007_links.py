"""What cases are to one another."""

from alembic import op
from sqlalchemy import Column, Text

revision, down_revision, branch_labels, depends_on = "dispatch_0007", "dispatch_0006", None, None


def upgrade() -> None:
    op.create_table(
        "links",
        Column("case_id", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("other", Text, primary_key=True),
    )
