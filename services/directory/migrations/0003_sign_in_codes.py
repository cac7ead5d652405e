"""Authorization codes, each for a minute."""

from alembic import op
from sqlalchemy import Column, DateTime, LargeBinary, Text

revision, down_revision, branch_labels, depends_on = "directory_0003", "directory_0002", None, None


def upgrade() -> None:
    op.create_table(
        "sign_in_codes",
        Column("code_digest", LargeBinary, primary_key=True),
        Column("client_id", Text, nullable=False),
        Column("redirect_uri", Text, nullable=False),
        Column("challenge", Text, nullable=False),
        Column("nonce", Text),
        Column("account", Text, nullable=False),
        Column("made_at", DateTime(timezone=True), nullable=False),
    )
    op.create_index("sign_in_codes_age", "sign_in_codes", ["made_at"])
