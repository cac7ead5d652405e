"""What somebody sees who plays a story beside a run, or twice, or without all services."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console
from typer.testing import CliRunner

from deploy.cli import demo, first_start
from deploy.cli.main import app
from deploy.embedded import state
from deploy.embedded.folder import Folder
from deploy.embedded.state import Entry, Phase, Stage, State
from deploy.registry import SERVICES
from deploy.scenarios import figures
from deploy.scenarios.figures import Log, Own, Readers
from deploy.scenarios.matter import Docket
from shared.world.world import WorldClock, set_clock

BEGIN = datetime(2021, 1, 4, tzinfo=UTC)


def a_run(tmp_path: Path, *names: str) -> Folder:
    """As if this process were its supervisor; nobody answers."""
    me = psutil.Process()
    entries = [Entry(name, "http://127.0.0.1:9", Stage.READY, me.pid) for name in names or SERVICES]
    folder = Folder(tmp_path)
    state.save(folder.state, State(8100, me.pid, me.create_time(), Phase.READY, None, entries))
    return folder


def run_demo(folder: Folder) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["demo", "--data", str(folder.root)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_two_demos_at_once_never_show_a_service_an_empty_clock(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    set_clock(file, BEGIN)

    def move(number: int) -> None:
        for minute in range(40):
            set_clock(file, BEGIN + timedelta(days=number, minutes=minute))
            assert json.loads(file.read_text())["stated"].startswith("2021-01-")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, range(4)))
    assert WorldClock(file).now() < BEGIN + timedelta(days=5)
    assert [path.name for path in tmp_path.iterdir()] == ["clock.json"]


def test_a_second_demo_says_that_one_is_playing(tmp_path: Path) -> None:
    folder = a_run(tmp_path)
    with demo.alone(folder):
        code, told = run_demo(folder)
    assert code == demo.PLAYING
    assert "已有一个场景正在播放" in told
    assert "A story is playing" in told


def test_a_story_waits_for_services_that_restart_and_names_those_that_stay_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "READY_WITHIN", 0.0)
    code, told = run_demo(a_run(tmp_path))
    assert code == demo.FAILED
    assert "没有就绪(directory、intake" in told
    assert "not ready (directory, intake" in told


def test_make_run_goes_on_when_its_story_fails_and_says_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise FileNotFoundError("clock.draft -> clock.json")

    monkeypatch.setattr(demo, "first_start", fail)
    console = Console(record=True, width=200)
    first_start.load_scenario(Folder(tmp_path), State(8100, 1, 0.0, Phase.READY), console)
    told = console.export_text()
    assert "场景播放失败（FileNotFoundError: clock.draft -> clock.json）；系统继续运行" in told
    assert "The system runs on" in told
    assert "Traceback" in Folder(tmp_path).log("demo").read_text(encoding="utf-8")
    assert not (tmp_path / "scenario-loaded").exists()


def test_without_all_services_the_story_is_not_played_and_the_missing_ones_are_named(tmp_path: Path) -> None:
    folder = a_run(tmp_path, "directory", "intake")
    code, told = run_demo(folder)
    assert code == 3
    assert "没有启动（dispatch、petition、audit" in told
    found = state.load(folder.state)
    assert found
    console = Console(record=True, width=200)
    first_start.load_scenario(folder, found, console)
    assert "services that it needs were not started (dispatch, petition, audit" in console.export_text()
    assert not (tmp_path / "scenario-loaded").exists()


def test_a_case_of_ones_own_makes_no_difference_to_the_storys_figures() -> None:
    reports = {
        "r1": {"case_id": "c1"},
        "r2": {"case_id": "c2", "meeting": "m01"},
        "r3": {"case_id": "c3", "meeting": "m01"},
        "mine": {"case_id": "c4", "meeting": "m99"},
    }
    opened = {case: {"kind": "livelihood"} for case in ("c1", "c2", "c4")}
    log = Log(opened, frozenset({"c1", "c4"}), reports, {"r3": "c1"})
    own = Own.of([Docket(report_id="r1"), Docket(report_id="r2"), Docket(report_id="r3"), Docket()])
    counted = log.figures(own)
    assert (counted.cases, counted.livelihood_solved) == (2, 1)
    assert (counted.meeting_problems, counted.meeting_problems_solved) == (2, 1)
    assert log.figures().livelihood_solved == 2


class Answering:
    """Intake and audit, as far as reports go."""

    def __init__(self, *registered: datetime, heard: bool = False) -> None:
        self.pages = [
            {"items": [{"registered_at": when.isoformat()}], "next": str(number) if number < len(registered) else None}
            for number, when in enumerate(registered, 1)
        ]
        self.heard = heard

    async def get(self, service: str, path: str, as_: str, **query: Any) -> Any:
        if service == "audit":
            assert query["from"] == BEGIN.isoformat()
            return {"items": [{}] if self.heard else [], "next": None}
        return self.pages[int(query["cursor"] or 0)] if self.pages else {"items": [], "next": None}


@pytest.mark.parametrize(
    ("district", "later"),
    [
        (Answering(), False),
        (Answering(BEGIN - timedelta(days=9)), False),
        (Answering(BEGIN - timedelta(days=9), datetime(2026, 3, 1, tzinfo=UTC)), True),
        (Answering(heard=True), True),
    ],
)
async def test_a_report_that_nobody_has_screened_yet_keeps_the_clock_where_it_is(district: Any, later: bool) -> None:
    assert await figures.reported_since(district, Readers("audit.yan", "dispatch.cheng"), BEGIN) is later
