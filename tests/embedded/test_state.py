"""The state file that other processes read."""

from pathlib import Path

import psutil

from deploy.embedded import state
from deploy.embedded.state import Entry, Phase, Stage, State


def a_state(pid: int | None = None, created: float | None = None) -> State:
    me = psutil.Process()
    entries = [
        Entry("kafka", "127.0.0.1:8192", Stage.READY, 12, 3),
        Entry("dispatch", "http://127.0.0.1:8102"),
    ]
    return State(8100, pid or me.pid, created or me.create_time(), Phase.STARTING, None, entries)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    state.save(tmp_path / "run" / "state.json", a_state())
    assert state.load(tmp_path / "run" / "state.json") == a_state()


def test_there_is_no_state_before_the_first_start(tmp_path: Path) -> None:
    assert state.load(tmp_path / "state.json") is None


def test_the_state_of_another_version_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"base": 8100, "services": []}', encoding="utf-8")
    assert state.load(tmp_path / "state.json") is None


def test_saving_leaves_nothing_else_behind(tmp_path: Path) -> None:
    for _ in range(3):
        state.save(tmp_path / "state.json", a_state())
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_run_is_over_when_its_supervisor_is_gone() -> None:
    assert a_state().runs()
    assert not a_state(created=psutil.Process().create_time() - 60).runs()
    assert not a_state(pid=2**22 + 1).runs()
