"""What a wrong port, data directory or district file is to the person who types it: a sentence, and nothing runs."""

import os
import shutil
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from deploy.cli import beforehand, up
from deploy.cli.main import app
from deploy.embedded import daemon, keyring, state
from deploy.embedded.environment import DISTRICT
from deploy.embedded.folder import Folder
from deploy.embedded.state import Entry, Phase, Stage, State


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(*_: object, **__: object) -> None:
        raise AssertionError("it was started")

    monkeypatch.setattr(daemon, "launch", launch)


def run_up(data: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["up", "--detach", *arguments, "--data", str(data)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("base", ["70000", "65500", "65443", "1023", "0", "-5"])
def test_ports_that_there_are_not_are_a_sentence(tmp_path: Path, base: str) -> None:
    code, told = run_up(tmp_path / "data", "--ports", base)
    assert code != 0
    assert told.splitlines() == [
        f"--ports {base} 不可用：端口从它数起，应在 1024 到 65442 之间。",
        f"--ports {base} cannot be used: all ports count from it, so it is 1024 to 65442.",
    ]
    assert not (tmp_path / "data").exists()


def test_a_data_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, told = run_up(tmp_path / "file" / "data")
    assert code != 0
    assert "无法创建" in told
    assert "cannot be made" in told


def test_a_data_directory_that_is_not_writable_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    code, told = run_up(tmp_path)
    assert code != 0
    assert f"数据目录 {tmp_path} 不可写" in told
    assert f"{tmp_path} is not writable. Choose another with --data." in told


def test_somebody_elses_data_directory_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.load(Folder(tmp_path).secrets)
    owner = beforehand.name(os.geteuid())
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    code, told = run_up(tmp_path)
    assert code != 0
    assert f"属于用户 {owner}" in told
    assert f"belongs to {owner}" in told


def test_a_token_from_somebody_elses_data_directory_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(keyring, "load", load)
    a_part_runs(tmp_path)
    result = CliRunner().invoke(app, ["token", "--as", "clerk.liu", "--data", str(tmp_path)])
    assert isinstance(result.exception, SystemExit)
    assert result.output.splitlines()[1].endswith("secrets.json is closed to you: it is somebody else's.")


def a_part_runs(data: Path) -> None:
    """As if this process were the supervisor of two services."""
    me = psutil.Process()
    entries = [Entry(name, "http://127.0.0.1:9", Stage.READY, me.pid) for name in ("directory", "intake")]
    state.save(Folder(data).state, State(8100, me.pid, me.create_time(), Phase.READY, None, entries))


def test_a_folder_with_another_postgres_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "precious").touch()
    code, told = run_up(tmp_path)
    assert code != 0
    assert "holds a postgres that is not Lianzhi's" in told
    assert (tmp_path / "postgres" / "precious").exists()


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = Path(shutil.copytree(DISTRICT, tmp_path / "district"))
    monkeypatch.setattr(up, "DISTRICT", copy)
    return copy


def spoil(file: Path, old: str, new: str) -> int:
    """The line that is wrong now."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("departments", "kind: party", "knd: party", "knd"),
        ("departments", "name: {zh: 区司法局", "nam: {zh: 区司法局", "nam"),
        ("departments", "name: {zh: 区司法局,", "name: {zh: 区司法局", "not YAML"),
        ("staff", "username: city.tang", "user: city.tang", "'username' is missing"),
        ("staff", "role: auditor", "role: auditer", "role"),
        ("staff", "username: city.tang", "username: police.wu", "police.wu is there twice"),
        ("areas", "level: district", "level: continent", "level"),
        ("clients", "name: {zh: 12345", "title: {zh: 12345", "'name' is missing"),
        ("clocks", "basis: policy", "bases: policy", "'basis' is missing"),
        ("district", "code: ", "code: [", "not YAML"),
    ],
)
def test_a_typo_in_a_districts_file_is_told_with_its_line(
    district: Path, tmp_path: Path, name: str, old: str, new: str, what: str
) -> None:
    file = district / f"{name}.yaml"
    line = spoil(file, old, new)
    code, told = run_up(tmp_path / "data")
    assert code != 0
    zh, en = told.splitlines()
    assert zh.startswith(f"{file} 第 ")
    assert what in en
    if "{" not in old and "[" not in new:
        said = int(en.removeprefix(f"{file}, line ").partition(":")[0])
        assert said == line or ("is missing" in en and line - 4 < said < line)


def test_a_district_that_is_right_starts_and_a_later_typo_in_it_is_seen(district: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(AssertionError, match="it was started"):
            run_up(tmp_path / "data")
    spoil(district / "staff.yaml", "username: city.tang", "user: city.tang")
    assert run_up(tmp_path / "data")[0] == beforehand.FAILED


def test_a_full_start_beside_a_part_names_what_is_missing_and_the_way_to_it(tmp_path: Path) -> None:
    keyring.load(Folder(tmp_path).secrets)
    a_part_runs(tmp_path)
    code, told = run_up(tmp_path)
    assert code == up.FAILED
    assert "Already running" in told
    assert "没有启动 dispatch、petition、audit" in told
    assert "Not started there: dispatch, petition, audit, police, justice, emergency." in told
    assert "`lianzhi down` and then `lianzhi up`" in told
    assert run_up(tmp_path, "--only", "intake")[0] == 0


@pytest.mark.parametrize("what", [["--check"], ["--case", "DDK-1"]])
def test_replay_beside_a_part_without_the_log_is_a_sentence(tmp_path: Path, what: list[str]) -> None:
    a_part_runs(tmp_path)
    result = CliRunner().invoke(app, ["replay", *what, "--data", str(tmp_path)])
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 3
    assert "audit 服务没有启动" in result.output
    assert "audit was not started" in result.output


def test_a_typo_while_it_runs_is_logged_once_and_the_mended_file_is_loaded(
    district: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    from deploy import district as loading

    told: list[dict[str, Any]] = []
    loaded: list[Path] = []

    async def load(runtime: object, folder: Path, *secrets: object) -> int:
        loading.read_district(folder)
        loaded.append(folder)
        return 0

    monkeypatch.setenv("LIANZHI_DISTRICT", str(district))
    monkeypatch.setattr(loading, "load_district", load)
    monkeypatch.setattr(loading, "LOOKED_AT_EVERY", 0.01)
    monkeypatch.setattr(loading.log, "error", lambda event, **about: told.append(about), raising=False)
    line = spoil(district / "staff.yaml", "username: city.tang", "user: city.tang")

    async def run() -> None:
        runtime: Any = None
        task = asyncio.create_task(loading.load_configured(runtime))
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert [(each["file"], each["line"]) for each in told] == [(str(district / "staff.yaml"), line)]
        spoil(district / "staff.yaml", "user: city.tang", "username: city.tang")
        async with asyncio.timeout(5):
            await task

    asyncio.run(run())
    assert loaded == [district]
    assert len(told) == 1
