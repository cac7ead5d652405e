"""Where marks are kept, and how far the log has been read for them. `owner`: the column of what a text belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alembic import op
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, MetaData, Table, Text

from shared.record.beside import Beside
from shared.record.database import Connection


def text_marks(metadata: MetaData, owner: str) -> Table:
    return Table("text_marks", metadata, *_columns(owner))


def marking(metadata: MetaData) -> Table:
    return Table(
        "marking",
        metadata,
        Column("only_row", Boolean, primary_key=True),
        Column("position", BigInteger, nullable=False),
    )


def beside(marks: Table, how_far: Table) -> tuple[Beside, Beside]:
    sealed = "keyed digests of the words of texts that are sealed: made again from those, erased with them"
    return Beside(marks, sealed), Beside(how_far, "how far the log has been read for words")


def _columns(owner: str) -> tuple[Column[str] | Column[int] | Column[datetime] | Column[Sequence[int]], ...]:
    return (
        Column("content_id", Text, primary_key=True),
        Column(owner, Text, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("written_at", DateTime(timezone=True), nullable=False),
        Column("marks", ARRAY(BigInteger), nullable=False),
    )


def create_marks(owner: str) -> None:
    """A migration."""
    op.create_table("text_marks", *_columns(owner))
    # New marks wait in a list that each search reads through: a short one costs it half a millisecond, none would
    # cost marking twice the time.
    op.execute("CREATE INDEX text_marks_words ON text_marks USING gin (marks) WITH (gin_pending_list_limit = 1024)")
    op.create_index(f"text_marks_{owner.removesuffix('_id')}", "text_marks", [owner])
    op.create_index("text_marks_age", "text_marks", ["written_at"])
    # One row. The texts that were there before are read from the log like all others, from its beginning.
    op.create_table(
        "marking",
        Column("only_row", Boolean, primary_key=True, server_default="true"),
        Column("position", BigInteger, nullable=False, server_default="0"),
    )
    op.execute("ALTER TABLE marking ADD CHECK (only_row)")
    op.execute("INSERT INTO marking DEFAULT VALUES")
    # Whoever erases a text, and by whichever way, has its words go with it.
    op.execute("""
        CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
        BEGIN
            DELETE FROM text_marks WHERE content_id = NEW.id;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER forget_words AFTER UPDATE OF erased_at ON contents FOR EACH ROW
        WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION forget_words()
    """)


@dataclass(frozen=True, slots=True)
class Entry:
    """Of this service's own log."""

    position: int
    type: str
    data: bytes


async def marked_up_to(connection: Connection) -> int | None:
    """Locked; None while another transaction has it."""
    position: int | None = await connection.fetchval("SELECT position FROM marking FOR UPDATE SKIP LOCKED")
    return position


async def set_marked(connection: Connection, position: int) -> None:
    await connection.execute("UPDATE marking SET position = $1", position)


async def entries(connection: Connection, after: int, most: int) -> list[Entry]:
    query = "SELECT position, type, data FROM log WHERE position > $1 ORDER BY position LIMIT $2"
    return [Entry(**row) for row in await connection.fetch(query, after, most)]


Line = tuple[str, str, int, datetime, list[int]]
"""Content, owner, position, when it was written, marks."""


async def store_marks(connection: Connection, owner: str, rows: Sequence[Line]) -> None:
    """Of texts that are marked already nothing changes."""
    query = f"INSERT INTO text_marks (content_id, {owner}, position, written_at, marks) VALUES ($1, $2, $3, $4, $5)"
    await connection.executemany(f"{query} ON CONFLICT DO NOTHING", rows)


async def add_marks(connection: Connection, owner: str, id: str, marks: Sequence[int]) -> None:
    """To all texts that belong there and have not all of them."""
    query = f"UPDATE text_marks SET marks = marks || $2::bigint[] WHERE {owner} = $1 AND NOT marks @> $2::bigint[]"
    await connection.execute(query, id, list(marks))


# What waits to be marked: told in the log behind the mark, or not in the log yet.
_MARKED = """
SELECT position, coalesce(
    (SELECT attributes FROM log WHERE log.position > marking.position AND type = ANY($1) ORDER BY position LIMIT 1),
    (SELECT attributes FROM pending WHERE type = ANY($1) ORDER BY id LIMIT 1)
)::json ->> 'time' AS waiting_since
FROM marking
"""


async def marked(connection: Connection, telling: Sequence[str]) -> tuple[int, datetime | None]:
    """How far the log has been read for words, and of when the first text is that waits. `telling`: types of the
    facts that tell of texts."""
    (row,) = await connection.fetch(_MARKED, list(telling))
    since = row["waiting_since"]
    return row["position"], None if since is None else datetime.fromisoformat(since)


NEIGHBOURS = 200
"""Texts of about the same time: a clock that was set forward or back for a while puts some of them elsewhere."""


async def first_position(connection: Connection, since: datetime) -> int | None:
    """Before which no text was written then or later."""
    query = f"SELECT position FROM text_marks WHERE written_at >= $1 ORDER BY written_at LIMIT {NEIGHBOURS}"
    found: int | None = await connection.fetchval(f"SELECT min(position) FROM ({query}) AS near", since)
    return found


async def last_position(connection: Connection, before: datetime) -> int | None:
    """After which no text was written earlier."""
    query = f"SELECT position FROM text_marks WHERE written_at < $1 ORDER BY written_at DESC LIMIT {NEIGHBOURS}"
    found: int | None = await connection.fetchval(f"SELECT max(position) FROM ({query}) AS near", before)
    return found
