"""echo's tables. `effect` has no key on purpose: a doubled effect must show."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

from shared.record.aggregate import Aggregate, aggregate_table
from tests.kit.toys.echo.model import MODEL

METADATA = MetaData()
TALLIES = Aggregate(MODEL, aggregate_table("tally", METADATA))
EFFECTS = Table(
    "effect",
    METADATA,
    Column("source", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
