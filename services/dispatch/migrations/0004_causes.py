"""What led to what others told: so that a timeline puts no effect before its cause."""

from alembic import op
from sqlalchemy import Column, Text

revision, down_revision, branch_labels, depends_on = "dispatch_0004", "dispatch_0003", None, None


def upgrade() -> None:
    op.add_column("timeline", Column("id", Text))
    op.add_column("timeline", Column("causation", Text))
