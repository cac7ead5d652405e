"""Whoever holds the database alters entries or tiles of the log: it is found, and the report says where.

Each deed is undone, so that the next begins with a sound log.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from services.audit.tree.tiles import Tile, split_hashes
from shared.signing.merkle import leaf_hash, root_of
from tests.audit.publishing import Published, publishing
from tests.audit.tampering.deeds import (
    ALTERED,
    FORKED,
    INSERTED,
    KINDS,
    REMOVED,
    ROLLED_BACK,
    SWAPPED,
    TRUNCATED,
    Deed,
)

pytestmark = pytest.mark.timeout(120)
LAST, SIZE = -1, -2
"""The index of the log's last entry, and its size; each as it was before."""

_REHASH = (
    "UPDATE entries SET value = value || ' '::bytea,"
    " leaf = sha256('\\x00'::bytea || headers || '\\x0a'::bytea || value || ' '::bytea) WHERE index = {index}"
)
_CUT = (
    "DELETE FROM entries WHERE index >= 500",
    "DELETE FROM tiles WHERE level = 0 AND number > 0",
    "UPDATE numbering SET next = 500",
)


def sql(*statements: str) -> Callable[[asyncpg.Connection], Awaitable[None]]:
    async def do(database: asyncpg.Connection) -> None:
        for statement in statements:
            await database.execute(statement)

    return do


def flip(table: str, column: str, where: str, byte: int = 9) -> Callable[[asyncpg.Connection], Awaitable[None]]:
    altered = f"set_byte({column}, {byte}, get_byte({column}, {byte}) # 1)"
    return sql(f"UPDATE {table} SET {column} = {altered} WHERE {where}")


async def forge_the_whole_tree(database: asyncpg.Connection) -> None:
    """Entry, leaf and tile written anew: all in the database agrees with itself."""
    row = await database.fetchrow("SELECT headers, value FROM entries WHERE index = 33")
    leaf = leaf_hash(row["headers"] + b"\n" + row["value"] + b" ")
    await database.execute("UPDATE entries SET value = $1, leaf = $2 WHERE index = 33", row["value"] + b" ", leaf)
    hashes = split_hashes(await database.fetchval("SELECT hashes FROM tiles WHERE level = 0 AND number = 0"))
    hashes[33] = leaf
    await database.execute(
        "UPDATE tiles SET hashes = $1, root = $2 WHERE level = 0 AND number = 0", b"".join(hashes), root_of(hashes)
    )


async def insert_between(database: asyncpg.Connection) -> None:
    """Everything behind it moves."""
    await database.execute("UPDATE entries SET index = index + 1000001 WHERE index >= 400")
    await database.execute("UPDATE entries SET index = index - 1000000 WHERE index > 1000000")
    columns = [
        row[0]
        for row in await database.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'audit' AND table_name = 'entries'"
        )
    ]
    other = {"index": "400", "position": "position + 100000"}
    named, taken = (
        ", ".join(part) for part in ([f'"{c}"' for c in columns], [other.get(c, f'"{c}"') for c in columns])
    )
    await database.execute(f"INSERT INTO entries ({named}) SELECT {taken} FROM entries WHERE index = 399")


def altered(index: int) -> tuple[Any, ...]:
    return "altered", "entries", index, index


def forked(first: int) -> list[tuple[Any, ...]]:
    """What was signed is another log from there on, by the published checkpoint and by the witness's."""
    return [("forked", whose, first, LAST) for whose in ("published", "witness")]


