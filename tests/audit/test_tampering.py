"""Whoever holds the database alters entries or tiles of the log: it is found, and the report says where.

Each test undoes what it did, so that the next begins with a sound log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from services.audit.tree.tiles import Tile, split_hashes
from shared.signing.merkle import leaf_hash, root_of
from tests.audit.publishing import Published, publishing

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def meddling(published: Published) -> AsyncIterator[asyncpg.Connection]:
    """As the database's owner, past every trigger; all tables of the log are as before afterwards."""
    async with published.world.admin("audit") as database:
        await database.execute("SET session_replication_role = replica")
        for table in ("entries", "tiles", "numbering", "published"):
            await database.execute(f"CREATE TEMP TABLE {table}_before AS TABLE {table}")
        try:
            yield database
        finally:
            for table in ("entries", "tiles", "numbering", "published"):
                await database.execute(f"DELETE FROM {table}")
                await database.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")


async def inspected(published: Published) -> dict[str, Any]:
    async with published.world.client("audit", "audit.yan") as auditor:
        before = (await auditor.get("/v1/inspection")).json()["inspected_at"]
        assert (await auditor.post("/v1/inspection")).status_code == 202

        async def done() -> dict[str, Any] | None:
            found: dict[str, Any] = (await auditor.get("/v1/inspection")).json()
            return found if not found["running"] and found["inspected_at"] != before else None

        return await published.world.until(done, 30, "the inspection is done")


