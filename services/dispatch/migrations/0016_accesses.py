"""Who opened which case file lately, and who took a list away."""

from shared.record.migrations import create_aggregate

revision, down_revision, branch_labels, depends_on = "dispatch_0016", "dispatch_0015", None, None


def upgrade() -> None:
    create_aggregate("openings")
    create_aggregate("exports")
