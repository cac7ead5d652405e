"""Counts, and versions of the procedures, at a million cases: sums that know the version and what offices had, indexes
that answer a count without a look at the cases."""

from alembic import op
from sqlalchemy import Column, SmallInteger, text

from shared.record.migrations import run_script

revision, down_revision, branch_labels, depends_on = "dispatch_0017", "dispatch_0016", None, None

_FILLED = """
TRUNCATE tallies;
WITH seen AS (
    SELECT '' AS office, id FROM cases UNION
    SELECT department, case_id FROM handoffs WHERE status NOT IN ('returned', 'recalled', 'transferred', 'waived') UNION
    SELECT department, case_id FROM seats WHERE NOT ended
), had AS (SELECT department AS office, case_id AS id FROM handoffs), told AS (
    SELECT office, id FROM seen UNION ALL
    SELECT 'left ' || office, id FROM (SELECT * FROM had EXCEPT SELECT * FROM seen) AS lost UNION ALL
    SELECT 'seated ' || office, id FROM (SELECT * FROM seen WHERE office <> '' EXCEPT SELECT * FROM had) AS invited
)
INSERT INTO tallies (office, area, category, kind, status, closing_reason, barred, workflow, change)
SELECT office, area, matter, kind, status, closing_reason, barred, workflow, count(*) FROM told
JOIN cases USING (id) CROSS JOIN LATERAL unnest(ARRAY['', category]) AS matter GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
"""
_INDEXES = """
DROP INDEX cases_opened, handoffs_department;
CREATE INDEX cases_opened ON cases
    (opened_at, id, area COLLATE "C", status, kind, closing_reason, category, workflow);
CREATE INDEX cases_workflow ON cases (workflow, opened_at, id, area COLLATE "C") WHERE workflow > 1;
CREATE INDEX cases_barred ON cases USING gin (barred) WHERE barred IS NOT NULL;
CREATE INDEX handoffs_department ON handoffs (department, opened_at, case_id, area COLLATE "C", category, status);
"""


def upgrade() -> None:
    op.add_column("tallies", Column("workflow", SmallInteger, nullable=False, server_default=text("1")))
    op.alter_column("tallies", "workflow", server_default=None)
    run_script(_FILLED)
    run_script(_INDEXES)
