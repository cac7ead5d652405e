"""Migrations of one service, in its own schema: the spine's, which all services share, then its own."""

from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from sqlalchemy import Column, Connection, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.util import await_only

_HERE = Path(__file__).parent
_SPINE = sorted((_HERE / "spine").glob("*.sql"))


def upgrade(connection: Connection, versions: Path) -> None:
    """To the newest version. The connection's search path is the service's schema."""
    _grow_spine(connection)
    config = Config()
    config.set_main_option("script_location", str(_HERE / "alembic"))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _grow_spine(connection: Connection) -> None:
    """The files of `spine/` that this schema has not seen yet, in their order."""
    if connection.scalar(text("SELECT to_regclass('spine_steps')")) is None:
        connection.exec_driver_sql("CREATE TABLE spine_steps (name text PRIMARY KEY)")
        # Schemas from before the steps were noted have the first.
        connection.exec_driver_sql(
            f"INSERT INTO spine_steps SELECT '{_SPINE[0].name}' WHERE to_regclass('pending') IS NOT NULL"
        )
    known = set(connection.scalars(text("SELECT name FROM spine_steps")))
    for step in _SPINE:
        if step.name not in known:
            _execute(connection, step.read_text(encoding="utf-8"))
            connection.execute(text("INSERT INTO spine_steps VALUES (:name)"), {"name": step.name})


def create_aggregate(name: str, *columns: Column[Any]) -> None:
    """An aggregate's table with the columns that lists need."""
    op.create_table(
        name,
        Column("id", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("state", JSONB, nullable=False),
        *columns,
    )


def run_script(script: str) -> None:
    """Several statements as they stand, in the migration's transaction."""
    _execute(op.get_bind(), script)


def _execute(connection: Connection, script: str) -> None:
    connection.exec_driver_sql("SELECT 1")
    driver: Any = connection.connection.driver_connection
    await_only(driver.execute(script))
