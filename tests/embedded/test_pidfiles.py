"""A pid alone does not tell whose process it is."""

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import pidfiles

DEAF = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def deaf() -> Iterator[subprocess.Popen[str]]:
    """A process that does not end when it is asked to."""
    with subprocess.Popen(
        [sys.executable, "-c", DEAF], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "deaf\n"
        yield process
        process.kill()


def test_a_recorded_process_is_found_while_it_runs(tmp_path: Path, deaf: subprocess.Popen[str]) -> None:
    pidfiles.record(tmp_path / "a.pid", deaf.pid)
    entry = pidfiles.read(tmp_path / "a.pid")
    assert entry
    assert entry.process()
    deaf.kill()
    deaf.wait()
    assert entry.process() is None


def test_another_process_that_got_the_pid_is_not_ours(tmp_path: Path, deaf: subprocess.Popen[str]) -> None:
    entry = pidfiles.record(tmp_path / "a.pid", deaf.pid)
    assert dataclasses.replace(entry, created=entry.created - 3600).process() is None


def test_leftovers_are_ended_even_if_they_do_not_listen(tmp_path: Path, deaf: subprocess.Popen[str]) -> None:
    entry = pidfiles.record(tmp_path / "dispatch.pid", deaf.pid)
    assert pidfiles.end_leftovers(tmp_path, patience=0.1) == ["dispatch"]
    assert entry.process() is None
    assert list(tmp_path.iterdir()) == []


def test_a_stranger_with_a_recorded_pid_is_left_alone(tmp_path: Path, deaf: subprocess.Popen[str]) -> None:
    pidfiles.record(tmp_path / "a.pid", deaf.pid)
    text = (tmp_path / "a.pid").read_text(encoding="utf-8")
    entry = pidfiles.read(tmp_path / "a.pid")
    assert entry
    (tmp_path / "a.pid").write_text(text.replace(str(entry.created), "1.0"), encoding="utf-8")
    assert pidfiles.end_leftovers(tmp_path, patience=0.1) == []
    assert deaf.poll() is None


@pytest.mark.parametrize("text", ["", "12", "{}", "not json", '{"pid": null}'])
def test_a_file_that_cannot_be_read_names_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.pid").write_text(text, encoding="utf-8")
    assert pidfiles.read(tmp_path / "a.pid") is None
    assert pidfiles.end_leftovers(tmp_path) == []
