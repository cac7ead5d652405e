"""Who opened which matter of the office lately, not being of it."""

from shared.record.migrations import create_aggregate

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_aggregate("openings")
