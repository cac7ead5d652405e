"""Which of the filters that somebody keeps their list opens with."""

from alembic import op
from sqlalchemy import Boolean, Column, false

revision, down_revision, branch_labels, depends_on = "dispatch_0021", "dispatch_0020", None, None


def upgrade() -> None:
    op.add_column("filters", Column("first", Boolean, nullable=False, server_default=false()))
