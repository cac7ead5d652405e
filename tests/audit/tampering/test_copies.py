"""Whoever holds the witness's folder alters its copy of the log: it is found as it lies there, by file and place."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from deploy.cli.main import app
from deploy.witness.held import HeldCopy, Wrong, copies
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import Note
from services.audit.tree.tiles import Tile, pack_bundle, read_bundle
from shared.signing.merkle import leaf_hash
from tests.audit.publishing import Published
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

LAST = -1
"""The index of the copy's last entry."""
Doing = Callable[[Path], Awaitable[None]]
ENTRIES, SECOND, HASHES = (Tile(None, 0).path(), Tile(None, 1).path(), Tile(0, 0).path())


def flip(file: str, place: int) -> Doing:
    async def do(mirror: Path) -> None:
        raw = bytearray((mirror / "tile" / file).read_bytes())
        raw[place] ^= 1
        (mirror / "tile" / file).write_bytes(raw)

    return do


def rewrite(change: Callable[[list[bytes]], list[bytes]], hashes: bool = False) -> Doing:
    """The first 256 entries; with `hashes` their tile is made to agree."""

    async def do(mirror: Path) -> None:
        entries = change(read_bundle((mirror / "tile" / ENTRIES).read_bytes()))
        (mirror / "tile" / ENTRIES).write_bytes(pack_bundle(entries))
        if hashes:
            (mirror / "tile" / HASHES).write_bytes(b"".join(map(leaf_hash, entries)))

    return do


async def remove(mirror: Path) -> None:
    (mirror / "tile" / ENTRIES).unlink()


async def cut(mirror: Path) -> None:
    whole = (mirror / "tile" / SECOND).read_bytes()
    (mirror / "tile" / SECOND).write_bytes(whole[:-1])


def is_wrong(file: str, first: int, last: int) -> list[Wrong]:
    """The file that does not fit its tile; the signed root does not fit either."""
    return [Wrong(file, first, last), Wrong("checkpoint", 0, LAST)]


DEEDS = (
    Deed(ALTERED, "an entry", flip(SECOND, 40), is_wrong(SECOND, 256, 511)),
    Deed(ALTERED, "a tile's hash", flip(HASHES, 7 * 32 + 3), [Wrong(ENTRIES, 7, 255)]),
    Deed(REMOVED, "a file", remove, is_wrong(ENTRIES, 0, 255)),
    Deed(REMOVED, "an entry", rewrite(lambda all: all[:9] + all[10:]), is_wrong(ENTRIES, 9, 255)),
    Deed(INSERTED, "an entry", rewrite(lambda all: [*all[:9], b"{}\n{}", *all[9:255]]), is_wrong(ENTRIES, 9, 255)),
    Deed(SWAPPED, "entries", rewrite(lambda all: [*all[:4], all[5], all[4], *all[6:]]), is_wrong(ENTRIES, 4, 255)),
    Deed(TRUNCATED, "a file", cut, is_wrong(SECOND, 256, 511)),
    # Another entry with its own, right hash: only the signed root tells.
    Deed(
        FORKED,
        "entry and tile alike",
        rewrite(lambda all: [*all[:3], all[3] + b" ", *all[4:]], hashes=True),
        [Wrong("checkpoint", 0, LAST)],
    ),
)


async def until_copied(published: Published, size: int) -> HeldCopy:
    async def so() -> bool:
        [held] = copies(published.witness.folder)
        found = held.mirrored()
        return found is not None and found.size >= size

    await published.world.until(so, 15, "the copy has it all")
    [held] = copies(published.witness.folder)
    return held


@pytest_asyncio.fixture(loop_scope="session")
async def copy(published: Published, tmp_path: Path) -> AsyncIterator[HeldCopy]:
    """More than two full tiles, in a folder of its own."""
    [row] = await published.world.fetch("audit", "SELECT next FROM numbering")
    wanted = max(0, 600 - row["next"]) // 2
    await until_copied(published, (await published.grown(*[f"copied-{n % 20}" for n in range(wanted)])).size)
    shutil.copytree(published.witness.folder, tmp_path / "witness")
    [held] = copies(tmp_path / "witness")
    yield held


def wrong(copy: HeldCopy) -> list[Wrong]:
    return [each for each in copy.check() if isinstance(each, Wrong)]


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["inspect", *arguments])


async def test_a_sound_copy_is_said_to_be_sound(copy: HeldCopy) -> None:
    size = copy.mirrored().size  # type: ignore[union-attr]
    found = await command("--copy-only", "--witness", str(copy.folder.parent))
    assert (found.exit_code, found.output.lstrip()) == (
        0,
        f"✓ 日志 {size} 条，完好。\nThe log is sound: {size} entries.\n",
    )


@pytest.mark.parametrize("deed", DEEDS, ids=str)
async def test_it_is_found_and_the_report_says_where(copy: HeldCopy, deed: Deed) -> None:
    size = copy.mirrored().size  # type: ignore[union-attr]
    await deed.do(copy.folder / "mirror")
    said = [Wrong(each.path, each.first, size - 1 if each.last == LAST else each.last) for each in deed.said]
    assert wrong(copy) == said
    found = await command("--copy-only", "--witness", str(copy.folder.parent))
    assert found.exit_code == 1
    assert all(f"{each.path} {each.first}–{each.last}: 副本被改动" in found.output for each in said), found.output


async def test_rolled_back_it_is_found_beside_the_log(
    published: Published, copy: HeldCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself an older copy is sound; but its witness has cosigned more, and that was published."""
    monkeypatch.setenv("ADMIN_DATABASE_URL", published.world.admin_url)
    sound = await command("--witness", str(published.witness.folder))
    assert (sound.exit_code, "is sound" in sound.output) == (0, True), sound.output
    older = Checkpoint.read(Note.read((copy.folder / "checkpoint").read_text()).text)
    size = (await published.grown("since-the-backup")).size
    assert wrong(copy) == []
    found = await command("--witness", str(copy.folder.parent))
    assert (found.exit_code, f"{copy.folder} {older.size}–" in found.output) == (1, True), found.output
    assert "the witness has seen was set back" in found.output
    assert older.size < size


def test_every_kind_is_tried() -> None:
    assert {deed.kind for deed in DEEDS} | {ROLLED_BACK} == set(KINDS)


async def test_the_command_inspects_the_log_beside_the_copy(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_DATABASE_URL", published.world.admin_url)
    async with published.world.admin("audit") as database:
        await database.execute("SET session_replication_role = replica")
        before = await database.fetchval("SELECT value FROM entries WHERE index = 9")
        await database.execute("UPDATE entries SET value = value || ' '::bytea WHERE index = 9")
        damaged = await command("--witness", str(published.witness.folder))
        await database.execute("UPDATE entries SET value = $1 WHERE index = 9", before)
    assert (damaged.exit_code, "entries 9–9: 条目被改动" in damaged.output) == (1, True), damaged.output
