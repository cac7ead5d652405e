"""No jar runs that is not the locked one."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from deploy.embedded import fetch, jars
from deploy.embedded.errors import CannotRun
from deploy.embedded.jars import Jar

GOOD = b"the real thing"
JAR = Jar("org.example", "thing", "1.2", hashlib.sha256(GOOD).hexdigest())


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> dict[Jar, bytes]:
    """The Maven repository: what it holds; it cannot be reached for anything else."""
    held: dict[Jar, bytes] = {}

    def remote(wanted: Sequence[Jar], staging: Path) -> dict[Jar, str]:
        for jar in wanted:
            if jar in held:
                target = staging / jar.repository_path
                target.parent.mkdir(parents=True)
                target.write_bytes(held[jar])
        return {jar: "ConnectionError" for jar in wanted if jar not in held}

    def local(_: Iterable[Jar], __: Path) -> set[Jar]:
        return set()

    monkeypatch.setattr(fetch, "from_remote_repository", remote)
    monkeypatch.setattr(fetch, "from_local_repository", local)
    return held


def test_the_lock_names_kafka_and_no_host() -> None:
    locked = jars.read_lock()
    assert any(jar.artifact == "kafka_2.13" and jar.version.startswith("4.3.") for jar in locked)
    assert all(len(jar.sha256) == 64 for jar in locked)
    assert len({jar.filename for jar in locked}) == len(locked)
    assert "/" not in jars.LOCK.read_text(encoding="utf-8")


def test_a_jar_is_fetched_once(tmp_path: Path, repository: dict[Jar, bytes]) -> None:
    repository[JAR] = GOOD
    assert jars.provide([JAR], tmp_path) == [tmp_path / "thing-1.2.jar"]
    repository.clear()
    assert jars.provide([JAR], tmp_path)[0].read_bytes() == GOOD
    assert [path.name for path in tmp_path.iterdir()] == ["thing-1.2.jar"]


def test_a_wrong_checksum_is_refused_and_named(tmp_path: Path, repository: dict[Jar, bytes]) -> None:
    repository[JAR] = b"something else"
    with pytest.raises(CannotRun, match=rf"another thing-1\.2\.jar.*instead of {JAR.sha256}.*refused"):
        jars.provide([JAR], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_jar_altered_in_the_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / JAR.filename).write_bytes(GOOD + b"!")
    with pytest.raises(CannotRun, match=r"SHA-256 differs.*thing-1\.2\.jar"):
        jars.provide([JAR], tmp_path)


@pytest.mark.usefixtures("repository")
def test_without_a_repository_the_missing_files_and_their_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun) as refused:
        jars.provide([JAR], tmp_path)
    told = str(refused.value)
    assert "org.example:thing:1.2  thing-1.2.jar" in told
    assert f"Put them into {tmp_path}" in told


def test_a_file_of_the_users_own_repository_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = tmp_path / "m2" / JAR.repository_path
    held.parent.mkdir(parents=True)
    held.write_bytes(GOOD)
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    assert jars.provide([JAR], tmp_path / "cache")[0].read_bytes() == GOOD
    held.write_bytes(b"altered")
    assert fetch.from_local_repository([JAR], tmp_path / "staging") == set()
