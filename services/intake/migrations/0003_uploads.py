"""Files that wait for a report, so that those nobody attaches can be forgotten."""

from alembic import op
from sqlalchemy import Column, DateTime, Text

revision, down_revision, branch_labels, depends_on = "intake_0003", "intake_0002", None, None


def upgrade() -> None:
    op.create_table(
        "uploads",
        Column("content_id", Text, primary_key=True),
        Column("uploaded_at", DateTime(timezone=True), nullable=False),
    )
    op.create_index("uploads_age", "uploads", ["uploaded_at"])
    op.execute("INSERT INTO uploads SELECT id, recorded_at FROM contents WHERE about = 'unattached'")
