"""By what words the office's texts are found, without saying which they are; how far its log was read for them."""

from shared.desk.tables import create_searches

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_searches()
