"""The log by months: what was received in each calendar month of the district is a table of its own, and archived."""

from alembic import op
from sqlalchemy import BigInteger, Column, Date, DateTime

from shared.record.migrations import create_aggregate, run_script

revision = "0006"
down_revision = "0005"

# A month begins with the first entry that was received in it; it ends where the next one begins, so that the last is
# open above. The appender opens it, holding the row of `numbering`; it owns nothing, so a function does it. Who reads
# the log for long keeps the function waiting: it gives up, and the batch comes again.
_OPEN_MONTH = """
CREATE FUNCTION open_month(opened date, beginning bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = audit, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    last months%ROWTYPE;
    name text := 'entries_' || to_char(opened, 'YYYY_MM');
    before text;
BEGIN
    SELECT * INTO last FROM months ORDER BY first DESC LIMIT 1;
    IF last.month >= opened OR last.first >= beginning THEN
        RAISE EXCEPTION 'a month of the log opens behind the last one' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF last.month IS NOT NULL THEN
        before := 'entries_' || to_char(last.month, 'YYYY_MM');
        EXECUTE format('ALTER TABLE entries DETACH PARTITION %I', before);
        EXECUTE format('ALTER TABLE entries ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                       before, last.first, beginning);
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF entries FOR VALUES FROM (%s) TO (MAXVALUE)', name, beginning);
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (source, position)', name || '_position', name);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', name);
    INSERT INTO months (month, first) VALUES (opened, beginning);
    UPDATE numbering SET month = opened;
END $$;
"""
# What the log holds already: a month begins where the first entry of it was received, whatever earlier ones came late.
_DIVIDE = """
ALTER TABLE entries RENAME TO undivided;
CREATE TABLE entries (LIKE undivided INCLUDING DEFAULTS) PARTITION BY RANGE (index);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON entries EXECUTE FUNCTION refuse_change();
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT month, min(index) AS first, max(index) AS last FROM (
            SELECT index, date_trunc('month', max(received_at) OVER (ORDER BY index) AT TIME ZONE 'Asia/Shanghai')::date
                AS month
            FROM undivided
        ) received GROUP BY month ORDER BY month
    LOOP
        PERFORM open_month(found.month, found.first);
        INSERT INTO entries SELECT * FROM undivided WHERE index BETWEEN found.first AND found.last ORDER BY index;
    END LOOP;
END $$;
UPDATE numbering SET latest = (SELECT max(received_at) FROM undivided);
ALTER TABLE undivided DISABLE TRIGGER USER;
DROP TABLE undivided;
ALTER TABLE entries ADD PRIMARY KEY (index);
CREATE INDEX entries_aggregate ON entries (source, aggregate, aggregate_id, version);
CREATE INDEX entries_key ON entries (key, index);
CREATE INDEX entries_type ON entries (type, index);
CREATE INDEX entries_actor ON entries (actor, index);
CREATE INDEX entries_department ON entries (department, index) WHERE department IS NOT NULL;
CREATE INDEX entries_reference ON entries (source, position) WHERE topic = 'reference';
CREATE INDEX entries_accesses ON entries (time, index) WHERE topic = 'accesses';
CREATE INDEX entries_time ON entries USING brin (time);
CREATE INDEX entries_id ON entries (id);
CREATE INDEX entries_correlation ON entries (correlation, index) WHERE correlation <> key;
"""


def upgrade() -> None:
    op.create_table(
        "months", Column("month", Date, primary_key=True), Column("first", BigInteger, nullable=False, unique=True)
    )
    op.add_column("numbering", Column("month", Date))
    op.add_column("numbering", Column("latest", DateTime(timezone=True)))
    run_script(_OPEN_MONTH)
    run_script(_DIVIDE)
    create_aggregate("archives")
