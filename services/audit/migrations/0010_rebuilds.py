"""Rebuilds of all services from the log that somebody asked for, and what each found."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Identity, Text, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "rebuilds",
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("asked_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("asked_by", Text, nullable=False),
        Column("began_at", DateTime(timezone=True)),
        Column("ended_at", DateTime(timezone=True)),
        Column("progress", JSONB, nullable=False, server_default=text("'[]'")),
        Column("report", JSONB),
        Column("refusal", JSONB),
    )
    op.create_index(
        "rebuilds_open", "rebuilds", [text("(true)")], unique=True, postgresql_where=text("ended_at IS NULL")
    )
