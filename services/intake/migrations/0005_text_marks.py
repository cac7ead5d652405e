"""By what words texts are found, without saying which they are; and how far the log has been read for them."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.record.migrations import create_aggregate

revision, down_revision, branch_labels, depends_on = "intake_0005", "intake_0004", None, None


def upgrade() -> None:
    create_aggregate("searches")
    op.create_table(
        "text_marks",
        Column("content_id", Text, primary_key=True),
        Column("report_id", Text, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("written_at", DateTime(timezone=True), nullable=False),
        Column("marks", ARRAY(BigInteger), nullable=False),
    )
    # New marks wait in a list that each search reads through: a short one costs it half a millisecond, none would
    # cost marking twice the time.
    op.execute("CREATE INDEX text_marks_words ON text_marks USING gin (marks) WITH (gin_pending_list_limit = 1024)")
    op.create_index("text_marks_report", "text_marks", ["report_id"])
    op.create_index("text_marks_age", "text_marks", ["written_at"])
    # One row. The texts that were there before are read from the log like all others, from its beginning.
    op.create_table(
        "marking",
        Column("only_row", Boolean, primary_key=True, server_default="true"),
        Column("position", BigInteger, nullable=False, server_default="0"),
    )
    op.execute("ALTER TABLE marking ADD CHECK (only_row)")
    op.execute("INSERT INTO marking DEFAULT VALUES")
    # Whoever erases a text, and by whichever way, has its words go with it.
    op.execute("""
        CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
        BEGIN
            DELETE FROM text_marks WHERE content_id = NEW.id;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER forget_words AFTER UPDATE OF erased_at ON contents FOR EACH ROW
        WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION forget_words()
    """)
