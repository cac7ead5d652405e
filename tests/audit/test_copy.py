"""The witness's copy: sound as it lies there, every alteration of a file found; and the command that reads it."""

import asyncio
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.witness.held import HeldCopy, Wrong, copies
from services.audit.tree.tiles import Tile, pack_bundle, read_bundle
from shared.signing.merkle import leaf_hash
from tests.audit.publishing import Published


@pytest.fixture
async def copy(published: Published, tmp_path: Path) -> HeldCopy:
    """More than two full tiles, in a folder of its own."""
    size = (await published.grown(*[f"copied-{n % 20}" for n in range(400)])).size

    async def mirrored() -> bool:
        [held] = copies(published.witness.folder)
        found = held.mirrored()
        return found is not None and found.size >= size > 600

    await published.world.until(mirrored, 15, "the copy has it all")
    shutil.copytree(published.witness.folder, tmp_path / "witness")
    [held] = copies(tmp_path / "witness")
    return held


def wrong(copy: HeldCopy) -> list[Wrong]:
    return [each for each in copy.check() if isinstance(each, Wrong)]


def flip(file: Path, place: int) -> None:
    raw = bytearray(file.read_bytes())
    raw[place] ^= 1
    file.write_bytes(raw)


def inspected(copy: HeldCopy) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["inspect", "--copy-only", "--witness", str(copy.folder.parent)])
    return found.exit_code, found.output


async def test_a_copy_is_sound_and_the_command_says_so(copy: HeldCopy) -> None:
    assert wrong(copy) == []
    size = copy.mirrored().size  # type: ignore[union-attr]
    status, said = inspected(copy)
    assert (status, said.lstrip()) == (0, f"✓ 日志 {size} 条，完好。\nThe log is sound: {size} entries.\n")


async def test_an_altered_entry_of_a_copy_is_found(copy: HeldCopy) -> None:
    bundle = copy.folder / "mirror" / "tile" / Tile(None, 1).path()
    flip(bundle, 40)
    assert wrong(copy)[0] == Wrong(Tile(None, 1).path(), 256, 511)
    status, said = inspected(copy)
    assert (status, "256–511" in said) == (1, True), said


async def test_an_altered_tile_of_a_copy_is_found_at_its_entry(copy: HeldCopy) -> None:
    flip(copy.folder / "mirror" / "tile" / Tile(0, 0).path(), 7 * 32 + 3)
    assert wrong(copy) == [Wrong(Tile(None, 0).path(), 7, 255)]


async def test_a_lost_file_of_a_copy_is_found(copy: HeldCopy) -> None:
    (copy.folder / "mirror" / "tile" / Tile(None, 0).path()).unlink()
    assert wrong(copy)[0] == Wrong(Tile(None, 0).path(), 0, 255)


async def test_entry_and_tile_altered_alike_are_found_by_the_root(copy: HeldCopy) -> None:
    """Another entry with its own, right hash: only the signed root tells."""
    tile = copy.folder / "mirror" / "tile"
    entries = read_bundle((tile / Tile(None, 0).path()).read_bytes())
    entries[3] = entries[3] + b" "
    (tile / Tile(None, 0).path()).write_bytes(pack_bundle(entries))
    (tile / Tile(0, 0).path()).write_bytes(b"".join(map(leaf_hash, entries)))
    size = copy.mirrored().size  # type: ignore[union-attr]
    assert wrong(copy) == [Wrong("checkpoint", 0, size - 1)]


async def test_the_command_inspects_the_log_beside_the_copy(
    published: Published, copy: HeldCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_DATABASE_URL", published.world.admin_url)
    arguments = ["inspect", "--witness", str(published.witness.folder)]
    sound = await _invoke(arguments)
    assert (sound.exit_code, "is sound" in sound.output) == (0, True), sound.output
    async with published.world.admin("audit") as database:
        await database.execute("SET session_replication_role = replica")
        before = await database.fetchval("SELECT value FROM entries WHERE index = 9")
        await database.execute("UPDATE entries SET value = value || ' '::bytea WHERE index = 9")
        damaged = await _invoke(arguments)
        await database.execute("UPDATE entries SET value = $1 WHERE index = 9", before)
    assert (damaged.exit_code, "entries 9–9: 条目被改动" in damaged.output) == (1, True), damaged.output


async def _invoke(arguments: list[str]):  # type: ignore[no-untyped-def]
    return await asyncio.to_thread(CliRunner().invoke, app, arguments)
