"""To whom a lapse that lasts has climbed."""

from alembic import op
from sqlalchemy import Column, Text

revision, down_revision, branch_labels, depends_on = "dispatch_0008", "dispatch_0007", None, None


def upgrade() -> None:
    op.add_column("clocks", Column("with_whom", Text))
    op.execute("CREATE INDEX clocks_climbed ON clocks (with_whom, due_at, clock_id) WHERE with_whom IS NOT NULL")
