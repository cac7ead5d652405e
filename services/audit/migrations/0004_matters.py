"""Of what matter each case is: what is sealed is hidden from those outside its circle."""

from alembic import op
from sqlalchemy import Column, Text

from shared.record.migrations import run_script

revision = "0004"
down_revision = "0003"

# Of what the log holds already. A value that is no JSON tells nothing here either.
_FROM_THE_LOG = """
CREATE FUNCTION pg_temp.category_of(value bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN convert_from(value, 'UTF8')::jsonb ->> 'category'; EXCEPTION WHEN others THEN RETURN NULL; END $$;

INSERT INTO matters (key, category)
SELECT DISTINCT ON (key) key, category FROM (
    SELECT key, index, pg_temp.category_of(value) AS category FROM entries
    WHERE type LIKE 'lianzhi.intake.report-registered.%' OR type LIKE 'lianzhi.intake.report-accepted.%'
       OR type LIKE 'lianzhi.dispatch.case-opened.%') told
WHERE key IS NOT NULL AND category IS NOT NULL ORDER BY key, index DESC;
"""


def upgrade() -> None:
    op.create_table("matters", Column("key", Text, primary_key=True), Column("category", Text, nullable=False))
    op.create_index("matters_category", "matters", ["category"])
    run_script(_FROM_THE_LOG)
