"""What is taken out of the live log once it is archived: its places stay known."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, SmallInteger, Text

from shared.record.migrations import run_script

revision = "0009"
down_revision = "0008"

# The service reads them; taking out and bringing back is for the owner of the tables, who passes the triggers over.
_OWNERS_ONLY = """
CREATE TRIGGER owners_only BEFORE INSERT OR UPDATE OR DELETE ON archived_entries
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER owners_only BEFORE INSERT OR UPDATE OR DELETE ON removals
FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "archived_entries",
        Column("index", BigInteger, primary_key=True, autoincrement=False),
        Column("source", Text(collation="C"), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("key", Text, nullable=False),
    )
    op.create_index("archived_entries_position", "archived_entries", ["source", "position"], unique=True)
    op.create_index("archived_entries_key", "archived_entries", ["key"])
    op.create_table(
        "removals",
        Column("year", SmallInteger, primary_key=True, autoincrement=False),
        Column("until", DateTime(timezone=True), nullable=False),
    )
    run_script(_OWNERS_ONLY)
