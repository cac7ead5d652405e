"""Services begin as forks of a process that has imported their libraries."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from signal import Signals

import psutil
import pytest
import pytest_asyncio

from deploy.embedded.nursery import Nursery
from deploy.embedded.pidfiles import read
from tests.kit.until import until

TELLS = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler is not called when it comes just before a pause
print(__name__, sys.argv[1:], sorted(name for name in os.environ if name.startswith("GIVEN")), flush=True)
if "wait" in sys.argv:
    signal.pause()
sys.exit(5)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nursery")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def nursery(home: Path) -> AsyncIterator[Nursery]:
    """One for all: it takes seconds until it forks."""
    (home / "tells.py").write_text(TELLS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", f"{home}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        patched.setenv("GIVEN_TO_THE_PARENT", "1")
        made = Nursery(home)
        yield made
        await made.close()


async def test_a_module_runs_as_a_program_with_its_own_environment(nursery: Nursery) -> None:
    born = await nursery.spawn("a", "tells", {"GIVEN": "1"}, "x", "y")
    assert await born.ended() == 5
    assert born.last_lines() == ["__main__ ['x', 'y'] ['GIVEN']"]


async def test_a_signal_ends_one_and_not_the_others(nursery: Nursery) -> None:
    one, other = [await nursery.spawn(name, "tells", {}, "wait") for name in ("one", "other")]
    await until(lambda: one.last_lines() and other.last_lines())
    one.send(Signals.SIGTERM)
    assert await one.ended() == -Signals.SIGTERM
    one.send(Signals.SIGTERM)
    other.send(Signals.SIGINT)
    assert await other.ended() != 0


async def test_ps_names_each_service(nursery: Nursery) -> None:
    intake, police = [await nursery.spawn(name, "tells", {}, "wait") for name in ("intake", "police")]
    await until(lambda: intake.last_lines() and police.last_lines())
    assert [" ".join(psutil.Process(born.pid).cmdline()).strip() for born in (intake, police)] == [
        "lianzhi: intake",
        "lianzhi: police",
    ]
    parent = psutil.Process(intake.pid).parent()
    assert parent
    assert " ".join(parent.cmdline()).strip() == "lianzhi: nursery"


async def test_a_module_that_fails_leaves_its_reason_in_its_log(nursery: Nursery) -> None:
    born = await nursery.spawn("a", "no.such.module", {})
    assert await born.ended() == 1
    assert "ModuleNotFoundError" in born.last_lines()[-1]


async def test_if_the_nursery_is_lost_its_children_end_and_the_next_has_a_new_one(nursery: Nursery, home: Path) -> None:
    born = await nursery.spawn("a", "tells", {}, "wait")
    parent = read(home / "run" / "nursery.pid")
    child = read(home / "run" / "a.pid")
    assert parent
    assert child
    os.kill(parent.pid, Signals.SIGKILL)
    assert await born.ended() == -Signals.SIGKILL
    await until(lambda: child.process() is None)
    again = await nursery.spawn("a", "tells", {}, "x")
    assert await again.ended() == 5
