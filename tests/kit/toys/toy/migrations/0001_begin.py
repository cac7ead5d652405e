"""The first tables."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, Text

from shared.record.migrations import create_aggregate

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_aggregate(
        "counter", Column("total", BigInteger, nullable=False), CheckConstraint("total <> 666", name="not_the_beast")
    )
    op.create_table("note", Column("id", Text, primary_key=True), Column("words", Text, nullable=False))
