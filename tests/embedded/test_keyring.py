"""Passwords are made once and kept to their owner."""

import base64
import stat
from pathlib import Path

from deploy.embedded import keyring


def test_each_password_is_made_once(tmp_path: Path) -> None:
    first = keyring.load(tmp_path / "secrets.json", ["dispatch"])
    assert keyring.load(tmp_path / "secrets.json", ["dispatch"]) == first
    log = {"log:key", "witness:key", "mirror:key", "console:key"}
    assert set(first) == {"postgres", "master", "demo", "db:dispatch", "owner:dispatch", "sign:dispatch", *log}
    assert len(set(first.values())) == len(first)


def test_a_service_that_joins_later_changes_no_other_password(tmp_path: Path) -> None:
    first = keyring.load(tmp_path / "secrets.json", ["dispatch"])
    assert keyring.load(tmp_path / "secrets.json", ["dispatch", "audit"]).items() > first.items()


def test_a_service_that_asks_others_has_a_secret_of_its_own(tmp_path: Path) -> None:
    assert keyring.load(tmp_path / "secrets.json", ["intake", "dispatch"]).keys() > {"client:intake"}


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    keyring.load(tmp_path / "secrets.json")
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_the_master_key_has_32_bytes(tmp_path: Path) -> None:
    assert len(base64.b64decode(keyring.load(tmp_path / "secrets.json")[keyring.MASTER])) == 32
