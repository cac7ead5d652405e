"""By which notices of days off a clock was counted, so that it is found when one comes or is put right."""

from alembic import op
from sqlalchemy import Column, Text

revision, down_revision, branch_labels, depends_on = "dispatch_0005", "dispatch_0004", None, None

_AWAITED = """
UPDATE clocks SET notices = '?'
FROM (SELECT jsonb_array_elements(state -> 'clocks') AS clock FROM cases) told
WHERE clocks.clock_id = told.clock ->> 'clock_id'
    AND (clocks.running OR (told.clock ->> 'lapsed')::boolean) AND (told.clock -> 'deadline' ->> 'provisional')::boolean
"""


def upgrade() -> None:
    op.add_column("clocks", Column("notices", Text))
    op.execute(_AWAITED)
    op.execute("CREATE INDEX clocks_notices ON clocks (notices, clock_id) WHERE notices IS NOT NULL")
