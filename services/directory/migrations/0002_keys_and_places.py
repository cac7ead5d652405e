"""Revoked keys; places from which somebody has signed in before."""

from alembic import op
from sqlalchemy import Column, DateTime, LargeBinary, Text

revision, down_revision, branch_labels, depends_on = "directory_0002", "directory_0001", None, None
TIME = DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "revoked_keys",
        Column("kid", Text, primary_key=True),
        Column("revoked_at", TIME, nullable=False),
    )
    op.create_table(
        "good_places",
        Column("place_digest", LargeBinary, primary_key=True),
        Column("last_at", TIME, nullable=False),
    )
    op.create_index("good_places_age", "good_places", ["last_at"])
