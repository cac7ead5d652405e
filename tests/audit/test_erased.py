"""A person's key is destroyed: every proof still holds, and no copy anywhere reads, down to the files on disk."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from services.audit.tree.bundle import verify
from tests.audit.publishing import Published
from tests.intake.builders import GRID, register
from tests.kit.servers import own_servers
from tests.kit.witness import LOG_KEY, told, witness
from tests.kit.world import running

NAME, PHONE, TEXT = "欧阳金丝雀", "19900077731", "独一无二的一句话七三九一"


@dataclass
class Erasing(Published):
    folders: tuple[Path, ...]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def district(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Erasing]:
    folder = tmp_path_factory.mktemp("witness")
    async with witness(folder) as beside:
        with own_servers() as servers, told(beside.environment()):
            async with running("intake", "dispatch", "audit", servers=servers) as world:
                yield Erasing(world, beside, (servers.folder, folder))


def written(word: str) -> Iterator[bytes]:
    """As it could stand in a file: in each encoding, and in base64 from each of the three places."""
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        yield word.encode(encoding)
    yield word.encode("unicode_escape")
    yield word.encode().hex().encode()
    for shift in range(3):
        yield b64encode(b"\0" * shift + word.encode())[4 if shift else 0 : -4]


def read_everything(folders: tuple[Path, ...]) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and "pginstall" not in file.parts:
                yield file, file.read_bytes()


def found(folders: tuple[Path, ...], *words: str) -> set[str]:
    wanted = {form: word for word in words for form in written(word)}
    return {
        f"{word} in {file.name}"
        for file, data in read_everything(folders)
        for form, word in wanted.items()
        if form in data
    }


async def on_disk(district: Erasing, *words: str) -> set[str]:
    async with district.world.admin("intake") as database:
        await database.execute("CHECKPOINT")
    return await asyncio.to_thread(found, district.folders, *words)


async def test_nothing_reads_any_more_and_every_proof_holds(district: Erasing) -> None:
    world = district.world
    async with world.client("intake") as resident:
        receipt = await register(resident, text=TEXT, reporter={"name": NAME, "phone": PHONE})
    async with world.client("intake", "clerk.liu") as clerk:
        assert (await clerk.post(f"/v1/reports/{receipt['report_id']}/accept", json={})).status_code == 200
    await world.settled()
    keys = [LOG_KEY.verifier(), district.witness.key]
    [case] = await world.fetch("dispatch", "SELECT id, code FROM cases")
    await _published(district)
    async with world.client("audit", "audit.yan") as auditor:
        before = (await auditor.get(f"/v1/cases/{case['code']}/bundle")).content
    assert verify(before, keys).holds
    [reporter] = await world.fetch("intake", "SELECT ref FROM reporters WHERE report_id = $1", receipt["report_id"])
    async with world.client("intake", "admin.ran") as administrator:
        assert (await administrator.post(f"/v1/reporters/{reporter['ref']}/erase")).status_code == 200
    await world.settled()
    await _published(district)
    async with world.client("audit", "audit.yan") as auditor:
        after = (await auditor.get(f"/v1/cases/{case['code']}/bundle")).content
    assert verify(before, keys).holds
    assert verify(after, keys).holds
    assert len(verify(after, keys).facts) > len(verify(before, keys).facts), "the erasure is in the log itself"
    async with world.client("intake", "clerk.liu") as clerk:
        hits = (await clerk.post("/v1/search", json={"text": TEXT})).json()
    assert hits["items"] == []
    assert await on_disk(district, NAME, PHONE, TEXT) == set()


async def test_the_search_through_the_files_finds_what_is_there(district: Erasing) -> None:
    """Or the test above would prove nothing: the grid's code is no secret, and in the tables and the topics."""
    there = await on_disk(district, GRID)
    assert any("log" in each for each in there), there
    assert len(there) > 2


async def _published(district: Erasing) -> None:
    """A checkpoint covers all that the log holds."""

    async def so() -> bool:
        [row] = await district.world.fetch(
            "audit", "SELECT next = coalesce((SELECT size FROM published), -1) AS done FROM numbering"
        )
        return bool(row["done"])

    await district.world.until(so, 20, "all is published")
