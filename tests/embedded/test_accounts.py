"""PostgreSQL does not run as root."""

import os
import pwd
from pathlib import Path

import pytest

from deploy.embedded import accounts

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change")


@root_only
def test_root_is_laid_down() -> None:
    account = accounts.unprivileged(Path("/"))
    assert account.user > 0
    assert not account.reach_closed_folders


@root_only
def test_a_closed_folder_on_the_way_needs_the_right_to_pass(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert accounts.unprivileged(closed / "data").reach_closed_folders


@root_only
def test_a_folder_keeps_its_owner(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    assert accounts.unprivileged(data).user == nobody.pw_uid


def test_others_stay_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert accounts.unprivileged(Path("/")) is accounts.KEEP
