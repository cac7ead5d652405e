"""The spine and the tasks."""

from shared.desk.tables import create_matters
from shared.record.migrations import create_spine

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_spine()
    create_matters("tasks")