def places(found: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    return [(each["kind"], each["place"], each["first"], each["last"]) for each in found["damages"]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    """More than two full tiles, mirrored, and quiet: after its first, no source sends a head fact."""
    async with publishing(tmp_path_factory.mktemp("witness"), head_every=10_000.0) as published:
        await published.grown(*[f"tampered-{n % 50}" for n in range(700)])

        async def quiet() -> bool:
            rows = await published.world.fetch("audit", "SELECT count(*) AS heads FROM entries WHERE topic = 'heads'")
            size = (await published.grown()).size
            mirror = next(Path(published.witness.folder).iterdir()) / "mirror" / "next"
            return rows[0]["heads"] == 3 and mirror.exists() and int(mirror.read_text()) == size

        await published.world.until(quiet, 30, "each source has sent its head fact, and the copy has it all")
        yield published


async def test_a_sound_log_is_found_sound(log: Published) -> None:
    found = await inspected(log)
    assert (found["sound"], places(found), found["apart"]) == (True, [], [])
    assert found["size"] > 600


@pytest.mark.parametrize("index", [0, 255, 256, 300])
@pytest.mark.parametrize("column", ["value", "headers"])
async def test_an_altered_byte_is_found(log: Published, index: int, column: str) -> None:
    async with meddling(log) as database:
        await database.execute(
            f"UPDATE entries SET {column} = set_byte({column}, 9, get_byte({column}, 9) # 1) WHERE index = $1", index
        )
        found = places(await inspected(log))
        assert found[0] == ("altered", "entries", index, index)
        assert {(kind, first) for kind, _, first, _ in found[1:]} == {("forked", index)}


async def test_an_altered_last_entry_is_found_though_no_tile_holds_it(log: Published) -> None:
    async with meddling(log) as database:
        last = await database.fetchval("SELECT max(index) FROM entries")
        await database.execute(
            "UPDATE entries SET value = value || ' '::bytea, leaf = sha256('\\x00'::bytea || headers || '\\x0a'::bytea"
            " || value || ' '::bytea) WHERE index = $1",
            last,
        )
        found = places(await inspected(log))
        assert found == [("forked", whose, last, last) for whose in ("published", log.witness.key.name)]


async def test_an_entry_altered_with_its_leaf_is_found_by_its_tile(log: Published) -> None:
    async with meddling(log) as database:
        await database.execute(
            "UPDATE entries SET value = value || ' '::bytea, leaf = sha256('\\x00'::bytea || headers || '\\x0a'::bytea"
            " || value || ' '::bytea) WHERE index = 77"
        )
        found = places(await inspected(log))
        assert found[0] == ("altered", "entries", 77, 77)
        assert {(kind, first) for kind, _, first, _ in found[1:]} == {("forked", 77)}


async def test_a_whole_forged_tree_is_found_by_the_witness_and_placed_by_its_copy(log: Published) -> None:
    """The forger writes the entry, its leaf and the tiles anew: all in the database agrees with itself."""
    async with meddling(log) as database:
        row = await database.fetchrow("SELECT headers, value FROM entries WHERE index = 33")
        leaf = leaf_hash(row["headers"] + b"\n" + row["value"] + b" ")
        await database.execute("UPDATE entries SET value = $1, leaf = $2 WHERE index = 33", row["value"] + b" ", leaf)
        hashes = split_hashes(await database.fetchval("SELECT hashes FROM tiles WHERE level = 0 AND number = 0"))
        hashes[33] = leaf
        await database.execute(
            "UPDATE tiles SET hashes = $1, root = $2 WHERE level = 0 AND number = 0", b"".join(hashes), root_of(hashes)
        )
        size = await database.fetchval("SELECT next FROM numbering")
        found = places(await inspected(log))
        assert found == [("forked", whose, 33, size - 1) for whose in ("published", log.witness.key.name)]


async def test_a_removed_entry_is_found(log: Published) -> None:
    async with meddling(log) as database:
        await database.execute("DELETE FROM entries WHERE index IN (100, 101, 300)")
        found = places(await inspected(log))
        assert found[:2] == [("missing", "entries", 100, 101), ("missing", "entries", 300, 300)]
        assert {kind for kind, *_ in found[2:]} == {"forked"}


async def test_two_swapped_entries_are_found(log: Published) -> None:
    async with meddling(log) as database:
        await database.execute("UPDATE entries SET index = 1000000 WHERE index = 20")
        await database.execute("UPDATE entries SET index = 20 WHERE index = 21")
        await database.execute("UPDATE entries SET index = 21 WHERE index = 1000000")
        found = places(await inspected(log))
        assert found[:2] == [("altered", "entries", 20, 20), ("altered", "entries", 21, 21)]
        assert {(kind, first) for kind, _, first, _ in found[2:]} == {("forked", 20)}


async def test_an_inserted_entry_is_found(log: Published) -> None:
    """Between two others: everything behind it has moved."""
    async with meddling(log) as database:
        await database.execute("UPDATE entries SET index = index + 1000001 WHERE index >= 400")
        await database.execute("UPDATE entries SET index = index - 1000000 WHERE index > 1000000")
        columns = [
            row[0]
            for row in await database.fetch(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = 'audit' AND table_name = 'entries'"
            )
        ]
        taken = ", ".join(
            "400" if name == "index" else "position + 100000" if name == "position" else f'"{name}"' for name in columns
        )
        named = ", ".join(f'"{name}"' for name in columns)
        await database.execute(f"INSERT INTO entries ({named}) SELECT {taken} FROM entries WHERE index = 399")
        found = places(await inspected(log))
        kinds = {kind for kind, *_ in found}
        assert "added" in kinds
        assert ("misfiled", "entries", 400, 400) in found
        assert min(first for kind, _, first, _ in found if kind == "altered") in (400, 401)


async def test_an_appended_entry_without_a_number_is_found(log: Published) -> None:
    async with meddling(log) as database:
        size = await database.fetchval("SELECT next FROM numbering")
        await database.execute("UPDATE entries SET index = $1 WHERE index = $1 - 1", size)
        found = places(await inspected(log))
        assert found[0] == ("added", "entries", size, size)
        assert ("missing", "entries", size - 1, size - 1) in found


async def test_a_cut_tail_is_found(log: Published) -> None:
    async with meddling(log) as database:
        size = await database.fetchval("SELECT next FROM numbering")
        await database.execute("DELETE FROM entries WHERE index >= 500")
        await database.execute("DELETE FROM tiles WHERE level = 0 AND number > 0")
        await database.execute("UPDATE numbering SET next = 500")
        found = places(await inspected(log))
        assert ("cut", "published", 500, size - 1) in found
        assert ("cut", log.witness.key.name, 500, size - 1) in found


async def test_a_backup_restored_over_the_log_gets_no_checkpoint(log: Published) -> None:
    """The published checkpoint is the backup's too, so that only the witness knows better."""
    async with meddling(log) as database:
        size = await database.fetchval("SELECT next FROM numbering")
        await database.execute("DELETE FROM entries WHERE index >= 500")
        await database.execute("DELETE FROM tiles WHERE level = 0 AND number > 0")
        await database.execute("UPDATE numbering SET next = 500")
        await database.execute("DELETE FROM published")
        publisher_problem = "the log is shorter than a witness has seen it"

        async def told() -> bool:
            async with log.world.client("audit") as nobody:
                return publisher_problem in str((await nobody.get("/readyz")).json()["degraded"])

        await log.world.until(told, 10, "readiness tells of the rollback")
        assert await database.fetchval("SELECT count(*) FROM published") == 0
        [alarm] = await database.fetch("SELECT * FROM alarms WHERE kind = 'rollback' AND cleared_at IS NULL")
        assert (alarm["source"], alarm["first"], alarm["last"]) == (log.witness.key.name, 500, size - 1)


@pytest.mark.parametrize("what", ["hashes", "root"])
async def test_an_altered_tile_is_found(log: Published, what: str) -> None:
    async with meddling(log) as database:
        await database.execute(
            f"UPDATE tiles SET {what} = set_byte({what}, 5, get_byte({what}, 5) # 4) WHERE level = 0 AND number = 1"
        )
        assert places(await inspected(log)) == [("tile", Tile(0, 1).path(), 256, 511)]


async def test_a_removed_tile_is_found(log: Published) -> None:
    async with meddling(log) as database:
        await database.execute("DELETE FROM tiles WHERE level = 0 AND number = 0")
        assert places(await inspected(log)) == [("tile", Tile(0, 0).path(), 0, 255)]


async def test_a_column_that_says_another_thing_than_its_bytes_is_found(log: Published) -> None:
    """A fact that is filed under another case would be missing from its own, though no byte of it was touched."""
    async with meddling(log) as database:
        await database.execute("UPDATE entries SET key = 'hidden' WHERE index = 60")
        assert places(await inspected(log)) == [("misfiled", "entries", 60, 60)]


async def test_what_the_log_shows_after_all_this_is_sound(log: Published) -> None:
    assert (await inspected(log))["sound"]
    async with log.world.client("audit", "audit.yan") as auditor:
        alarms = (await auditor.get("/v1/alarms", params={"open": True})).json()["items"]
    assert [alarm for alarm in alarms if alarm["kind"] not in ("gap", "silence")] == []
