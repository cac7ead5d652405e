"""From where a hand-off came, how and when it ended; how often a case was passed on, and since when it is late."""

from alembic import op
from sqlalchemy import Column, DateTime, SmallInteger, Text, text

from shared.record.migrations import run_script

revision, down_revision, branch_labels, depends_on = "dispatch_0020", "dispatch_0019", None, None

_FILLED = """
WITH parts AS (
    SELECT cases.id AS case_id, own.value AS own, (
        SELECT other.value FROM jsonb_array_elements(state -> 'handoffs') AS other
        WHERE other.value ->> 'handoff_id' = coalesce(own.value ->> 'parent', own.value ->> 'replaces')
    ) AS before
    FROM cases CROSS JOIN jsonb_array_elements(state -> 'handoffs') AS own
)
UPDATE handoffs SET
    came_from = CASE WHEN before ->> 'offered_at' IS NULL THEN 'centre' ELSE before ->> 'department' END,
    came_by = CASE
        WHEN handoffs.part = 'child' THEN 'part'
        WHEN (own ->> 'binding')::boolean THEN 'concluded'
        WHEN before IS NULL THEN 'first'
        WHEN before ->> 'status' IN ('returned', 'transferred', 'recalled') THEN before ->> 'status'
        WHEN before ->> 'status' = 'waived' THEN 'recalled'
        ELSE 'again' END,
    ended_at = CASE WHEN handoffs.ended THEN (own ->> 'since')::timestamptz END
FROM parts WHERE handoffs.handoff_id = parts.own ->> 'handoff_id';
UPDATE cases SET passes = passed.times FROM (
    SELECT case_id, count(*) AS times FROM handoffs
    WHERE came_by IN ('returned', 'transferred', 'recalled', 'concluded') AND came_from NOT IN ('centre', department)
    GROUP BY case_id
) AS passed WHERE passed.case_id = cases.id;
UPDATE cases SET late_at = late.since FROM (
    SELECT cases.id, min((clock.value ->> 'lapsed_at')::timestamptz) AS since
    FROM cases CROSS JOIN jsonb_array_elements(state -> 'clocks') AS clock
    WHERE (clock.value ->> 'lapsed')::boolean
    AND NOT coalesce((clock.value -> 'deadline' ->> 'right')::boolean, false)
    GROUP BY cases.id
) AS late WHERE late.id = cases.id AND late.since IS NOT NULL;
"""
_INDEXES = """
DROP INDEX handoffs_due;
CREATE INDEX handoffs_due ON handoffs (
    coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), handoff_id, area COLLATE "C", lapsed,
    offered_at, department, case_id
) WHERE NOT ended;
CREATE INDEX handoffs_moves ON handoffs (offered_at, area COLLATE "C", department, came_from, came_by, case_id);
CREATE INDEX handoffs_given_up ON handoffs (ended_at, area COLLATE "C", department, status, case_id)
    WHERE status IN ('returned', 'transferred', 'recalled');
CREATE INDEX cases_closed ON cases (closed_at, id, area COLLATE "C") WHERE closed_at IS NOT NULL;
CREATE INDEX cases_late ON cases (late_at, id, area COLLATE "C") WHERE late_at IS NOT NULL;
CREATE INDEX cases_passed ON cases (passes, opened_at, id, area COLLATE "C", status) WHERE passes > 0;
"""


def upgrade() -> None:
    op.add_column("cases", Column("passes", SmallInteger, nullable=False, server_default=text("0")))
    op.add_column("cases", Column("late_at", DateTime(timezone=True)))
    op.add_column("handoffs", Column("came_from", Text, nullable=False, server_default="centre"))
    op.add_column("handoffs", Column("came_by", Text, nullable=False, server_default="first"))
    op.add_column("handoffs", Column("ended_at", DateTime(timezone=True)))
    run_script(_FILLED)
    run_script(_INDEXES)
    op.alter_column("cases", "passes", server_default=None)
    op.alter_column("handoffs", "came_from", server_default=None)
    op.alter_column("handoffs", "came_by", server_default=None)
