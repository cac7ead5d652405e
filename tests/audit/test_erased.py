"""A person's key is destroyed: every proof still holds, and no copy anywhere reads, down to the files on disk."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli.main import app
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


def written(word: bytes) -> Iterator[bytes]:
    """As it could stand in a file: as it is, text in each encoding, and in base64 from each of the three places."""
    with suppress(UnicodeDecodeError):
        for encoding in ("gb18030", "utf-16-le", "utf-16-be", "unicode_escape"):
            yield word.decode().encode(encoding)
    yield word
    yield word.hex().encode()
    for shift in range(3):
        yield b64encode(b"\0" * shift + word)[4 if shift else 0 : -4]


def read_everything(folders: tuple[Path, ...]) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and "pginstall" not in file.parts:
                yield file, file.read_bytes()


def found(folders: tuple[Path, ...], *words: bytes) -> set[str]:
    wanted = {form: word for word in words for form in written(word)}
    return {
        f"{word.hex()} in {file.name}"
        for file, data in read_everything(folders)
        for form, word in wanted.items()
        if form in data
    }


async def on_disk(folders: tuple[Path, ...], district: Erasing, *words: bytes) -> set[str]:
    async with district.world.admin("intake") as database:
        await database.execute("CHECKPOINT")
    return await asyncio.to_thread(found, folders, *words)


async def test_nothing_reads_any_more_and_every_proof_holds(district: Erasing, tmp_path: Path) -> None:
    """Neither in the raw files of PostgreSQL and Kafka and the witness's copy, nor in what was exported before."""
    world, folders = district.world, (*district.folders, tmp_path)
    receipt, case = await a_case(district)
    keys = [LOG_KEY.verifier(), district.witness.key]
    before = await exported(district, case, tmp_path / "before")
    assert verify(before, keys).holds
    held = await kept(district, receipt["report_id"])
    there = await on_disk(folders, district, *held)
    assert len(there) >= len(held), "or nothing would be proven by its being gone"
    await erase(district, receipt["report_id"])
    after = await exported(district, case, tmp_path / "after")
    assert verify(before, keys).holds
    assert verify(after, keys).holds
    assert len(verify(after, keys).facts) > len(verify(before, keys).facts), "the erasure is in the log itself"
    assert await on_disk(folders, district, *map(str.encode, (NAME, PHONE, TEXT))) == set()
    assert await world.fetch("intake", "SELECT * FROM text_marks") == []
    async with world.client("intake", "clerk.liu") as clerk:
        assert (await clerk.post("/v1/search", json={"text": TEXT})).json()["items"] == []


async def test_keys_that_were_destroyed_lie_in_the_files_until_they_are_scrubbed(
    district: Erasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL overwrites nothing: the wrapped key of what was erased is in old rows and the write-ahead log."""
    receipt, _ = await a_case(district)
    held = await kept(district, receipt["report_id"])
    assert len(held) >= 4
    await erase(district, receipt["report_id"])
    left = await on_disk(district.folders, district, *held)
    assert left, "if this fails PostgreSQL has learnt to overwrite, and `scrub` can go"
    monkeypatch.setenv("ADMIN_DATABASE_URL", district.world.admin_url)
    done = await asyncio.to_thread(CliRunner().invoke, app, ["scrub"])
    assert done.exit_code == 0, done.output
    assert await on_disk(district.folders, district, *held) == set()
    async with district.world.client("intake") as resident:
        another = await register(resident, text="另一件事", reporter={"name": "甲", "phone": "199-0000-0002"})
    async with district.world.client("intake", "clerk.liu") as clerk:
        who = await clerk.get(f"/v1/reports/{another['report_id']}/reporter?purpose=verify")
    assert who.json()["name"] == "甲", "what was not erased reads as before"


async def a_case(district: Erasing) -> tuple[dict[str, Any], dict[str, Any]]:
    """A report that was accepted: its receipt and its case."""
    async with district.world.client("intake") as resident:
        receipt = await register(resident, text=TEXT, reporter={"name": NAME, "phone": PHONE})
    async with district.world.client("intake", "clerk.liu") as clerk:
        assert (await clerk.post(f"/v1/reports/{receipt['report_id']}/accept", json={})).status_code == 200
    await district.world.settled()
    report = "SELECT id, code FROM cases ORDER BY opened_at DESC LIMIT 1"
    [case] = await district.world.fetch("dispatch", report)

    async def marked() -> bool:
        return bool(await district.world.fetch("intake", "SELECT 1 FROM text_marks"))

    await district.world.until(marked, 10, "the text can be searched")
    return receipt, case


async def kept(district: Erasing, report_id: str) -> list[bytes]:
    """What could be read with the master key: wrapped keys and ciphertexts of the reporter and of the texts."""
    rows = [
        *await district.world.fetch("intake", "SELECT * FROM reporters WHERE report_id = $1", report_id),
        *await district.world.fetch("intake", "SELECT * FROM contents WHERE about = $1", report_id),
    ]
    return [bytes(row[name]) for row in rows for name in ("wrapped_key", "sealed")]


async def erase(district: Erasing, report_id: str) -> None:
    """The reporter, and each text."""
    world = district.world
    [reporter] = await world.fetch("intake", "SELECT ref FROM reporters WHERE report_id = $1", report_id)
    contents = await world.fetch("intake", "SELECT id FROM contents WHERE about = $1 AND erased_at IS NULL", report_id)
    async with world.client("intake", "admin.ran") as administrator:
        assert (await administrator.post(f"/v1/reporters/{reporter['ref']}/erase")).status_code == 200
        for content in contents:
            ground = {"ground": "asked_by_person"}
            answer = await administrator.post(f"/v1/contents/{content['id']}/erase", json=ground)
            assert answer.status_code == 200, answer.text
    await world.settled()


async def exported(district: Erasing, case: dict[str, Any], folder: Path) -> bytes:
    """All that can be taken away, as files in that folder; answers with the case's bundle."""
    await _published(district)
    folder.mkdir()
    for service, who, path in (
        ("dispatch", "supervise.mao", "/v1/cases/export"),
        ("audit", "audit.yan", "/v1/accesses?format=csv"),
        ("audit", "audit.yan", "/v1/log?limit=100000"),
        ("audit", "audit.yan", f"/v1/cases/{case['code']}/certificate"),
        ("audit", "audit.yan", f"/v1/cases/{case['code']}/bundle"),
    ):
        async with district.world.client(service, who) as someone:
            answer = await someone.get(path)
        assert answer.status_code == 200, (path, answer.text)
        (folder / path.replace("/", "-").partition("?")[0]).write_bytes(answer.content)
    return answer.content


async def test_the_search_through_the_files_finds_what_is_there(district: Erasing) -> None:
    """Or the test above would prove nothing: the grid's code is no secret, and in the tables and the topics."""
    there = await on_disk(district.folders, district, GRID.encode())
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
