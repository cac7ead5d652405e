"""Writes `.env`, the secrets of docker-compose.yml, once. Standard library only.

It is never written over: with another MASTER_KEY nobody could read the sealed texts, and with another
POSTGRES_PASSWORD nobody could open the database.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

SERVICES = ("directory", "intake", "dispatch", "petition", "audit", "police", "justice", "emergency")
FILE = Path(__file__).resolve().parents[2] / ".env"
IRREPLACEABLE = {"MASTER_KEY", "POSTGRES_PASSWORD"}
PRIVATE = 0o600
FAILED = 1


def lines() -> list[str]:
    found = [f"POSTGRES_PASSWORD={secrets.token_urlsafe(24)}", f"DEMO_PASSWORD={secrets.token_urlsafe(9)}"]
    found.append(f"MASTER_KEY={base64.b64encode(secrets.token_bytes(32)).decode()}")
    for name in ("LOG_KEY", "WITNESS_KEY", "MIRROR_KEY", "CONSOLE_KEY", *(f"SIGN_{name.upper()}" for name in SERVICES)):
        found.append(f"{name}={base64.b64encode(secrets.token_bytes(32)).decode()}")
    for name in SERVICES:
        found.append(f"DB_{name.upper()}={secrets.token_urlsafe(24)}")
        found.append(f"OWNER_{name.upper()}={secrets.token_urlsafe(24)}")
    found.append(f"CLIENT_INTAKE={secrets.token_urlsafe(24)}")
    return found


def write(file: Path) -> int:
    """The exit code."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        return complete(file)
    except OSError as failure:
        return refuse(f"{file} 无法写入（{failure.strerror}）。", f"{file} cannot be written ({failure.strerror}).")
    with os.fdopen(handle, "w") as writing:
        writing.write("\n".join(lines()) + "\n")
    print(file)
    return 0


def complete(file: Path) -> int:
    """Adds what a newer version needs to a file of ours; whatever is there stays as it is. The exit code."""
    if os.path.samestat(os.fstat(sys.stdout.fileno()), file.stat()):
        return refuse(
            f"{file} 被命令行的重定向清空了；本程序自己写文件，请恢复原文件后不带 > 运行。",
            f"{file} was emptied by the shell's `>`: restore it; this program writes it by itself.",
        )
    there = {line.partition("=")[0] for line in file.read_text().splitlines()}
    missing = [line for line in lines() if line.partition("=")[0] not in there]
    if not missing or not there.issuperset(IRREPLACEABLE):
        return refuse(
            f"{file} 已存在，保留原样：换了密钥，已加密的内容就无法读取。",
            f"{file} exists and is kept: with other keys nobody could read what is sealed.",
        )
    with file.open("a") as writing:
        writing.write("\n".join(missing) + "\n")
    names = ", ".join(line.partition("=")[0] for line in missing)
    print(f"{file}: 只补充了 {names}。\n{file}: only {names} was added.")
    return 0


def refuse(zh: str, en: str) -> int:
    print(f"{zh}\n{en}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(write(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else FILE))
