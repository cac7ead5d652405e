"""Steps of cases from several services; what they say to the reporter, and by when."""

from alembic import op
from sqlalchemy import Column, DateTime, Text

revision, down_revision, branch_labels, depends_on = "intake_0004", "intake_0003", None, None


def upgrade() -> None:
    op.add_column("case_steps", Column("source", Text, nullable=False, server_default="/services/dispatch"))
    op.alter_column("case_steps", "source", server_default=None)
    op.add_column("case_steps", Column("via", Text))
    op.add_column("case_steps", Column("content_id", Text))
    op.add_column("case_steps", Column("due_at", DateTime(timezone=True)))
    op.drop_constraint("case_steps_pkey", "case_steps")
    op.create_primary_key("case_steps_pkey", "case_steps", ["case_id", "source", "position"])
