"""What reporters answered when they were asked."""

from alembic import op
from sqlalchemy import Boolean, Column, DateTime, Text

revision, down_revision, branch_labels, depends_on = "dispatch_0010", "dispatch_0009", None, None

_FILLED = """
UPDATE cases SET
    resolved_at = (state ->> 'resolved_at')::timestamptz,
    satisfied = (state ->> 'satisfied')::boolean
WHERE state ? 'resolved_at' OR state ? 'satisfied'
"""


def upgrade() -> None:
    op.add_column("cases", Column("resolved_at", DateTime(timezone=True)))
    op.add_column("cases", Column("asked", Text))
    op.add_column("cases", Column("satisfied", Boolean))
    op.execute(_FILLED)
    op.execute("CREATE INDEX cases_asked ON cases (asked, opened_at, id) WHERE asked IS NOT NULL")
