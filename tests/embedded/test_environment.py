"""What a service is told."""

import json
from pathlib import Path

import pytest

from deploy.embedded import keyring
from deploy.embedded.environment import DISTRICT, Addresses, Surroundings
from deploy.embedded.folder import Folder
from deploy.embedded.postgres import Postgres
from services.directory.tokens.settings import SignInSettings

OFFSETS = {"directory": 0, "dispatch": 2}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("DATABASE_URL", "of somebody else")
    secrets = keyring.load(tmp_path / "secrets.json", OFFSETS)
    surroundings = Surroundings(Folder(tmp_path), Addresses(9000, OFFSETS), secrets)
    return surroundings.of("dispatch", Postgres(tmp_path, 9054, secrets["postgres"]))


def test_a_service_finds_what_it_stands_on(told: dict[str, str]) -> None:
    assert told["DATABASE_URL"].startswith("postgresql://lianzhi_dispatch:")
    assert told["DATABASE_URL"].endswith("@127.0.0.1:9054/lianzhi")
    assert told["KAFKA_BOOTSTRAP"] == "127.0.0.1:9092"
    assert told["OIDC_ISSUER"] == "http://127.0.0.1:9000"
    assert (told["HOST"], told["PORT"]) == ("127.0.0.1", "9002")
    assert json.loads(told["SERVICE_URLS"])["directory"] == "http://127.0.0.1:9000"
    assert told["LIANZHI_DISTRICT"] == str(DISTRICT)


OWN = ("db:dispatch", "sign:dispatch", "master", "demo")


def test_it_does_not_learn_the_superusers_or_another_services_password(told: dict[str, str], tmp_path: Path) -> None:
    secrets = keyring.load(tmp_path / "secrets.json")
    others = [value for name, value in secrets.items() if name not in OWN]
    assert len(others) == 9
    assert not [value for value in others if any(value in text for text in told.values())]


def test_the_issuer_alone_knows_the_console_and_whom_everybody_may_try(
    told: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLE_PEOPLE", '["somebody.else"]')
    secrets = keyring.load(tmp_path / "secrets.json", OFFSETS)
    surroundings = Surroundings(Folder(tmp_path), Addresses(9000, OFFSETS), secrets)
    postgres = Postgres(tmp_path, 9054, secrets["postgres"])
    issuer = surroundings.of("directory", postgres)
    monkeypatch.setattr("os.environ", issuer)
    console = SignInSettings().oidc_clients["console"]
    assert "http://127.0.0.1:9020/auth/callback" in console.redirect_uris
    assert "http://localhost:9020/auth/callback" in console.redirect_uris
    assert "http://127.0.0.1:9020/" in console.post_logout_redirect_uris
    people = SignInSettings().sample_people
    assert {"clerk.liu", "audit.yan"} < set(people)
    assert not [who for who in people if who.startswith("system.")]
    assert not {"OIDC_CLIENTS", "SAMPLE_PEOPLE"} & surroundings.of("dispatch", postgres).keys()
