"""Where a desk's matters are kept: the columns that worklists need."""

from typing import Any

from alembic import op
from sqlalchemy import Boolean, Column, DateTime, Index, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from shared.desk.matter import Matter
from shared.record.aggregate import aggregate_table
from shared.record.beside import Beside
from shared.record.migrations import create_aggregate
from shared.search.tables import beside, create_marks, marking, text_marks

SUPPLEMENTS = "supplements"
OF_A_TEXT = "handoff_id"
"""The column of marks that says which matter it belongs to."""


def _first_columns() -> list[Column[Any]]:
    """Those of the first migration."""
    codes = ("case_id", "case_code", "department", "area", "category", "part", "status")
    return [
        *(Column(name, Text, nullable=False) for name in codes),
        Column("received_at", DateTime(timezone=True)),
        Column("due_at", DateTime(timezone=True)),
        Column("urged", Boolean, nullable=False),
        Column("told", Boolean, nullable=False),
    ]


def matter_table(name: str, metadata: MetaData) -> Table:
    table = aggregate_table(name, metadata, *_first_columns(), Column("barred", JSONB))
    Index(f"{name}_department", table.c.department, table.c.due_at)
    Index(f"{name}_due", table.c.due_at)
    Index(f"{name}_case", table.c.case_id)
    return table


def supplement_table(metadata: MetaData) -> Table:
    """What was added to a case after it was handed over, for whoever holds a part of it: the texts stay with intake."""
    return Table(
        SUPPLEMENTS,
        metadata,
        Column("case_id", Text, primary_key=True),
        Column("content_id", Text, primary_key=True),
        Column("report_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
    )


def create_supplements() -> None:
    """A migration."""
    op.create_table(
        SUPPLEMENTS,
        Column("case_id", Text, primary_key=True),
        Column("content_id", Text, primary_key=True),
        Column("report_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
    )


def project_matter(id: str, state: Matter) -> dict[str, Any]:
    return {
        "case_id": state.case_id,
        "case_code": state.case_code,
        "department": state.department,
        "area": state.area,
        "category": state.category,
        "part": state.part,
        "status": state.status,
        "received_at": state.received_at,
        "due_at": state.due_at,
        "urged": state.urged > 0,
        "told": state.told is not None,
        "barred": list(state.barred) or None,
    }


def create_matters(name: str) -> None:
    """In a service's first migration. A later column needs a migration of its own."""
    create_aggregate(name, *_first_columns())
    op.create_index(f"{name}_department", name, ["department", "due_at"])
    op.create_index(f"{name}_due", name, ["due_at"])
    op.create_index(f"{name}_case", name, ["case_id"])


def add_barred(name: str) -> None:
    """In a service's second: who is complained of. Matters handed over before carry nothing to put there."""
    op.add_column(name, Column("barred", JSONB))


def marks_tables(metadata: MetaData) -> tuple[Beside, ...]:
    """By what words texts are found, and how far the log has been read for them."""
    return beside(text_marks(metadata, OF_A_TEXT), marking(metadata))


def create_searches() -> None:
    """A migration."""
    create_aggregate("searches")
    create_marks(OF_A_TEXT)
