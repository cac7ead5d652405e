"""Who stepped back from which case, as dispatch tells it."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Text

revision, down_revision, branch_labels, depends_on = "intake_0006", "intake_0005", None, None


def upgrade() -> None:
    op.create_table(
        "recusals",
        Column("case_id", Text, primary_key=True),
        Column("officer", Text, primary_key=True),
        Column("position", BigInteger, primary_key=True),
        Column("lifted", Boolean, nullable=False),
    )
