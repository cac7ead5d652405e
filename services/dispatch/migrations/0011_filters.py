"""Filters that people keep."""

from alembic import op
from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision, branch_labels, depends_on = "dispatch_0011", "dispatch_0010", None, None


def upgrade() -> None:
    op.create_table(
        "filters",
        Column("owner", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("list", Text, nullable=False),
        Column("query", JSONB, nullable=False),
    )
