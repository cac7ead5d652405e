"""Filters that people keep; indexes by which lists look up an office's cases one by one, and pass over others."""

from alembic import op
from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import JSONB

from shared.record.migrations import run_script

revision, down_revision, branch_labels, depends_on = "dispatch_0011", "dispatch_0010", None, None

_INDEXES = """
DROP INDEX handoffs_case, handoffs_department, cases_opened;
CREATE INDEX handoffs_case ON handoffs (case_id, department);
CREATE INDEX handoffs_department ON handoffs (department, opened_at, case_id, area COLLATE "C", category);
CREATE INDEX handoffs_asking ON handoffs (case_id) WHERE extension_days IS NOT NULL AND NOT ended;
CREATE INDEX handoffs_returning ON handoffs (case_id) WHERE return_asked AND NOT ended;
CREATE INDEX cases_opened ON cases (opened_at, id, area COLLATE "C", status);
CREATE INDEX cases_closing ON cases (closing_reason, opened_at, id, area COLLATE "C") WHERE closing_reason IS NOT NULL;
"""


def upgrade() -> None:
    op.create_table(
        "filters",
        Column("owner", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("list", Text, nullable=False),
        Column("query", JSONB, nullable=False),
    )
    run_script(_INDEXES)
