"""Under which version of the procedures a case was opened: before there were several, the first."""

from alembic import op
from sqlalchemy import Column, SmallInteger, text

revision, down_revision, branch_labels, depends_on = "dispatch_0014", "dispatch_0013", None, None


def upgrade() -> None:
    op.add_column("cases", Column("workflow", SmallInteger, nullable=False, server_default=text("1")))
    op.alter_column("cases", "workflow", server_default=None)
