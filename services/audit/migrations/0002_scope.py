"""Who may see what of the log: what each key belongs to, where it lies, and of whom it complains."""

from alembic import op
from sqlalchemy import Column, Text

from shared.record.migrations import run_script

revision = "0002"
down_revision = "0001"

# Of what the log holds already. A value that is no JSON tells nothing here either.
_FROM_THE_LOG = """
CREATE FUNCTION pg_temp.data_of(value bytea) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN RETURN convert_from(value, 'UTF8')::jsonb; EXCEPTION WHEN others THEN RETURN NULL; END $$;

CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT split_part(type, '.', 3) AS fact, key, pg_temp.data_of(value) AS data FROM entries
WHERE type LIKE 'lianzhi.intake.report-%' OR type LIKE 'lianzhi.dispatch.case-opened.%'
   OR type LIKE 'lianzhi.dispatch.report-attached.%';

INSERT INTO keys (key, part_of, area)
SELECT key, max(part_of), max(area) FROM (
    SELECT data ->> 'case_id' AS key, NULL AS part_of, data ->> 'area' AS area
    FROM told WHERE fact = 'report-registered'
    UNION ALL SELECT data ->> 'report_id', data ->> 'case_id', NULL
    FROM told WHERE fact IN ('report-registered', 'report-joined')
    UNION ALL SELECT data ->> 'case_id', data ->> 'into', NULL FROM told WHERE fact = 'report-joined'
) given WHERE key IS NOT NULL GROUP BY key;

INSERT INTO barred (key, department)
SELECT key, data ->> 'complained_of' FROM told WHERE data ->> 'complained_of' IS NOT NULL
UNION SELECT data ->> 'case_id', data ->> 'complained_of' FROM told WHERE data ->> 'complained_of' IS NOT NULL
UNION SELECT key, department FROM told, jsonb_array_elements_text(data -> 'barred') AS department;
"""


def upgrade() -> None:
    op.create_table("keys", Column("key", Text, primary_key=True), Column("part_of", Text), Column("area", Text))
    op.create_index("keys_part_of", "keys", ["part_of"], postgresql_where="part_of IS NOT NULL")
    op.create_table("barred", Column("key", Text, primary_key=True), Column("department", Text, primary_key=True))
    op.create_index("barred_department", "barred", ["department"])
    run_script(_FROM_THE_LOG)
