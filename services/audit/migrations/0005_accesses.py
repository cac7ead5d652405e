"""Who opened which case in the log lately, who took entries from it; and what the log has of who looked anywhere."""

from alembic import op

from shared.record.migrations import create_aggregate

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_aggregate("openings")
    create_aggregate("exports")
    op.create_index("entries_accesses", "entries", ["time", "index"], postgresql_where="topic = 'accesses'")
