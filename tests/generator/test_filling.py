"""Made cases are cases as the model makes them, and come into no database that holds others."""

import runpy
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from deploy.generator.filling import HoldsOthers, fill
from deploy.generator.logs import into_logs
from deploy.migrate import migrate_all
from deploy.replay import check
from services.dispatch import migrations
from services.dispatch.codes import case_code
from services.dispatch.model import MODEL
from services.dispatch.model.due import next_due
from services.dispatch.tables import CASE, LEFT, counted_as
from shared.record.aggregate import load
from tests.kit import reference
from tests.kit.servers import shared_servers

NOW = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
CASES = 1_500


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made() -> AsyncIterator[asyncpg.Connection]:
    servers = shared_servers()
    url = await servers.fresh_database()
    await migrate_all(url, ["dispatch"], servers.secrets)
    connection = await asyncpg.connect(url)
    await reference.put(connection, "dispatch")
    await connection.execute("SET search_path = dispatch")
    await fill(connection, CASES, seed=7, at=NOW)
    yield connection
    await connection.close()


async def states(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    return list(await connection.fetch("SELECT *, state::text AS text FROM cases ORDER BY id"))


async def test_every_row_is_what_the_model_says_of_its_state(made: asyncpg.Connection) -> None:
    rows = await states(made)
    assert len(rows) == CASES
    for row in rows:
        case = load(MODEL, row["text"])
        assert row["code"] == case_code(row["area"], row["opened_at"], row["id"])
        assert same(row, CASE.project(row["id"], case))
        for child in CASE.children:
            key = next(iter(child.table.primary_key.columns)).name
            kept = await made.fetch(f"SELECT * FROM {child.table.name} WHERE case_id = $1", row["id"])
            wanted = {each[key]: each for each in child.rows(row["id"], case)}
            assert {each[key] for each in kept} == wanted.keys()
            assert all(same(each, wanted[each[key]]) for each in kept)


def same(row: asyncpg.Record, wanted: Mapping[str, Any]) -> bool:
    """JSONB comes as text."""
    return all((row[n] and orjson.loads(row[n]) if n == "barred" else row[n]) == value for n, value in wanted.items())


async def test_most_are_closed_some_are_late_and_nothing_is_from_the_future(made: asyncpg.Connection) -> None:
    rows = await states(made)
    cases = [load(MODEL, row["text"]) for row in rows]
    closed = sum(case.closed_at is not None for case in cases)
    assert 0.88 < closed / CASES < 0.97
    assert {"queued", "routed", "in_handling", "suspended", "resolved", "closed", "withdrawn", "refused"} <= {
        case.status for case in cases
    }
    assert any(case.barred for case in cases)
    assert sum(row["colour"] == 3 for row in rows) > 5
    assert any(row["needs_offer"] for row in rows)
    assert min(row["opened_at"] for row in rows) < NOW - timedelta(days=3 * 365)
    assert max(row["opened_at"] for row in rows) <= NOW
    assert not [case.code for case in cases if next_due(case, NOW)]


async def test_the_same_seed_gives_the_same_cases_in_place_of_the_ones_before(made: asyncpg.Connection) -> None:
    before = [tuple(row) for row in await states(made)]
    await fill(made, CASES, seed=7, at=NOW)
    assert [tuple(row) for row in await states(made)] == before
    assert await made.fetchval("SELECT sum(change) FROM tallies WHERE (office, category) = ('', '')") == CASES


async def test_the_indexes_of_the_migrations_are_there_again(made: asyncpg.Connection) -> None:
    found = {row["indexname"] for row in await made.fetch("SELECT indexname FROM pg_indexes WHERE tablename = 'cases'")}
    assert {"cases_opened", "cases_status", "cases_category", "cases_owed", "cases_needing", "cases_pkey"} <= found


async def test_a_database_with_a_case_of_somebody_is_refused_and_left_as_it_is(made: asyncpg.Connection) -> None:
    await made.execute("CREATE TEMP TABLE one AS SELECT * FROM cases LIMIT 1")
    await made.execute("UPDATE one SET id = '01a2180a-5ea3-7000-9c41-449c87fa61b5', code = 'SOMEBODYS'")
    await made.execute("INSERT INTO cases SELECT * FROM one")
    with pytest.raises(HoldsOthers):
        await fill(made, 10, seed=1, at=NOW)
    assert await made.fetchval("SELECT count(*) FROM cases") == CASES + 1
    await made.execute("DELETE FROM cases WHERE code = 'SOMEBODYS'")


async def test_what_is_counted_is_what_the_states_say(made: asyncpg.Connection) -> None:
    sums: dict[tuple[object, ...], int] = {}
    for row in await states(made):
        for kind in counted_as(row["id"], load(MODEL, row["text"])):
            about = (*kind[:6], *kind[7:])
            sums[about] = sums.get(about, 0) + 1
    rows = await made.fetch(
        "SELECT office, area, category, kind, status, closing_reason, workflow, asked, satisfied, resolved,"
        " sum(change)::int AS sum FROM tallies GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
    )
    assert {tuple(row)[:10]: row["sum"] for row in rows} == sums
    assert any(str(about[0]).startswith(LEFT) for about in sums)


async def test_rows_from_before_the_lists_were_quick_are_filled_as_new_ones_are(made: asyncpg.Connection) -> None:
    await made.execute(
        "CREATE TEMP TABLE were AS SELECT id, colour, due_at, needs_offer FROM cases;"
        "CREATE TEMP TABLE opened AS SELECT handoff_id, opened_at FROM handoffs;"
        "CREATE TEMP TABLE summed AS SELECT * FROM tallies;"
        "UPDATE cases SET colour = NULL, due_at = NULL, needs_offer = false;"
        "ALTER TABLE handoffs ALTER opened_at DROP NOT NULL; UPDATE handoffs SET opened_at = NULL; TRUNCATE tallies;"
        "ALTER TABLE tallies ALTER workflow SET DEFAULT 1; ALTER TABLE tallies ALTER resolved SET DEFAULT false"
    )
    await made.execute(filling_of("0009_lists.py"))
    await made.execute(filling_of("0017_counts.py"))
    await made.execute(filling_of("0019_answers.py"))
    for before, now in (
        ("were", "SELECT id, colour, due_at, needs_offer FROM cases"),
        ("opened", "SELECT handoff_id, opened_at FROM handoffs"),
        ("summed", "SELECT * FROM tallies"),
    ):
        same = f"(TABLE {before} EXCEPT ALL {now}) UNION ALL ({now} EXCEPT ALL TABLE {before})"
        assert await made.fetch(same) == [], before


async def test_hand_offs_from_before_know_of_their_cases_what_new_ones_know(made: asyncpg.Connection) -> None:
    kept = "SELECT handoff_id, going, case_colour, needs_offer FROM handoffs"
    await made.execute(
        f"CREATE TEMP TABLE knew AS {kept}; UPDATE handoffs SET going = false, case_colour = NULL, needs_offer = false"
    )
    await made.execute(filling_of("0013_going.py"))
    assert await made.fetchval("SELECT count(*) FROM knew WHERE going") > 0
    assert await made.fetch(f"(TABLE knew EXCEPT ALL {kept}) UNION ALL ({kept} EXCEPT ALL TABLE knew)") == []


async def test_what_was_told_of_them_gives_the_very_same_rows() -> None:
    """Letter by letter, times too; and where facts were told nothing is made in their place."""
    servers = shared_servers()
    url = await servers.fresh_database()
    await migrate_all(url, ["dispatch", "audit"], servers.secrets)
    connection = await asyncpg.connect(url)
    try:
        await reference.put(connection, "dispatch")
        await fill(connection, 60, seed=3, at=NOW, facts=into_logs)
        report = await check(url, ["dispatch"], patience=1, reference=False)
        assert report.clean, (report.differences[:5], report.missing)
        assert report.services["dispatch"].aggregates == 60
        with pytest.raises(HoldsOthers):
            await fill(connection, 10, seed=1, at=NOW)
    finally:
        await connection.close()


async def test_rows_from_before_know_of_moves_what_new_ones_know(made: asyncpg.Connection) -> None:
    moves = "SELECT handoff_id, came_from, came_by, ended_at FROM handoffs"
    passes = "SELECT id, passes, late_at FROM cases"
    await made.execute(
        f"CREATE TEMP TABLE moved AS {moves}; CREATE TEMP TABLE passed AS {passes};"
        "UPDATE handoffs SET came_from = 'centre', came_by = 'first', ended_at = NULL;"
        "UPDATE cases SET passes = 0, late_at = NULL"
    )
    await made.execute(filling_of("0020_moves.py"))
    assert await made.fetchval("SELECT count(*) FROM passed WHERE passes > 0") > 0
    assert await made.fetchval("SELECT count(*) FROM passed WHERE late_at IS NOT NULL") > 0
    for before, now in (("moved", moves), ("passed", passes)):
        assert await made.fetch(f"(TABLE {before} EXCEPT ALL {now}) UNION ALL ({now} EXCEPT ALL TABLE {before})") == []


def filling_of(migration: str) -> str:
    found: str = runpy.run_path(str(Path(str(migrations.__path__[0])) / migration))["_FILLED"]
    return found
