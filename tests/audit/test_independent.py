"""Somebody else's verifier, in Go, accepts the log as it is served; and does not accept another."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.audit.publishing import Published
from tests.kit.witness import LOG_KEY

SOURCE = Path(__file__).with_name("verifier")
pytestmark = [
    pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed here"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
async def verifier(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Built with the pinned versions of its two libraries."""
    program = tmp_path_factory.mktemp("verifier") / "verifier"
    status, output = await run("go", "build", "-mod=readonly", "-o", str(program), ".", folder=SOURCE)
    assert status == 0, output
    return str(program)


async def run(*arguments: str, folder: Path | None = None) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def verify(verifier: str, published: Published, witness_key: str) -> tuple[int, str]:
    world = published.world
    token = await world.gatekeeper.token("audit.yan")
    return await run(verifier, world.urls["audit"], LOG_KEY.verifier().text(), witness_key, token)


async def test_another_verifier_accepts_checkpoint_entries_inclusion_and_consistency(
    verifier: str, published: Published
) -> None:
    checkpoint = await published.grown(*[f"independent-{n % 30}" for n in range(400)])
    status, output = await verify(verifier, published, published.witness.key.text())
    assert status == 0, output
    assert int(output) >= checkpoint.size > 700


async def test_another_verifier_misses_a_witness_that_has_not_cosigned(verifier: str, published: Published) -> None:
    await published.grown("other-witness")
    status, output = await verify(verifier, published, published.witness.mirror_key.text())
    assert (status, "1 of 2 keys have signed" in output) == (1, True), output


async def test_another_verifier_finds_an_altered_entry(verifier: str, published: Published) -> None:
    await published.grown("altered-entry")
    async with published.world.admin("audit") as database:
        await database.execute("ALTER TABLE entries DISABLE TRIGGER append_only")
        before = await database.fetchval("SELECT value FROM entries WHERE index = 5")
        await database.execute("UPDATE entries SET value = $1 WHERE index = 5", before.replace(b"1", b"2"))
        status, output = await verify(verifier, published, published.witness.key.text())
        await database.execute("UPDATE entries SET value = $1 WHERE index = 5", before)
    assert (status, "entry 5 is not the one in the tree" in output) == (1, True), output