TILE = ("tile", Tile(0, 1).path(), 256, 511)
DEEDS = (
    *(
        Deed(ALTERED, f"{column} {n}", flip("entries", column, f"index = {n}"), [altered(n), *forked(n)])
        for n in (0, 255, 256, 300)
        for column in ("value", "headers")
    ),
    Deed(ALTERED, "an entry with its leaf", sql(_REHASH.format(index=77)), [altered(77), *forked(77)]),
    Deed(
        ALTERED, "last, no tile holds it", sql(_REHASH.format(index="(SELECT max(index) FROM entries)")), forked(LAST)
    ),
    Deed(ALTERED, "a tile's hash", flip("tiles", "hashes", "level = 0 AND number = 1", 5), [TILE]),
    Deed(ALTERED, "a tile's root", flip("tiles", "root", "level = 0 AND number = 1", 5), [TILE]),
    # Filed under another case it would be missing from its own, though no byte of it was touched.
    Deed(
        ALTERED,
        "a column",
        sql("UPDATE entries SET key = 'hidden' WHERE index = 60"),
        [("misfiled", "entries", 60, 60)],
    ),
    Deed(
        REMOVED,
        "entries",
        sql("DELETE FROM entries WHERE index IN (100, 101, 300)"),
        [("missing", "entries", 100, 101), ("missing", "entries", 300, 300), *forked(100)],
    ),
    Deed(REMOVED, "a tile", sql("DELETE FROM tiles WHERE level = 0 AND number = 1"), [TILE]),
    Deed(
        INSERTED,
        "between others",
        insert_between,
        [("added", "entries", SIZE, SIZE), ("misfiled", "entries", 400, 400), altered(401)],
    ),
    Deed(
        INSERTED,
        "without a number",
        sql("UPDATE entries SET index = index + 1 WHERE index = (SELECT max(index) FROM entries)"),
        [("added", "entries", SIZE, SIZE), ("missing", "entries", LAST, LAST)],
    ),
    Deed(
        SWAPPED,
        "two entries",
        sql(
            "UPDATE entries SET index = 1000000 WHERE index = 20",
            "UPDATE entries SET index = 20 WHERE index = 21",
            "UPDATE entries SET index = 21 WHERE index = 1000000",
        ),
        [altered(20), altered(21), *forked(20)],
    ),
    Deed(TRUNCATED, "the tail", sql(*_CUT), [("cut", "published", 500, LAST), ("cut", "witness", 500, LAST)]),
    # The published checkpoint is the backup's too, so that only the witness knows better.
    Deed(ROLLED_BACK, "a backup", sql(*_CUT, "DELETE FROM published"), [("cut", "witness", 500, LAST)]),
    Deed(FORKED, "a whole forged tree", forge_the_whole_tree, forked(33)),
)


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


async def inspected(published: Published) -> list[tuple[Any, ...]]:
    """Kind, place, first and last of all that an inspection finds."""
    async with published.world.client("audit", "audit.yan") as auditor:
        before = (await auditor.get("/v1/inspection")).json()["inspected_at"]
        assert (await auditor.post("/v1/inspection")).status_code == 202

        async def done() -> dict[str, Any] | None:
            found: dict[str, Any] = (await auditor.get("/v1/inspection")).json()
            return found if not found["running"] and found["inspected_at"] != before else None

        found = await published.world.until(done, 30, "the inspection is done")
    assert (found["apart"], found["sound"]) == ([], not found["damages"])
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


@pytest.mark.parametrize("deed", DEEDS, ids=str)
async def test_it_is_found_and_the_report_says_where(log: Published, deed: Deed) -> None:
    async with meddling(log) as database:
        size = await database.fetchval("SELECT next FROM numbering")
        await deed.do(database)
        found = await inspected(log)
    places = {LAST: size - 1, SIZE: size}
    names = {"witness": log.witness.key.name}
    said = [(kind, names.get(at, at), *(places.get(n, n) for n in whole)) for kind, at, *whole in deed.said]
    assert set(said) <= set(found)
    if deed.kind != INSERTED:  # where all that lies behind it has moved
        assert sorted(found) == sorted(said)
    assert await inspected(log) == []


def test_every_kind_is_tried() -> None:
    assert {deed.kind for deed in DEEDS} == set(KINDS)


async def test_a_backup_restored_over_the_log_gets_no_checkpoint(log: Published) -> None:
    async with meddling(log) as database:
        size = await database.fetchval("SELECT next FROM numbering")
        await sql(*_CUT, "DELETE FROM published")(database)

        async def told() -> bool:
            async with log.world.client("audit") as nobody:
                degraded = str((await nobody.get("/readyz")).json()["degraded"])
            return "the log is shorter than a witness has seen it" in degraded

        await log.world.until(told, 10, "readiness tells of the rollback")
        assert await database.fetchval("SELECT count(*) FROM published") == 0
        [alarm] = await database.fetch("SELECT * FROM alarms WHERE kind = 'rollback' AND cleared_at IS NULL")
        assert (alarm["source"], alarm["first"], alarm["last"]) == (log.witness.key.name, 500, size - 1)


async def test_no_alarm_is_left_after_all_this(log: Published) -> None:
    assert await inspected(log) == []

    async def calm() -> bool:
        async with log.world.client("audit", "audit.yan") as auditor:
            alarms = (await auditor.get("/v1/alarms", params={"open": True})).json()["items"]
        return [alarm for alarm in alarms if alarm["kind"] not in ("gap", "silence")] == []

    await log.world.until(calm, 10, "no alarm is open")
