"""Lists at a million cases: a case's worst colour and next end, sums that counts read, indexes that lists walk."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, DateTime, SmallInteger, Text, false
from sqlalchemy.dialects.postgresql import JSONB

from shared.record.migrations import run_script

revision, down_revision, branch_labels, depends_on = "dispatch_0009", "dispatch_0008", None, None
TIME = DateTime(timezone=True)

_FILLED = """
UPDATE cases SET colour = owed.colour, due_at = owed.due_at FROM (
    SELECT id, min((told -> 'deadline' ->> 'due_at')::timestamptz) AS due_at, max(CASE
        WHEN coalesce((told ->> 'lapsed')::boolean, false) THEN 3
        WHEN coalesce((told ->> 'warned')::integer, 0) = 0 THEN 0
        WHEN (told ->> 'warned')::integer
            >= coalesce(jsonb_array_length(told -> 'deadline' -> 'warnings'), 0) THEN 2
        ELSE 1 END) AS colour
    FROM cases, jsonb_array_elements(state -> 'clocks') AS told
    WHERE id IN (SELECT case_id FROM clocks WHERE running) AND told ->> 'stopped_at' IS NULL
      AND NOT coalesce((told -> 'deadline' ->> 'right')::boolean, false)
    GROUP BY id
) owed WHERE cases.id = owed.id;
UPDATE cases SET needs_offer = true WHERE status IN ('routed', 'in_handling', 'reopened') AND (
    EXISTS (SELECT FROM handoffs WHERE case_id = cases.id AND owed)
    OR NOT EXISTS (SELECT FROM handoffs WHERE case_id = cases.id AND NOT ended));
UPDATE handoffs SET opened_at = cases.opened_at FROM cases WHERE cases.id = handoffs.case_id;
INSERT INTO tallies (office, area, category, kind, status, closing_reason, barred, change)
SELECT office, area, matter, kind, status, closing_reason, barred, count(*) FROM (
    SELECT '' AS office, id FROM cases UNION
    SELECT department, case_id FROM handoffs WHERE status NOT IN ('returned', 'recalled', 'transferred', 'waived') UNION
    SELECT department, case_id FROM seats WHERE NOT ended
) seen JOIN cases USING (id) CROSS JOIN LATERAL unnest(ARRAY['', category]) AS matter GROUP BY 1, 2, 3, 4, 5, 6, 7;
ALTER TABLE handoffs ALTER opened_at SET NOT NULL;
"""
# A place is compared in each index itself: what is elsewhere costs no look at the row.
_INDEXES = """
DROP INDEX cases_opened, cases_status, handoffs_open, handoffs_due;
CREATE INDEX cases_opened ON cases (opened_at, id, area COLLATE "C");
CREATE INDEX cases_status ON cases (status, opened_at, id, area COLLATE "C");
CREATE INDEX cases_category ON cases (category, opened_at, id, area COLLATE "C");
CREATE INDEX cases_code ON cases (code COLLATE "C");
CREATE INDEX cases_owed ON cases (opened_at, id, colour, due_at, area COLLATE "C") WHERE colour IS NOT NULL;
CREATE INDEX cases_needing ON cases (opened_at, id) WHERE needs_offer;
CREATE INDEX handoffs_open ON handoffs
    (department, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), handoff_id) WHERE NOT ended;
CREATE INDEX handoffs_due ON handoffs
    (coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), handoff_id) WHERE NOT ended;
CREATE INDEX handoffs_department ON handoffs (department, opened_at, case_id, area COLLATE "C");
CREATE INDEX clocks_due ON clocks (due_at, clock_id) WHERE running;
CREATE INDEX clocks_late ON clocks (due_at, clock_id) WHERE overdue;
CREATE INDEX clocks_case ON clocks (case_id) WHERE running;
CREATE INDEX tallies_office ON tallies (office, category, area COLLATE "C");
"""


def upgrade() -> None:
    op.add_column("cases", Column("colour", SmallInteger))
    op.add_column("cases", Column("due_at", TIME))
    op.add_column("cases", Column("needs_offer", Boolean, nullable=False, server_default=false()))
    op.add_column("handoffs", Column("opened_at", TIME))
    op.create_table(
        "tallies",
        Column("office", Text, nullable=False),
        Column("area", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("closing_reason", Text),
        Column("barred", JSONB),
        Column("change", BigInteger, nullable=False),
    )
    run_script(_FILLED)
    run_script(_INDEXES)
    op.alter_column("cases", "needs_offer", server_default=None)
