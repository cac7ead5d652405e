"""How the district stood at moments that somebody has asked for, as the log tells it."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Identity, Integer, SmallInteger, Text

revision = "0008"
down_revision = "0007"
TIME = DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "moments",
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("at", TIME, nullable=False, unique=True),
        Column("size", BigInteger, nullable=False),
        Column("asked_at", TIME, nullable=False),
        Column("folded", Integer, nullable=False),
        Column("seconds", Float, nullable=False),
    )
    op.create_table(
        "moment_cases",
        Column("moment", BigInteger, primary_key=True, autoincrement=False),
        Column("id", Text, primary_key=True),
        Column("code", Text),
        Column("kind", Text),
        Column("category", Text),
        Column("area", Text),
        Column("status", Text),
        Column("open", Boolean),
        Column("lead", Text),
        Column("colour", SmallInteger),
        Column("opened_at", TIME),
        Column("closed_at", TIME),
        Column("closing_reason", Text),
        Column("next_at", TIME),
        Column("untold", Boolean, nullable=False),
        Column("problem", Text),
    )
    op.create_table(
        "moment_parts",
        Column("moment", BigInteger, primary_key=True, autoincrement=False),
        Column("id", Text, primary_key=True),
        Column("case_id", Text, nullable=False),
        Column("department", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("ended", Boolean, nullable=False),
        Column("due_at", TIME),
        Column("late", Boolean, nullable=False),
    )
    op.create_table(
        "moment_dues",
        Column("moment", BigInteger, primary_key=True, autoincrement=False),
        Column("id", Text, primary_key=True),
        Column("case_id", Text, nullable=False),
        Column("rule", Text, nullable=False),
        Column("department", Text, nullable=False),
        Column("part", Text),
        Column("due_at", TIME, nullable=False),
        Column("colour", SmallInteger, nullable=False),
        Column("late", Boolean, nullable=False),
    )
    for table in ("moment_parts", "moment_dues"):
        op.create_index(f"{table}_case", table, ["moment", "case_id"])
