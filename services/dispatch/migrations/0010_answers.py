"""What reporters answered when they were asked."""

from alembic import op
from sqlalchemy import Boolean, Column, DateTime, Text

from shared.record.migrations import run_script

revision, down_revision, branch_labels, depends_on = "dispatch_0010", "dispatch_0009", None, None

# The last answer told, as the log has it: the state of a case did not keep it.
_FILLED = """
WITH told AS (
    SELECT DISTINCT ON (aggregate_id) aggregate_id AS id, CASE
        WHEN type LIKE 'lianzhi.dispatch.followed-up.%' THEN 'solved'
        WHEN type LIKE 'lianzhi.dispatch.reporter-not-reached.%' THEN convert_from(data, 'UTF8')::jsonb ->> 'reason'
        ELSE 'not_solved' END AS asked
    FROM (SELECT aggregate, aggregate_id, version, type, data FROM log UNION ALL
          SELECT aggregate, aggregate_id, version, type, data FROM pending) facts
    WHERE aggregate = 'case' AND (
        type LIKE 'lianzhi.dispatch.followed-up.%' OR type LIKE 'lianzhi.dispatch.reporter-not-reached.%'
        OR (type LIKE 'lianzhi.dispatch.case-reopened.%'
            AND convert_from(data, 'UTF8')::jsonb ->> 'reason' = 'not_solved'))
    ORDER BY aggregate_id, version DESC
)
UPDATE cases SET state = jsonb_set(
    CASE WHEN told.asked = 'not_solved' THEN state - 'satisfied' ELSE state END, '{asked}', to_jsonb(told.asked))
FROM told WHERE told.id = cases.id;
UPDATE cases SET
    resolved_at = (state ->> 'resolved_at')::timestamptz,
    asked = state ->> 'asked',
    satisfied = (state ->> 'satisfied')::boolean
WHERE state ?| ARRAY['resolved_at', 'asked', 'satisfied'];
"""


def upgrade() -> None:
    op.add_column("cases", Column("resolved_at", DateTime(timezone=True)))
    op.add_column("cases", Column("asked", Text))
    op.add_column("cases", Column("satisfied", Boolean))
    run_script(_FILLED)
    op.execute("CREATE INDEX cases_asked ON cases (asked, opened_at, id) WHERE asked IS NOT NULL")
