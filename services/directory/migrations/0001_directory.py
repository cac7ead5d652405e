"""Reference data, accounts, credentials, signing keys, what was loaded from files."""

from alembic import op
from sqlalchemy import Column, Date, DateTime, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB

from shared.record.migrations import create_aggregate

revision, down_revision, branch_labels, depends_on = "directory_0001", None, None, None
TIME = DateTime(timezone=True)


def upgrade() -> None:
    _reference_data()
    _sign_in()
    op.create_table(
        "loaded",
        Column("entry", Text, primary_key=True),
        Column("loaded_at", TIME, primary_key=True),
        Column("digest", Text, nullable=False),
    )


def _reference_data() -> None:
    create_aggregate(
        "directory_entries",
        Column("kind", Text, nullable=False),
        Column("code", Text, nullable=False),
        Column("status", Text, nullable=False),
    )
    op.create_table(
        "directory_versions",
        Column("kind", Text, primary_key=True),
        Column("code", Text, primary_key=True),
        Column("valid_from", Date, primary_key=True),
        Column("valid_to", Date),
        Column("data", JSONB, nullable=False),
    )
    op.create_index("directory_versions_data", "directory_versions", ["data"], postgresql_using="gin")


def _sign_in() -> None:
    create_aggregate("accounts", Column("status", Text, nullable=False), Column("department", Text, nullable=False))
    create_aggregate("keyrings")
    op.create_table(
        "identities",
        Column("account", Text, primary_key=True),
        Column("login", Text, nullable=False, unique=True),
        Column("name", Text, nullable=False),
        Column("name_en", Text),
    )
    op.create_table(
        "credentials",
        Column("id", Text, primary_key=True),
        Column("account", Text, nullable=False),
        Column("hash", Text, nullable=False),
    )
    op.create_index("credentials_account", "credentials", ["account", "id"])
    op.create_table(
        "signing_keys",
        Column("kid", Text, primary_key=True),
        Column("public", JSONB, nullable=False),
        Column("wrapped_key", LargeBinary, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("made_at", TIME, nullable=False),
    )
    op.create_table(
        "wrong_tries",
        Column("login_digest", LargeBinary, primary_key=True),
        Column("wrong", Integer, nullable=False),
        Column("last_at", TIME, nullable=False),
    )
    op.create_index("wrong_tries_age", "wrong_tries", ["last_at"])
