"""Certificates; since which entry a key is part of another; who follows the log."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Text

from shared.record.migrations import create_aggregate, run_script

revision = "0007"
down_revision = "0006"

# Of what the log holds already. A value that is no JSON tells nothing here either.
_FROM_THE_LOG = """
CREATE FUNCTION pg_temp.belonging(value bytea) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN RETURN convert_from(value, 'UTF8')::jsonb; EXCEPTION WHEN others THEN RETURN NULL; END $$;

CREATE TEMP TABLE belonging ON COMMIT DROP AS
SELECT split_part(type, '.', 3) AS fact, index, pg_temp.belonging(value) AS data FROM entries
WHERE split_part(type, '.', 3) IN ('report-registered', 'report-joined', 'identity-opened', 'reporter-erased',
                                   'case-file-opened');

UPDATE keys SET since = first.index FROM (
    SELECT key, min(index) AS index FROM (
        SELECT data ->> 'case_id' AS key, index FROM belonging WHERE fact = 'report-joined'
        UNION ALL SELECT data ->> 'report_id', index FROM belonging WHERE fact <> 'case-file-opened'
        UNION ALL SELECT data ->> 'opening_id', index FROM belonging WHERE fact = 'case-file-opened'
    ) given GROUP BY key
) first WHERE first.key = keys.key AND keys.part_of IS NOT NULL;
"""


def upgrade() -> None:
    create_aggregate("certificates")
    op.add_column("keys", Column("since", BigInteger))
    run_script(_FROM_THE_LOG)
    op.create_table(
        "followings",
        Column("follower", Text, primary_key=True),
        Column("digest", Text, primary_key=True),
        Column("department", Text),
        Column("posts", Text, nullable=False),
        Column("since", DateTime(timezone=True), nullable=False),
        Column("after", BigInteger, nullable=False),
        Column("rows", BigInteger, nullable=False),
    )
