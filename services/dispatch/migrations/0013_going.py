"""What is not over among an office's cases, and its cases of a matter, along indexes of its hand-offs."""

from alembic import op
from sqlalchemy import Boolean, Column, SmallInteger, false

from shared.record.migrations import run_script

revision, down_revision, branch_labels, depends_on = "dispatch_0013", "dispatch_0012", None, None

_FILLED = """
UPDATE handoffs SET going = true, case_colour = cases.colour, needs_offer = cases.needs_offer
FROM cases WHERE cases.id = handoffs.case_id AND (cases.colour IS NOT NULL OR cases.needs_offer);
"""
_INDEXES = """
DROP INDEX handoffs_open, handoffs_due;
CREATE INDEX handoffs_open ON handoffs
    (department, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), handoff_id, area COLLATE "C", lapsed)
    WHERE NOT ended;
CREATE INDEX handoffs_due ON handoffs
    (coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), handoff_id, area COLLATE "C", lapsed) WHERE NOT ended;
CREATE INDEX handoffs_going ON handoffs
    (department, opened_at, case_id, area COLLATE "C", category, case_colour, needs_offer) WHERE going;
CREATE INDEX handoffs_matter ON handoffs
    ((department || ' ' || category), area COLLATE "C", opened_at, case_id);
CREATE INDEX cases_visited ON cases (opened_at, id, area COLLATE "C") WHERE status IN ('resolved', 'followed_up');
"""


def upgrade() -> None:
    op.add_column("handoffs", Column("going", Boolean, nullable=False, server_default=false()))
    op.add_column("handoffs", Column("case_colour", SmallInteger))
    op.add_column("handoffs", Column("needs_offer", Boolean, nullable=False, server_default=false()))
    run_script(_FILLED)
    run_script(_INDEXES)
    op.alter_column("handoffs", "going", server_default=None)
    op.alter_column("handoffs", "needs_offer", server_default=None)
