"""The account a child runs under: PostgreSQL refuses to run as root."""

import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import CannotRun

# In the order of preference; the first that this machine knows.
UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """User and group ids, -1 to keep the present ones."""

    user: int
    group: int
    reach_closed_folders: bool = False


KEEP = Account(-1, -1)


def unprivileged(owned: Path, *used: Path) -> Account:
    """For a program that owns the folder `owned` and uses other files; CannotRun if there is no account."""
    if os.geteuid() != 0:
        return KEEP
    entry = _entry(owned)
    return Account(entry.pw_uid, entry.pw_gid, reach_closed_folders=not all(map(is_open, (owned.parent, *used))))


def _entry(owned: Path) -> pwd.struct_passwd:
    if owned.exists() and owned.stat().st_uid != 0:
        return pwd.getpwuid(owned.stat().st_uid)
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotRun(
        "PostgreSQL 不能以 root 运行，本机又没有 nobody 账户；请换一个用户启动。",
        "PostgreSQL must not run as root, and there is no account 'nobody'. Start as another user.",
    )


def is_open(path: Path) -> bool:
    """Whether everyone may pass through every folder on the way."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing(path))


def existing(path: Path) -> Iterable[Path]:
    """The folders on the way to a path, itself included, that exist."""
    return (folder for folder in (path, *path.parents) if folder.is_dir())
