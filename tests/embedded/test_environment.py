"""What a service is told."""

import json
from pathlib import Path

import pytest

from deploy.embedded import keyring
from deploy.embedded.environment import DISTRICT, Addresses, Surroundings
from deploy.embedded.folder import Folder
from deploy.embedded.postgres import Postgres

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
    assert len(others) == 8
    assert not [value for value in others if any(value in text for text in told.values())]
