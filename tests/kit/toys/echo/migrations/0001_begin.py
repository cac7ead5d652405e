"""The first tables."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Integer, Text

from shared.record.migrations import create_aggregate

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_aggregate("tally")
    op.create_table(
        "effect",
        Column("source", Text, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("key", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("nr", BigInteger, Identity(always=True)),
        CheckConstraint("amount <> 666", name="not_the_beast"),
    )
