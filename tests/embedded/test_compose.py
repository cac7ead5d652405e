"""What docker-compose.yml and its environment file promise, as far as it can be seen without Docker."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import shared
from deploy.compose import make_env
from deploy.embedded import jars
from deploy.embedded.kafka_settings import SMALL_AND_ALONE
from deploy.prepare import tell_keys
from deploy.registry import SERVICES
from deploy.witness.settings import WitnessSettings
from services.audit.log.settings import LogSettings
from services.console.settings import ConsoleSettings
from services.directory.tokens.settings import SignInSettings
from shared.signing.facts import PublicKey

ROOT = Path(str(shared.__file__)).parent.parent
MAKE_ENV = ROOT / "deploy" / "compose" / "make_env.py"


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def make(file: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, MAKE_ENV, file], capture_output=True, text=True, check=False)


def test_the_secrets_are_written_for_their_owner_only(tmp_path: Path) -> None:
    assert make(tmp_path / ".env").returncode == 0
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    told = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert {"POSTGRES_PASSWORD", "MASTER_KEY", "DEMO_PASSWORD"} < told.keys()
    assert {f"{kind}_{name.upper()}" for name in SERVICES for kind in ("DB", "OWNER", "SIGN")} < told.keys()
    assert make_env.FILE == ROOT / ".env"


def test_making_the_secrets_again_does_not_lock_the_sealed_texts_away(tmp_path: Path) -> None:
    make(tmp_path / ".env")
    before = (tmp_path / ".env").read_text()
    again = make(tmp_path / ".env")
    assert again.returncode == make_env.FAILED
    assert "已存在" in again.stderr
    assert "exists and is kept" in again.stderr
    assert (tmp_path / ".env").read_text() == before


def test_a_secret_that_a_newer_version_needs_is_added_to_the_others(tmp_path: Path) -> None:
    make(tmp_path / ".env")
    *before, last = (tmp_path / ".env").read_text().splitlines()
    (tmp_path / ".env").write_text("\n".join(before) + "\n")
    again = make(tmp_path / ".env")
    assert again.returncode == 0
    assert f"only {last.partition('=')[0]} was added" in again.stdout
    assert (tmp_path / ".env").read_text().splitlines()[:-1] == before
    (tmp_path / ".env").write_text("MINE=1\n")
    assert make(tmp_path / ".env").returncode == make_env.FAILED


def test_who_still_redirects_it_is_told_that_the_shell_has_emptied_the_file(tmp_path: Path) -> None:
    with (tmp_path / ".env").open("w") as redirected:
        command = [sys.executable, MAKE_ENV, tmp_path / ".env"]
        done = subprocess.run(command, stdout=redirected, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == make_env.FAILED
    assert "emptied by the shell" in done.stderr


def test_a_folder_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be written" in make(tmp_path / "file" / ".env").stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be written" in make(tmp_path / ".env").stderr


def test_one_service_builds_the_image_that_all_others_wait_for(compose: dict[str, Any]) -> None:
    ours = {name: each for name, each in compose.items() if each["image"] == "lianzhi"}
    assert ours.keys() == {*SERVICES, "prepare", "witness", "console", "rebuilds"}
    assert [name for name, each in compose.items() if "build" in each] == ["prepare"]
    for name in SERVICES:
        assert ours[name]["pull_policy"] == "never"
        assert ours[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}


def test_kafka_is_the_same_there_and_here(compose: dict[str, Any]) -> None:
    version = next(jar.version for jar in jars.read_lock() if jar.artifact == "kafka_2.13")
    assert compose["kafka"]["image"] == f"apache/kafka:{version}"
    told = compose["kafka"]["environment"]
    for name, value in SMALL_AND_ALONE.items():
        if name.endswith(("replication.factor", "min.isr", "topic.num.partitions", "log.num.partitions")):
            assert str(told.get(f"KAFKA_{name.upper().replace('.', '_')}", "1")) == value, name
    assert {
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR",
    } < set(told)


def test_the_image_holds_no_secrets_and_no_data() -> None:
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".git", ".venv", ".lianzhi", "bench"} <= set(left_out)


def test_audit_and_the_witness_learn_of_each_other_and_of_the_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / ".env")
    for name in LogSettings.model_fields:  # the tests' own services may have been told of a log of theirs
        monkeypatch.delenv(name.upper(), raising=False)
    for line in (tmp_path / ".env").read_text().splitlines():
        monkeypatch.setenv(*line.split("=", 1))
    monkeypatch.setenv("WITNESS_URL", "http://witness:8112")
    tell_keys(tmp_path)
    monkeypatch.setenv("LOG_KEYS", json.dumps([os.environ["LOG_KEY"]]))
    monkeypatch.setenv("WITNESS_FOLDER", str(tmp_path))
    audit = LogSettings(_secrets_dir=str(tmp_path))  # type: ignore[call-arg]
    witness = WitnessSettings(_secrets_dir=str(tmp_path))  # type: ignore[call-arg]
    assert witness.logs() == {audit.log_origin: audit.verifiers()}
    [address] = audit.witnesses
    assert (address.key, address.mirror) == (witness.cosigner().verifier().text(), witness.mirror().verifier().text())
    assert {PublicKey.read(key).source for key in audit.fact_keys} == {f"/services/{name}" for name in SERVICES}
    told = "".join(file.read_text() for file in tmp_path.iterdir() if file.name != ".env")
    assert not [value for name, value in os.environ.items() if name.startswith("SIGN_") and value in told]


def test_the_console_may_sign_people_in_and_nobody_is_offered_to_be_tried(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = compose["directory"]["environment"]
    monkeypatch.setenv("OIDC_CLIENTS", told["OIDC_CLIENTS"])
    assert "http://127.0.0.1:8120/auth/callback" in SignInSettings().oidc_clients["console"].redirect_uris
    assert told["SIGN_IN_URL"] == "http://127.0.0.1:8100"
    assert not [name for name, service in compose.items() if "SAMPLE_PEOPLE" in service.get("environment", ())]


def test_the_console_starts_with_its_own_secret_alone_and_reaches_every_service(
    compose: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / ".env")
    secret = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())["CONSOLE_KEY"]
    told = compose["console"]["environment"] | {"CONSOLE_KEY": secret}
    for name, value in told.items():
        monkeypatch.setenv(name, str(value))
    settings = ConsoleSettings()  # type: ignore[call-arg]
    settings.vault()
    assert settings.service_urls == {name: f"http://{name}:{compose[name]['environment']['PORT']}" for name in SERVICES}
    assert settings.console_url in compose["directory"]["environment"]["OIDC_CLIENTS"]
    assert not {name for name in told if name.startswith(("DB_", "SIGN_", "MASTER"))}
