"""Tasks that wait for an office, so that the dispatcher finds them while others of the case are at work."""

from alembic import op
from sqlalchemy import Boolean, Column, text

revision, down_revision, branch_labels, depends_on = "dispatch_0003", "dispatch_0002", None, None

_RETURNED = """
UPDATE handoffs SET owed = true WHERE status = 'returned' AND NOT EXISTS (
    SELECT FROM cases, jsonb_array_elements(cases.state -> 'handoffs') AS other
    WHERE cases.id = handoffs.case_id AND other ->> 'replaces' = handoffs.handoff_id)
"""


def upgrade() -> None:
    op.add_column("handoffs", Column("owed", Boolean, nullable=False, server_default=text("false")))
    op.execute(_RETURNED)
    op.alter_column("handoffs", "owed", server_default=None)
