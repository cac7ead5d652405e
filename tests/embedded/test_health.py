"""What `status` and the table say of a service that serves, but not as it should."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from deploy.cli import status, table
from deploy.embedded import health
from deploy.embedded.environment import DISTRICT
from deploy.embedded.folder import Folder
from deploy.embedded.health import Health
from deploy.embedded.state import Entry, Phase, Stage, State
from deploy.embedded.units import ask_ready


@asynccontextmanager
async def answering(code: int, body: str) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\n\r\n{body}".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def shown(seen: list[Health]) -> str:
    console = Console(record=True, width=160)
    console.print(table.of(Folder(Path("/nowhere")), seen))
    return console.export_text()


async def test_a_service_that_is_degraded_says_so_in_status_and_table() -> None:
    body = json.dumps({"ready": True, "degraded": {"relay": "failing for 12 s"}})
    async with answering(200, body) as port:
        me = psutil.Process()
        entry = Entry("police", f"http://127.0.0.1:{port}", Stage.READY, me.pid)
        found = State(8100, me.pid, me.create_time(), Phase.READY, None, [entry])
        seen = await asyncio.to_thread(health.look, Folder(Path("/nowhere")), found)
    assert seen[0].ready
    assert "ready, degraded: relay: failing for 12 s" in shown(seen)
    told = health.as_json(seen)
    assert told["services"][0]["degraded"] == "relay: failing for 12 s"
    assert told["ready"] is True


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"degraded": {}}, ""),
        ({"ready": True}, ""),
        ({"degraded": ["relay", "listener"]}, "relay, listener"),
        ({"degraded": "two facts wait"}, "two facts wait"),
        (None, ""),
    ],
)
def test_what_a_service_says_of_itself_is_told_in_words(body: object, said: str) -> None:
    assert health.degraded(body) == said


async def test_an_answer_that_is_no_json_is_still_an_answer() -> None:
    async with answering(200, "yes") as port:
        assert await ask_ready(port) == (True, None)
    async with answering(503, "{}") as port:
        assert await ask_ready(port) == (False, {})
    assert await ask_ready(port) == (False, None)


def test_a_directory_that_could_not_load_its_district_is_not_simply_ready(tmp_path: Path) -> None:
    district = Path(shutil.copytree(DISTRICT, tmp_path / "district"))
    directory = Health("directory", "http://127.0.0.1:8100", True, 1, 0)
    assert status.with_files(directory, district) == directory
    (district / "staff.yaml").write_text("- username: [\n", encoding="utf-8")
    told = status.with_files(directory, district)
    assert "staff.yaml, line 2: this is not YAML" in told.degraded
    assert "degraded" in shown([told])
    assert status.with_files(Health("police", "", True, 1, 0), district).degraded == ""
