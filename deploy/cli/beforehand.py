"""What has to be right before anything starts: ports, data directory, the district's files. A sentence each if not."""

import os
import pwd
from pathlib import Path

from deploy.cli import say
from deploy.district_yaml import WrongFile, stamp
from deploy.embedded.environment import CONTROLLER_OFFSET
from deploy.embedded.files import write_atomically
from deploy.embedded.folder import Folder

FAILED, USAGE = 1, 2
LOWEST, HIGHEST = 1024, 65535 - CONTROLLER_OFFSET
SERVERS = ("postgres", "kafka")
ROOT = Path(__file__).parents[2]
CHECKED_BY = (ROOT / "deploy" / "district_files.py", ROOT / "services" / "directory" / "api" / "forms.py")


def refuse_ports(base: int) -> None:
    """Ends the command if the ports that count from there are none, or the system's own."""
    if not LOWEST <= base <= HIGHEST:
        zh = f"--ports {base} 不可用：端口从它数起，应在 {LOWEST} 到 {HIGHEST} 之间。"
        en = f"--ports {base} cannot be used: all ports count from it, so it is {LOWEST} to {HIGHEST}."
        say.refuse(zh, en, USAGE)


def refuse_folder(folder: Folder) -> None:
    """Ends the command if the data directory is closed to us, somebody else's, or holds something else."""
    root = folder.root
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        zh, en = f"数据目录 {root} 无法创建", f"The data directory {root} cannot be made"
        _choose_another(f"{zh}({failure.strerror})", f"{en} ({failure.strerror})")
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        _choose_another(f"数据目录 {root} 不可写", f"The data directory {root} is not writable")
    if folder.secrets.exists():
        if (owner := folder.secrets.stat().st_uid) != os.geteuid():
            zh, en = f"数据目录 {root} 属于用户 {name(owner)}", f"The data directory {root} belongs to {name(owner)}"
            _choose_another(zh, en)
    elif others := [each for each in SERVERS if (root / each).exists()]:
        zh, en = f"{root} 中的 {others[0]} 不是联治的数据", f"{root} holds a {others[0]} that is not Lianzhi's"
        _choose_another(zh, en)


def refuse_wrong_files(folder: Folder, district: Path) -> None:
    """Ends the command if directory could not load the district. Files found right are looked at again when changed."""
    found = repr((str(district), stamp(district), [path.stat().st_mtime_ns for path in CHECKED_BY]))
    checked = folder.run / "district-checked"
    if checked.exists() and checked.read_text(encoding="utf-8") == found:
        return
    # Imported late: the forms that the files are checked by take half a second.
    from deploy.district_files import read_district

    try:
        read_district(district)
    except WrongFile as wrong:
        say.refuse(wrong.zh, wrong.en, FAILED)
    write_atomically(checked, found, durable=False)


def name(user: int) -> str:
    """Of an account, or its number."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _choose_another(zh: str, en: str) -> None:
    say.refuse(f"{zh}；请用 --data 另选目录。", f"{en}. Choose another with --data.", FAILED)
