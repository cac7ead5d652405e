"""Before the services start, outside the embedded run: roles, schemas, migrations, topics, keys. Safe to repeat.

`python -m deploy.prepare` with ADMIN_DATABASE_URL, KAFKA_BOOTSTRAP, and DB_<SERVICE> and OWNER_<SERVICE> passwords.
With PUBLIC_KEYS, a folder, and SIGN_<SERVICE>, LOG_KEY, WITNESS_KEY, MIRROR_KEY and WITNESS_URL it leaves there what
audit and the witness are to know of each other and of the services: public keys only. While a key is replaced the one
before it is LOG_KEY_BEFORE or SIGN_<SERVICE>_BEFORE.
"""

import asyncio
import json
import os
from pathlib import Path

from deploy.log_keys import LOG, LogSecrets
from deploy.migrate import migrate_all
from deploy.registry import SERVICES
from shared.relay.topics import ensure_topics


async def prepare() -> None:
    secrets = {
        f"{kind.lower()}:{name}": os.environ[f"{kind}_{name.upper()}"] for name in SERVICES for kind in ("DB", "OWNER")
    }
    await migrate_all(os.environ["ADMIN_DATABASE_URL"], list(SERVICES), secrets)
    await ensure_topics(os.environ["KAFKA_BOOTSTRAP"])
    if "PUBLIC_KEYS" in os.environ:
        tell_keys(Path(os.environ["PUBLIC_KEYS"]))


def tell_keys(folder: Path) -> None:
    """A file for each setting, as pydantic-settings reads them."""
    signing = {name: os.environ[f"SIGN_{name.upper()}"] for name in SERVICES}
    before = {name: key for name in SERVICES if (key := os.environ.get(f"SIGN_{name.upper()}_BEFORE"))}
    before |= {LOG: key} if (key := os.environ.get("LOG_KEY_BEFORE")) else {}
    log = LogSecrets(os.environ["LOG_KEY"], os.environ["WITNESS_KEY"], os.environ["MIRROR_KEY"], signing, before)
    told = {
        "fact_keys": log.fact_keys(),
        "witnesses": log.witnesses(os.environ["WITNESS_URL"]),
        "witness_logs": log.logs(),
    }
    for name, value in told.items():
        (folder / name).write_text(json.dumps(value), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(prepare())
