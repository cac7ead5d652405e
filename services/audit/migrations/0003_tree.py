"""The log as a Merkle tree: each entry's leaf, full tiles, and what was published of it last."""

from itertools import count

from alembic import op
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, LargeBinary, SmallInteger, Text, text

from services.audit.tree.tiles import WIDTH, split_hashes
from shared.record.migrations import run_script
from shared.signing.merkle import root_of

revision = "0003"
down_revision = "0002"

_LEAVES = """
ALTER TABLE entries DISABLE TRIGGER append_only;
ALTER TABLE entries ADD COLUMN leaf bytea;
UPDATE entries SET leaf = sha256('\\x00'::bytea || headers || '\\x0a'::bytea || value);
ALTER TABLE entries ALTER COLUMN leaf SET NOT NULL;
ALTER TABLE entries ENABLE TRIGGER append_only;
"""
_APPEND_ONLY = """
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tiles FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON tiles EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON log_keys FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON log_keys EXECUTE FUNCTION refuse_change();
"""
# Of level 0 from the leaves, of any other from the roots of the level below; only full ones.
_FULL = f"""
SELECT number, string_agg(hash, ''::bytea ORDER BY place) AS hashes FROM (
    SELECT index / {WIDTH} AS number, index AS place, leaf AS hash FROM entries WHERE $1 = 0
    UNION ALL SELECT number / {WIDTH}, number, root FROM tiles WHERE level = $1 - 1
) AS below GROUP BY number HAVING count(*) = {WIDTH} ORDER BY number
""".replace("$1", ":level")


def upgrade() -> None:
    run_script(_LEAVES)
    op.create_table(
        "tiles",
        Column("level", SmallInteger, primary_key=True, autoincrement=False),
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("hashes", LargeBinary, nullable=False),
        Column("root", LargeBinary, nullable=False),
    )
    op.create_table(
        "published",
        Column("only_row", Boolean, CheckConstraint("only_row"), primary_key=True, server_default=text("true")),
        Column("size", BigInteger, nullable=False),
        Column("note", Text, nullable=False),
    )
    op.create_table(
        "log_keys",
        Column("key", Text, primary_key=True),
        Column("since", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )
    run_script(_APPEND_ONLY)
    _fill()


def _fill() -> None:
    """The tree over what the log holds already."""
    storing = text("INSERT INTO tiles (level, number, hashes, root) VALUES (:level, :number, :hashes, :root)")
    for level in count():
        full = op.get_bind().execute(text(_FULL), {"level": level}).fetchall()
        if not full:
            return
        rows = [
            {"level": level, "number": row.number, "hashes": row.hashes, "root": root_of(split_hashes(row.hashes))}
            for row in full
        ]
        op.get_bind().execute(storing, rows)
