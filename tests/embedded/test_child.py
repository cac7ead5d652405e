"""Child processes: their output, their end, and the end of their parent."""

import os
import subprocess
import sys
from pathlib import Path
from signal import Signals

import psutil
import pytest

from deploy.embedded.child import Child, Program, bound, last_lines, rotate
from deploy.embedded.pidfiles import Recorded
from tests.kit.until import until

WAITS = "import signal; print('here', flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"
PARENT = """
import signal, sys
from pathlib import Path
from deploy.embedded.child import Child, Program
folder = Path(sys.argv[1])
program = Program([sys.executable, "-c", "import signal; signal.pause()"], {})
print(Child(program, folder / "a.log", folder / "a.pid").pid, flush=True)
signal.pause()
"""


async def a_child(folder: Path, code: str) -> Child:
    child = Child(Program([sys.executable, "-c", code], {}), folder / "a.log", folder / "a.pid")
    await until(lambda: child.last_lines() == ["here"])
    return child


async def test_a_child_ends_when_it_is_asked(tmp_path: Path) -> None:
    child = await a_child(tmp_path, WAITS)
    assert child.stop(Signals.SIGTERM, patience=5)
    assert await child.ended() == -Signals.SIGTERM
    assert not (tmp_path / "a.pid").exists()


async def test_a_deaf_child_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    child = await a_child(tmp_path, DEAF)
    assert not child.stop(Signals.SIGTERM, patience=0.05)
    assert child.exit_code() == -Signals.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start clears up")
async def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, env=os.environ, text=True
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        child = Recorded(pid, psutil.Process(pid).create_time())
        parent.kill()
    await until(lambda: child.process() is None)


def test_the_logs_of_three_runs_before_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    for number in range(5):
        rotate(log)
        log.write_text(str(number), encoding="utf-8")
    kept = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert kept == {"a.log": "4", "a.log.1": "3", "a.log.2": "2", "a.log.3": "1"}


def test_a_log_does_not_grow_without_end(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("a", encoding="utf-8") as output:
        output.write("x" * 100)
        output.flush()
        bound(log, most=50)
        output.write("next\n")
    assert last_lines(log, 5) == ["next"]
    assert (tmp_path / "a.log.1").stat().st_size == 100


def test_the_last_lines_of_a_large_file_are_found_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"{number}\n" for number in range(100_000)), encoding="utf-8")
    assert last_lines(log, 2) == ["99998", "99999"]
    assert last_lines(tmp_path / "none.log", 2) == []
