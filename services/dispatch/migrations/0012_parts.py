"""How many parts that an office has passed on to its own wait for its word."""

from alembic import op
from sqlalchemy import Column, Integer, text

revision, down_revision, branch_labels, depends_on = "dispatch_0012", "dispatch_0011", None, None


def upgrade() -> None:
    op.add_column("handoffs", Column("parts_waiting", Integer, nullable=False, server_default=text("0")))
    op.alter_column("handoffs", "parts_waiting", server_default=None)
