"""toy's tables."""

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

from shared.record.aggregate import Aggregate, aggregate_table
from shared.record.beside import Beside
from tests.kit.toys.toy.model import MODEL

METADATA = MetaData()
COUNTERS = Aggregate(
    MODEL,
    aggregate_table("counter", METADATA, Column("total", BigInteger, nullable=False)),
    lambda id, state: {"total": state.total},
)
NOTES = Table("note", METADATA, Column("id", Text, primary_key=True), Column("words", Text, nullable=False))
BESIDE = (Beside(NOTES, "words beside a command"),)
