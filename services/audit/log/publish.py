"""Checkpoints: signed only if they follow from what a witness holds, published only with its cosignature (G7)."""

import asyncio
import time

import httpx
import structlog

from services.audit.log import tiles
from services.audit.log.alarms import Place, clear_alarms, raise_alarms
from services.audit.log.settings import LogSettings
from services.audit.log.witness import Elsewhere, NotAdmitted, Refused, Witness
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import BadNote, write
from shared.record.database import Connection, outages_passed_over
from shared.refusals.failures import describe
from shared.signing import merkle
from shared.web.runtime import Runtime

log = structlog.get_logger("audit")
_LOCK = 0x6C7A6C67
_PATIENCE = 60.0
"""Seconds without a witness after which it is an alarm."""

_SIZE = "SELECT next FROM numbering"
_NOTE = "SELECT note FROM published"
_STORE = """
INSERT INTO published (size, note) VALUES ($1, $2)
ON CONFLICT (only_row) DO UPDATE SET size = EXCLUDED.size, note = EXCLUDED.note
"""
_KEY = "INSERT INTO log_keys (key) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"


class Diverged(Exception):
    """What is here does not follow from what the witness holds. `kind` is that of the alarm."""

    def __init__(self, kind: str, place: Place) -> None:
        super().__init__(kind)
        self.kind, self.place = kind, place


class Publisher:
    """Built at the service's start. `problem`: why nothing is published, for readiness."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.settings = LogSettings()
        self.origin = self.settings.log_origin
        self.signers = self.settings.signers()
        self.keys = [signer.verifier() for signer in self.signers]
        self.witnesses = self.beside()
        self.size = -1
        self.problem: str | None = None

    def beside(self) -> list[Witness]:
        """The same witnesses, for looking at what they hold beside the publishing."""
        return [Witness(address, self.origin, self.runtime.http) for address in self.settings.witnesses]

    def vkeys(self) -> dict[str, list[str]]:
        """As files bring them along, for who has none from elsewhere."""
        witnesses = [witness.key.text() for witness in self.witnesses]
        return {"log": [key.text() for key in self.keys], "witnesses": witnesses}

    async def begin(self, connection: Connection) -> None:
        await connection.execute(_KEY, [key.text() for key in self.keys])

    async def once(self, connection: Connection) -> None:
        """A checkpoint of the log as it is now, if it has grown."""
        if not self.signers or not self.witnesses:
            self.problem = "no checkpoints: LOG_KEYS and WITNESSES are not given"
            return
        size = await connection.fetchval(_SIZE)
        if size == 0 or (size == self.size and self.problem is None):
            return
        cosigned, diverged = [], dict[str, list[Place]]()
        for witness in self.witnesses:
            try:
                cosigned.append(await self._cosigned(connection, witness, size))
                witness.failing_since = None
            except Diverged as found:
                diverged.setdefault(found.kind, []).append(found.place)
            except (httpx.HTTPError, BadNote, Elsewhere) as failure:
                witness.known = False
                witness.failing_since = witness.failing_since or time.monotonic()
                log.warning("a witness has not cosigned", witness=witness.key.name, error=describe(failure))
        await self._tell(connection, size, diverged)
        if len(cosigned) >= self.settings.witness_quorum:
            [checkpoint] = {checkpoint for checkpoint, _ in cosigned}
            text = checkpoint.text()
            own = [signer.sign(text) for signer in self.signers]
            await connection.execute(_STORE, size, write(text, [*own, *(line for _, line in cosigned)]))
            self.size, self.problem = size, None

    async def _cosigned(self, connection: Connection, witness: Witness, size: int) -> tuple[Checkpoint, str]:
        if not witness.known:
            await witness.learn(self.keys)
        held = witness.held or Checkpoint(self.origin, 0, merkle.EMPTY)
        if held.size > size:
            raise Diverged("rollback", (witness.key.name, size, held.size - 1))
        proof, root = await self._proof(connection, held.size, size)
        if not merkle.is_consistent(held.size, size, proof, held.root, root):
            raise Diverged("fork", (witness.key.name, 0, held.size - 1))
        checkpoint = Checkpoint(self.origin, size, root)
        text = checkpoint.text()
        try:
            note = write(text, [signer.sign(text) for signer in self.signers])
            return checkpoint, await witness.cosign(proof, checkpoint, note)
        except NotAdmitted as refused:
            log.error("a witness does not know the log's key", witness=witness.key.name, error=str(refused))
            raise Diverged("key", (witness.key.name, 0, size - 1)) from refused
        except Refused as refused:
            log.error("a witness refuses to cosign", witness=witness.key.name, error=str(refused))
            raise Diverged("fork", (witness.key.name, 0, held.size - 1)) from refused

    async def _proof(self, connection: Connection, old: int, size: int) -> tuple[list[bytes], bytes]:
        ranges = [*merkle.consistency(old, size), (0, size)]
        try:
            *proof, root = await tiles.hashes_of(connection, ranges, size)
        except tiles.Missing as missing:
            raise Diverged("unprovable", (missing.tile.path(), 0, size - 1)) from missing
        return proof, root

    async def _tell(self, connection: Connection, size: int, diverged: dict[str, list[Place]]) -> None:
        for kind in _SAID:
            places = diverged.get(kind, [])
            for row in await raise_alarms(connection, kind, places):
                log.error(_SAID[kind], witness=row["source"], first=row["first"], last=row["last"])
            await clear_alarms(connection, kind, places)
        now = time.monotonic()
        silent = [(w.key.name, 0, 0) for w in self.witnesses if w.failing_since and now - w.failing_since > _PATIENCE]
        for row in await raise_alarms(connection, "witness", silent):
            log.error("a witness cannot be had: what it has to cosign is not published", witness=row["source"])
        await clear_alarms(connection, "witness", silent)
        if diverged:
            self.problem = f"no checkpoint of size {size}: {', '.join(_SAID[kind] for kind in sorted(diverged))}"
        elif any(witness.failing_since for witness in self.witnesses):
            self.problem = f"no checkpoint of size {size}: a witness cannot be had"


_SAID = {
    "rollback": "the log is shorter than a witness has seen it",
    "fork": "the log is not the one that a witness has seen",
    "unprovable": "part of the tree is missing",
    "key": "a witness has not admitted the key that signs",
}


async def publish(runtime: Runtime) -> None:
    """As long as the service runs, by one of all replicas."""
    publisher = runtime.extra(Publisher)
    while True:
        with outages_passed_over():
            async with runtime.database.plain() as connection:
                await _lead(publisher, connection)
        await asyncio.sleep(1)


async def _lead(publisher: Publisher, connection: Connection) -> None:
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110
        await asyncio.sleep(1)
    try:
        await publisher.begin(connection)
        while True:
            await publisher.once(connection)
            await asyncio.sleep(publisher.settings.checkpoint_every)
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def published(connection: Connection) -> str | None:
    """The last checkpoint that was published, a signed note."""
    note: str | None = await connection.fetchval(_NOTE)
    return note
