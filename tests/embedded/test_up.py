"""The supervisor as a process, and the commands that look at it and stop it, with real servers."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

import psutil
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.bench.stage import free_addresses
from deploy.cli.main import app
from deploy.embedded import daemon, health, pidfiles
from deploy.embedded.environment import KAFKA_OFFSET
from deploy.embedded.folder import Folder
from deploy.embedded.state import Phase, Stage, State, load
from deploy.registry import SERVICES
from tests.embedded.processes import works
from tests.kit.until import until

START_WITHIN = 90.0


@dataclass(frozen=True)
class Place:
    """A data directory and the first of its ports."""

    folder: Folder
    base: int


@dataclass(frozen=True)
class Ready:
    """A supervisor whose servers are ready."""

    place: Place
    process: "subprocess.Popen[bytes]"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Folder(tmp_path), a_free_base())


def a_free_base() -> int:
    return free_addresses(list(SERVICES)).base


@contextmanager
def launched(place: Place) -> Iterator["subprocess.Popen[bytes]"]:
    with daemon.launch(place.folder, place.base, [], detached=False) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()
            pidfiles.end_leftovers(place.folder.run)


async def decided(place: Place, process: "subprocess.Popen[bytes]") -> State:
    def ask() -> State | None:
        found = load(place.folder.state)
        return found if found and found.pid == process.pid and found.phase is not Phase.STARTING else None

    return await until(ask, within=START_WITHIN)


def run(*arguments: str, data: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments, "--data", str(data)])
    return result.exit_code, result.output


def with_children(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ready(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ready]:
    place = Place(Folder(tmp_path_factory.mktemp("up")), a_free_base())
    with launched(place) as process:
        await decided(place, process)
        yield Ready(place, process)


def test_status_tells_what_is_ready(ready: Ready) -> None:
    code, told = run("status", "--json", data=ready.place.folder.root)
    status = json.loads(told)
    assert (code, status["ready"]) == (0, True)
    assert [set(each) for each in status["services"]] == [{"name", "address", "ready", "pid", "restarts"}] * 2
    assert [each["address"] for each in status["services"]][1] == f"127.0.0.1:{ready.place.base + KAFKA_OFFSET}"


def test_a_second_up_says_that_it_runs_and_where_and_what_it_lacks(ready: Ready) -> None:
    code, told = run("up", "--detach", data=ready.place.folder.root)
    assert code == 1
    assert "Not started there: directory, intake, dispatch" in told
    assert f"Already running in {ready.place.folder.root} (pid {ready.process.pid})" in told.replace("\n", "")
    assert f"127.0.0.1:{ready.place.base + KAFKA_OFFSET}" in told


def test_a_second_supervisor_leaves_the_first_alone(ready: Ready) -> None:
    with daemon.launch(ready.place.folder, ready.place.base, [], detached=False) as second:
        assert second.wait() == daemon.TAKEN
    assert health.running(ready.place.folder)


def test_taken_ports_are_named(ready: Ready, tmp_path: Path) -> None:
    other = Place(Folder(tmp_path), ready.place.base)
    with launched(other) as refused:
        assert refused.wait() == daemon.FAILED
    found = load(other.folder.state)
    assert found
    assert found.phase is Phase.FAILED
    assert f"{ready.place.base + KAFKA_OFFSET} (for Kafka) by java" in (found.failure or "")


async def test_a_killed_server_is_started_again_and_counted(ready: Ready) -> None:
    folder = ready.place.folder
    before = (await decided(ready.place, ready.process)).entry("postgres").pid
    assert before
    os.kill(before, Signals.SIGKILL)

    def again() -> int:
        """More than one when another program has taken the port meanwhile."""
        found = load(folder.state)
        entry = found.entry("postgres") if found else None
        return entry.restarts if entry and entry.stage is Stage.READY else 0

    restarts = await until(again, within=START_WITHIN)
    told = folder.log("supervisor").read_text(encoding="utf-8")
    assert "postgres ended with code -9. Its last lines:" in told
    assert f"restarts: {restarts}" in (await asyncio.to_thread(run, "status", data=folder.root))[1]


async def test_a_server_killed_while_its_schemas_are_made_does_not_end_the_start(place: Place) -> None:
    def preparing() -> int | None:
        found = load(place.folder.state)
        entry = found.entry("postgres") if found and found.phase is Phase.STARTING else None
        return entry.pid if entry and entry.stage is Stage.READY else None

    with launched(place) as process:
        os.kill(await until(preparing, within=START_WITHIN), Signals.SIGKILL)
        state = await decided(place, process)
        assert state.phase is Phase.READY, state.failure
        assert state.entry("postgres").restarts > 0


async def test_what_was_killed_recovers_and_down_leaves_nothing_behind(place: Place) -> None:
    with launched(place) as process:
        await decided(place, process)
        for each in with_children(process):
            with suppress(psutil.NoSuchProcess):
                each.kill()
    assert run("status", data=place.folder.root)[0] == 3
    with launched(place) as process:
        assert (await decided(place, process)).phase is Phase.READY
        everything = with_children(process)
        stopping = asyncio.create_task(asyncio.to_thread(run, "down", data=place.folder.root))
        await until(lambda: process.poll() is not None, within=START_WITHIN)
        assert await stopping == (0, "Stopped postgres, kafka, supervisor.\n")
        assert process.wait() == 0
        assert not any(map(works, everything))


async def test_a_supervisor_that_is_killed_takes_its_children_along(place: Place) -> None:
    with launched(place) as process:
        await decided(place, process)
        everything = with_children(process)
        process.kill()
        await until(lambda: not any(map(works, everything)), within=START_WITHIN)


def test_nothing_runs_where_nothing_was_started(tmp_path: Path) -> None:
    assert run("status", data=tmp_path)[0] == 3
    assert json.loads(run("status", "--json", data=tmp_path)[1]) == {"services": [], "ready": False}
    assert run("down", data=tmp_path) == (0, f"{tmp_path} 中没有系统在运行。\nNothing runs in {tmp_path}.\n")


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    code, told = run("up", "--only", "nope", data=tmp_path)
    assert code == 2
    assert "no such service: nope" in told
