"""What reporters added to a case after it was handed over."""

from shared.desk.tables import create_supplements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_supplements()
