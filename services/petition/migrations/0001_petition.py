"""The petitions."""

from shared.desk.tables import create_matters

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_matters("petitions")
