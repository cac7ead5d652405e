"""Who answers for what is late: the clocks as a list of their own."""

from alembic import op
from sqlalchemy import Boolean, Column, DateTime, Integer, Text, false

revision, down_revision, branch_labels, depends_on = "dispatch_0002", "dispatch_0001", None, None

_CLOCKS = """
UPDATE clocks SET
    handoff_id = told.clock ->> 'handoff_id',
    rule = told.clock -> 'deadline' ->> 'rule',
    answerable = told.clock -> 'deadline' ->> 'answerable',
    due_at = (told.clock -> 'deadline' ->> 'due_at')::timestamptz,
    colour = least(coalesce((told.clock ->> 'warned')::integer, 0), 2),
    running = (told.clock ->> 'stopped_at') IS NULL,
    overdue = (told.clock ->> 'stopped_at') IS NULL AND coalesce((told.clock ->> 'lapsed')::boolean, false)
FROM (SELECT jsonb_array_elements(state -> 'clocks') AS clock FROM cases) told
WHERE clocks.clock_id = told.clock ->> 'clock_id'
"""
_HANDOFFS = """
UPDATE handoffs SET answerable = clocks.answerable,
    lapsed = handoffs.lapsed AND clocks.answerable = handoffs.department
FROM clocks WHERE clocks.handoff_id = handoffs.handoff_id AND clocks.running
"""


def upgrade() -> None:
    op.add_column("handoffs", Column("answerable", Text))
    op.add_column("handoffs", Column("return_asked", Boolean, nullable=False, server_default=false()))
    for column in (
        Column("handoff_id", Text),
        Column("rule", Text),
        Column("answerable", Text),
        Column("due_at", DateTime(timezone=True)),
        Column("colour", Integer),
        Column("running", Boolean),
        Column("overdue", Boolean),
    ):
        op.add_column("clocks", column)
    op.execute(_CLOCKS)
    op.execute(_HANDOFFS)
    for name in ("rule", "answerable", "due_at", "colour", "running", "overdue"):
        op.alter_column("clocks", name, nullable=False)
    op.alter_column("handoffs", "return_asked", server_default=None)
    op.execute("CREATE INDEX clocks_owed ON clocks (answerable, due_at, clock_id) WHERE running")
    op.execute("CREATE INDEX clocks_overdue ON clocks (case_id) WHERE overdue")
