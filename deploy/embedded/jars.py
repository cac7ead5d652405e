"""Kafka's jars: locked by checksum, kept per user, so that only the first start needs a network."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from deploy.embedded.errors import CannotRun

LOCK = Path(__file__).with_name("kafka-jars.lock")


@dataclass(frozen=True)
class Jar:
    """One locked file; `sha256` in hexadecimal digits."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """Its name, in a Maven repository and in the cache."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def repository_path(self) -> Path:
        """Where a Maven repository keeps it."""
        return Path(*self.group.split("."), self.artifact, self.version, self.filename)

    def is_file(self, path: Path) -> bool:
        """Whether the file is there and is the locked one."""
        return path.is_file() and checksum(path) == self.sha256


def checksum(path: Path) -> str:
    """SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_lock(path: Path = LOCK) -> list[Jar]:
    """The locked jars, one line each: `group:artifact:version sha256`."""
    return [_parse(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _parse(line: str) -> Jar:
    coordinates, sha256 = line.split()
    group, artifact, version = coordinates.split(":")
    return Jar(group, artifact, version, sha256)


def cache_folder() -> Path:
    """This user's cache of everything that is the same for all data directories."""
    return platformdirs.user_cache_path("lianzhi")


def provide(jars: Sequence[Jar], folder: Path) -> list[Path]:
    """The jars in the folder, fetched if they are missing; CannotRun if one cannot be had or is another."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in jars if not (folder / jar.filename).exists()]
    if missing:
        _add(missing, folder)
    refuse_altered(jars, folder)
    return [folder / jar.filename for jar in jars]


def refuse_altered(jars: Iterable[Jar], folder: Path) -> None:
    """CannotRun if a file in the folder is not the locked one."""
    altered = [jar.filename for jar in jars if not jar.is_file(folder / jar.filename)]
    if altered:
        raise CannotRun(
            f"{folder} 中的这些文件与 kafka-jars.lock 不符（SHA-256 不同）:{', '.join(altered)}。请删除后重新启动。",
            f"These files in {folder} are not the ones that kafka-jars.lock names (SHA-256 differs):"
            f" {', '.join(altered)}. Remove them and start again.",
        )


def _add(missing: Sequence[Jar], folder: Path) -> None:
    # jgo takes a third of a second to import, and only a first start needs it.
    from deploy.embedded import fetch

    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as staging:
        fetched = fetch.from_local_repository(missing, Path(staging))
        rest = [jar for jar in missing if jar not in fetched]
        failed = fetch.from_remote_repository(rest, Path(staging))
        for jar in missing:
            if jar not in failed:
                _accept(jar, Path(staging) / jar.repository_path, folder)
    if failed:
        raise CannotRun(*missing_files(failed, folder))


def _accept(jar: Jar, file: Path, folder: Path) -> None:
    if not jar.is_file(file):
        raise CannotRun(
            f"Maven 仓库给出的 {jar.filename} 与 kafka-jars.lock 不符（SHA-256 不同），已拒绝使用。",
            f"The Maven repository gave another {jar.filename} than kafka-jars.lock names:"
            f" SHA-256 {checksum(file)} instead of {jar.sha256}. It was refused.",
        )
    shutil.move(file, folder / jar.filename)


def missing_files(failed: dict[Jar, str], folder: Path) -> tuple[str, str, str]:
    """What to tell the operator of a machine without a way to the Maven repository."""
    names = "\n".join(f"  {jar.group}:{jar.artifact}:{jar.version}  {jar.filename}" for jar in failed)
    reason = next(iter(failed.values()))
    return (
        f"Kafka 所需的 {len(failed)} 个文件无法从 Maven 仓库取得（{reason}）；请放入 {folder} 后重新启动。",
        f"Kafka needs {len(failed)} file(s) that could not be fetched from the Maven repository ({reason})."
        f" Put them into {folder} and start again:",
        names,
    )
