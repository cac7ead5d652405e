"""Who is complained of, for the worklist to leave out."""

from shared.desk.tables import add_barred

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    add_barred("tasks")
