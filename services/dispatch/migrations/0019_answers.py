"""Sums that know what reporters answered; dates and answers counted by an index alone."""

from alembic import op
from sqlalchemy import Boolean, Column, Text, text

from shared.record.migrations import run_script

revision, down_revision, branch_labels, depends_on = "dispatch_0019", "dispatch_0018", None, None

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
INSERT INTO tallies
    (office, area, category, kind, status, closing_reason, barred, workflow, asked, satisfied, resolved, change)
SELECT office, area, matter, kind, status, closing_reason, barred, workflow, asked, satisfied,
       resolved_at IS NOT NULL, count(*)
FROM told JOIN cases USING (id) CROSS JOIN LATERAL unnest(ARRAY['', category]) AS matter
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
"""
_INDEX = """
DROP INDEX cases_opened;
CREATE INDEX cases_opened ON cases (opened_at, id, area COLLATE "C")
    INCLUDE (status, kind, closing_reason, category, workflow, asked, satisfied, resolved_at);
"""


def upgrade() -> None:
    op.add_column("tallies", Column("asked", Text))
    op.add_column("tallies", Column("satisfied", Boolean))
    op.add_column("tallies", Column("resolved", Boolean, nullable=False, server_default=text("false")))
    op.alter_column("tallies", "resolved", server_default=None)
    run_script(_FILLED)
    run_script(_INDEX)
