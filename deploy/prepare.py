"""Before the services start, outside the embedded run: roles, schemas, migrations and topics. Safe to repeat.

`python -m deploy.prepare` with ADMIN_DATABASE_URL, KAFKA_BOOTSTRAP, and DB_<SERVICE> and OWNER_<SERVICE> passwords.
"""

import asyncio
import os

from deploy.migrate import migrate_all
from deploy.registry import SERVICES
from shared.relay.topics import ensure_topics


async def prepare() -> None:
    secrets = {
        f"{kind.lower()}:{name}": os.environ[f"{kind}_{name.upper()}"] for name in SERVICES for kind in ("DB", "OWNER")
    }
    await migrate_all(os.environ["ADMIN_DATABASE_URL"], list(SERVICES), secrets)
    await ensure_topics(os.environ["KAFKA_BOOTSTRAP"])


if __name__ == "__main__":
    asyncio.run(prepare())
