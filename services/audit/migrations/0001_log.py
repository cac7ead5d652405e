"""The log and what watches over it."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)

from shared.record.migrations import run_script

revision = "0001"
down_revision = None

_APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON entries EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON conflicts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON conflicts EXECUTE FUNCTION refuse_change();
ALTER TABLE numbering SET (fillfactor = 10);
ALTER TABLE sources SET (fillfactor = 20);
INSERT INTO numbering DEFAULT VALUES;
"""


def upgrade() -> None:
    _create_entries()
    _create_watch()
    _create_evidence()
    run_script(_APPEND_ONLY)


def _create_entries() -> None:
    op.create_table(
        "entries",
        Column("index", BigInteger, primary_key=True, autoincrement=False),
        Column("source", Text(collation="C"), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("lane", SmallInteger, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("id", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("time", DateTime(timezone=True), nullable=False),
        Column("actor", Text, nullable=False),
        Column("department", Text),
        Column("aggregate", Text(collation="C"), nullable=False),
        Column("aggregate_id", Text(collation="C"), nullable=False),
        Column("version", Integer, nullable=False),
        Column("correlation", Text),
        Column("causation", Text),
        Column("headers", LargeBinary, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )
    op.create_index("entries_position", "entries", ["source", "position"], unique=True)
    op.create_index("entries_aggregate", "entries", ["source", "aggregate", "aggregate_id", "version"])
    for column in ("key", "type", "actor"):
        op.create_index(f"entries_{column}", "entries", [column, "index"])
    given = text("department IS NOT NULL")
    op.create_index("entries_department", "entries", ["department", "index"], postgresql_where=given)
    reference = text("topic = 'reference'")
    op.create_index("entries_reference", "entries", ["source", "position"], postgresql_where=reference)
    op.create_index("entries_time", "entries", ["time"], postgresql_using="brin")
    op.create_table(
        "numbering",
        Column("only_row", Boolean, CheckConstraint("only_row"), primary_key=True, server_default=text("true")),
        Column("next", BigInteger, nullable=False, server_default=text("0")),
    )


def _create_watch() -> None:
    op.create_table(
        "sources",
        Column("source", Text(collation="C"), primary_key=True),
        Column("highest", BigInteger, nullable=False),
        Column("count", BigInteger, nullable=False),
        Column("head_position", BigInteger),
        Column("head_at", DateTime(timezone=True)),
        Column("known_since", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("scanned", BigInteger, nullable=False, server_default=text("0")),
        Column("proven_version", Integer, nullable=False, server_default=text("0")),
        Column("proven_position", BigInteger, nullable=False, server_default=text("0")),
        Column("proven_hash", Text, nullable=False, server_default=text("''")),
    )
    op.create_table(
        "gaps",
        Column("source", Text(collation="C"), primary_key=True),
        Column("first", BigInteger, primary_key=True, autoincrement=False),
        Column("last", BigInteger, nullable=False),
        Column("since", DateTime(timezone=True), nullable=False),
        Column("tail", Boolean, nullable=False),
    )
    op.create_table(
        "alarms",
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("kind", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("raised_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("cleared_at", DateTime(timezone=True)),
    )
    still = text("cleared_at IS NULL")
    op.create_index("alarms_open", "alarms", ["kind", "source", "first"], unique=True, postgresql_where=still)


def _create_evidence() -> None:
    op.create_table(
        "conflicts",
        Column("source", Text(collation="C"), primary_key=True),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("digest", LargeBinary, primary_key=True),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("headers", LargeBinary, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )
    op.create_table(
        "cases",
        Column("id", Text, primary_key=True),
        Column("code", Text, nullable=False, unique=True),
        Column("area", Text, nullable=False),
    )
