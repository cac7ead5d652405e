"""Lists are planned for the values asked for, however often the same is asked; commands are planned once."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio
from sqlalchemy import text

from shared.record.database import Database
from tests.kit.servers import shared_servers

OFTEN = 12
"""PostgreSQL makes one plan for all values from the sixth time on."""


@pytest_asyncio.fixture
async def database() -> AsyncIterator[Database]:
    found = Database(await shared_servers().fresh_database(), size=1)
    yield found
    await found.close()


async def planned(connection: asyncpg.Connection, about: str) -> tuple[int, int]:
    """How often for all values at once, and for those given."""
    row = await connection.fetchrow(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE $1", f"%{about}%"
    )
    assert row is not None
    return row["generic_plans"], row["custom_plans"]


async def read(database: Database) -> Any:
    async with database.reading() as connection:
        await connection.execute(text("SELECT 1 AS asked WHERE :kind = 'rare'"), {"kind": "rare"})
        await connection.rollback()
        return (await connection.get_raw_connection()).driver_connection


async def test_a_question_is_planned_for_its_values_however_often_it_is_put(database: Database) -> None:
    for _ in range(OFTEN):
        connection = await read(database)
    assert await planned(connection, "AS asked") == (0, OFTEN)


async def test_a_connection_that_has_read_plans_commands_once_again(database: Database) -> None:
    """The pool hands one and the same connection to both."""
    await read(database)
    async with database.plain() as connection:
        for _ in range(OFTEN):
            await connection.fetch("SELECT 1 AS commanded WHERE $1 = 'rare'", "rare")
        generic, custom = await planned(connection, "AS commanded")
    assert (generic + custom, custom) == (OFTEN, 5)
