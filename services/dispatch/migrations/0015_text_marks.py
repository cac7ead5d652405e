"""By what words offices' texts are found, without saying which they are; and how far the log has been read for them."""

from shared.record.migrations import create_aggregate
from shared.search.tables import create_marks

revision, down_revision, branch_labels, depends_on = "dispatch_0015", "dispatch_0014", None, None


def upgrade() -> None:
    create_aggregate("searches")
    create_marks("case_id")
