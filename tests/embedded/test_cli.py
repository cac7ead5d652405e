"""What the operator sees."""

from pathlib import Path

import pytest
from rich.console import Console

from deploy.cli import first_start, progress, sign_ins, tail
from deploy.embedded.environment import DISTRICT
from deploy.embedded.folder import Folder
from deploy.embedded.state import Entry, Phase, Stage, State


def test_a_line_of_json_becomes_one_that_a_person_reads() -> None:
    line = '{"timestamp":"2021-05-01T08:00:00Z","level":"info","service":"dispatch","event":"case opened"}'
    told = tail.shortened(line, "dispatch").plain
    assert told.split()[1:] == ["dispatch", "info", "case", "opened"]
    assert told[:8].count(":") == 2


@pytest.mark.parametrize("line", ["Traceback (most recent call last):", "{", "[]", '{"level": "info"}', "12"])
def test_any_other_line_stays_as_it_is(line: str) -> None:
    assert tail.shortened(line, "audit").plain.split(maxsplit=1) == ["audit", line]


def test_a_log_is_followed_past_a_restart(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_text("before\n", encoding="utf-8")
    followed = tail.Tail(log)
    with log.open("a", encoding="utf-8") as output:
        output.write("one\nhal")
        output.flush()
        assert list(followed.lines()) == ["one"]
        output.write("f\n")
    assert list(followed.lines()) == ["half"]
    log.rename(tmp_path / "audit.log.1")
    assert list(followed.lines()) == []
    log.write_text("two\n", encoding="utf-8")
    assert list(followed.lines()) == ["two"]


def test_the_district_has_a_sign_in_for_each_role() -> None:
    people = sign_ins.one_per_role(DISTRICT)
    roles = [each.role for each in people]
    assert len(roles) == len(set(roles))
    assert {"clerk", "dispatcher", "handler", "supervisor", "auditor"} <= set(roles)


def test_a_district_without_staff_has_no_sign_ins(tmp_path: Path) -> None:
    assert sign_ins.one_per_role(tmp_path) == []


def test_waiting_ends_when_a_service_ends_again_and_again() -> None:
    found = State(8100, 1, 0.0, entries=[Entry("audit", "", Stage.PAUSING, restarts=2), Entry("police", "")])
    assert not progress.is_decided(found)
    assert progress.waiting_for(found) == "audit (ended, will start again)"
    found.entries[0].restarts = progress.ENDS_TOLERATED
    assert progress.is_decided(found)


def test_waiting_ends_when_everything_is_ready() -> None:
    assert progress.is_decided(State(8100, 1, 0.0, Phase.READY))


LOADS = """
def first_start(folder, state, console):
    (folder.root / "loaded").open("x").close()
    return {answer}
"""


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    name = f"demo_{request.node.name.partition('[')[0]}"
    (tmp_path / f"{name}.py").write_text(LOADS.format(answer=request.param), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(first_start, "MODULE", name)


@pytest.mark.parametrize("demo", ["True"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_the_scenario_is_loaded_once(tmp_path: Path) -> None:
    for _ in range(2):
        first_start.load_scenario(Folder(tmp_path), State(8100, 1, 0.0, Phase.READY), Console())
    assert (tmp_path / "loaded").exists()


@pytest.mark.parametrize("demo", ["False"], indirect=True)
@pytest.mark.usefixtures("demo")
def test_a_scenario_that_was_not_loaded_is_tried_at_the_next_start(tmp_path: Path) -> None:
    first_start.load_scenario(Folder(tmp_path), State(8100, 1, 0.0, Phase.READY), Console())
    assert not (tmp_path / "scenario-loaded").exists()
