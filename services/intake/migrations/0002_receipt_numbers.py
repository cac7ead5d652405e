"""Receipt numbers from a row a day: a sequence jumps at every crash, because its log runs ahead of what was given."""

from alembic import op
from sqlalchemy import Column, Date, Integer

revision, down_revision, branch_labels, depends_on = "intake_0002", "intake_0001", None, None


def upgrade() -> None:
    op.create_table(
        "receipt_numbers",
        Column("day", Date, primary_key=True),
        Column("next", Integer, nullable=False),
    )
    # A day that has begun already goes on behind the numbers that were given.
    op.execute("""
        INSERT INTO receipt_numbers (day, next)
        SELECT to_date(split_part(receipt_no, '-', 1), 'YYMMDD'), max(split_part(receipt_no, '-', 2)::integer) + 1
        FROM receipts GROUP BY 1
    """)
    op.execute("DROP SEQUENCE receipt_blocks")
