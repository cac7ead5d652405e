"""The passwords and keys of one data directory, each made once."""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.embedded.files import PRIVATE, read_json, write_atomically

SUPERUSER = "postgres"
MASTER = "master"
DEMO = "demo"
LOG, WITNESS, MIRROR, CONSOLE = "log:key", "witness:key", "mirror:key", "console:key"
BEFORE = "before:"
ASKING = ("intake",)
# Without the letters and digits that are taken for one another when read aloud.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def load(path: Path, services: Iterable[str] = ()) -> dict[str, str]:
    """Reads the file, adds what is missing, keeps it readable by its owner only.

    Keys: `postgres`, `demo`; of 32 bytes in base64 `master`, `log:key`, `witness:key`, `mirror:key`, `console:key` and
    each service's `sign:<service>`; `db:<service>`, `owner:<service>`; `client:<service>` for those that ask others;
    and `before:<service>`, `before:log`, the key that is being replaced.
    """
    found: dict[str, str] = read_json(path) or {}
    complete = found | {name: make(name) for name in names(services) if name not in found}
    if complete != found:
        write_atomically(path, json.dumps(complete, indent=2) + "\n", PRIVATE)
    return complete


class StillReplacing(Exception):
    """The key before this one is in use yet."""


def replace(path: Path, name: str, *, lost: bool = False) -> None:
    """A new key for a service, or for the `log`; unless it is lost, the old one stays beside it until `finish`.

    Raises StillReplacing.
    """
    found = load(path)
    if BEFORE + name in found:
        raise StillReplacing
    key = _key_of(name)
    old = {} if lost else {BEFORE + name: found[key]}
    write_atomically(path, json.dumps(found | old | {key: make(key)}, indent=2) + "\n", PRIVATE)


def finish(path: Path, name: str) -> bool:
    """The old key is forgotten; False if there is none."""
    found = load(path)
    if found.pop(BEFORE + name, None) is None:
        return False
    write_atomically(path, json.dumps(found, indent=2) + "\n", PRIVATE)
    return True


def before(secrets: Mapping[str, str]) -> dict[str, str]:
    """The keys that are being replaced, by service or `log`."""
    return {name.removeprefix(BEFORE): key for name, key in secrets.items() if name.startswith(BEFORE)}


def _key_of(name: str) -> str:
    return LOG if name == "log" else f"sign:{name}"


def names(services: Iterable[str]) -> list[str]:
    """Every key that a data directory with these services needs."""
    services = list(services)
    per_service = [f"{role}:{service}" for service in services for role in ("db", "owner", "sign")]
    return [
        SUPERUSER,
        MASTER,
        DEMO,
        LOG,
        WITNESS,
        MIRROR,
        CONSOLE,
        *per_service,
        *(f"client:{name}" for name in services if name in ASKING),
    ]


def make(name: str) -> str:
    """A new random value of the right kind."""
    if name in (MASTER, LOG, WITNESS, MIRROR, CONSOLE) or name.startswith("sign:"):
        return base64.b64encode(secrets.token_bytes(32)).decode()
    if name == DEMO:
        groups = ("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(3))
        return "-".join(groups)
    return secrets.token_urlsafe(24)
