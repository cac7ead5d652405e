"""What the operator sees."""

import json
import re
from pathlib import Path

import pytest
from rich.console import Console

import shared
from deploy.cli import first_start, progress, sign_ins, tail
from deploy.embedded.environment import DISTRICT
from deploy.embedded.folder import Folder
from deploy.embedded.state import Entry, Phase, Stage, State
from deploy.sample_people import to_try

ROOT = Path(str(shared.__file__)).parent.parent


def test_a_line_of_json_becomes_one_that_a_person_reads() -> None:
    line = '{"timestamp":"2021-05-01T08:00:00Z","level":"info","service":"dispatch","event":"case opened"}'
    told = tail.shortened(line, "dispatch").plain
    assert told.split()[1:] == ["dispatch", "info", "case", "opened"]
    assert told[:8].count(":") == 2


def told(service: str = "police", level: str = "info", **fields: object) -> str:
    line = {"level": level, "service": service, **fields, "timestamp": "2021-05-01T08:00:00.123456Z"}
    return tail.shortened(json.dumps(line), service).plain[9:]


def test_a_request_shows_what_was_asked_and_how_it_ended() -> None:
    about = {"method": "POST", "route": "/v1/reports/{report_id}/accept", "status": 409, "ms": 12.3}
    line = told("intake", event="answered", **about, request="0198", trace="4bf9")
    assert line == "intake     info    POST /v1/reports/{report_id}/accept 409 12.3 ms"


def test_a_failure_shows_which_task_and_why() -> None:
    event = "a background task failed; it starts again"
    line = told(level="error", event=event, task="load_district", error="KeyError('name')")
    assert line == f"police     error   {event} task=load_district error=KeyError('name')"
    traceback = 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: two\n'
    line = told(level="error", event="a request failed", path="/v1/tasks", exception=traceback)
    assert line.endswith("a request failed path=/v1/tasks — ValueError: two")


def test_a_crash_is_one_line_with_its_reason() -> None:
    error = {"level": "error", "service": "police", "event": "cannot start", "exception": "Traceback\nOSError: gone"}
    unclosed = {"level": "error", "event": "Unclosed AIOKafkaConnection\nconn: <AIOKafkaConnection>"}
    lines = [json.dumps(each) for each in ({"level": "info", "event": "x" * 400}, error, unclosed, {"event": "bye"})]
    event = "police ended with code 1. Its last lines:" + "".join(f"\n  {line}" for line in lines)
    line = told("supervisor", "error", event=event)
    assert line == "supervisor error   police ended with code 1. — cannot start — OSError: gone"
    line = told("supervisor", "error", event="kafka ended with code -9. Its last lines:\n  Java ran out")
    assert line == "supervisor error   kafka ended with code -9. — Java ran out"
    assert len(told(event="y" * 1500)) < 280


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


def test_everybody_whom_the_readme_signs_in_as_is_printed() -> None:
    people = {each.username for each in to_try(DISTRICT)}
    for name in ("README.md", "README.zh-CN.md"):
        used = set(re.findall(r"--as ([a-z]+\.[a-z]+)", (ROOT / name).read_text(encoding="utf-8")))
        assert used
        assert used <= people


def test_every_office_has_a_handler_to_sign_in_as_and_all_fit_one_screen() -> None:
    people = to_try(DISTRICT)
    offices = {each.department for each in people if each.role == "handler"}
    assert {"区公安分局", "区司法局", "区应急管理局", "区信访办", "区城市管理局", "跃进村街道办事处"} <= offices
    assert {"clerk", "grid_worker", "dispatcher", "supervisor", "auditor", "administrator"} < {e.role for e in people}
    assert sum(each.role == "system" for each in people) == 1
    console = Console(record=True, width=100)
    console.print(sign_ins.as_table(people, "secret"))
    assert len(console.export_text().splitlines()) <= 24


def test_a_district_without_staff_has_no_sign_ins(tmp_path: Path) -> None:
    assert to_try(tmp_path) == []


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
