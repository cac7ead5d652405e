"""The tasks."""

from shared.desk.tables import create_matters

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_matters("tasks")
