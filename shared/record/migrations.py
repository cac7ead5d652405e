"""Migrations of one service, in its own schema; and the steps that each service's first one shares."""

from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from sqlalchemy import Column, Connection, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.util import await_only

_HERE = Path(__file__).parent


def upgrade(connection: Connection, versions: Path) -> None:
    """To the newest version. The connection's search path is the service's schema."""
    config = Config()
    config.set_main_option("script_location", str(_HERE / "alembic"))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def create_spine() -> None:
    """The tables that every service has (`schema.sql`)."""
    run_script((_HERE / "schema.sql").read_text())


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
    connection = op.get_bind()
    connection.exec_driver_sql("SELECT 1")
    driver: Any = connection.connection.driver_connection
    await_only(driver.execute(script))
