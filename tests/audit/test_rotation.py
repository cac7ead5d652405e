"""The log's key and a service's are replaced while facts flow: no proof breaks, and no stranger's key counts."""

import asyncio
import json
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.audit.app import service
from services.audit.tree.bundle import Verdict, verify
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import SIGNS, Note, SigningKey, VerifierKey
from shared.facts.envelope import source_of
from shared.procedure.folds import Folds
from shared.signing.facts import Signer
from shared.web.runtime import Runtime
from tests.audit.publishing import Published, publishing
from tests.audit.test_independent import SOURCE, run
from tests.kit.witness import LOG_KEY, LOG_SEED, ORIGIN, told, witness
from tests.kit.world import signing_seed

pytestmark = pytest.mark.timeout(180)
NEW_SEED = b"n" * 32
NEW = SigningKey(ORIGIN, SIGNS, NEW_SEED)
STRANGER_SEED = b"s" * 32


@pytest_asyncio.fixture(loop_scope="session")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    async with publishing(tmp_path_factory.mktemp("witness")) as published:
        yield published


@asynccontextmanager
async def facts_flowing(log: Published) -> AsyncIterator[list[int]]:
    """Until the end; answers with how many were told so far."""
    count = [0]

    async def flow() -> None:
        async with log.world.client("toy") as client:
            while True:
                answer = await client.post(f"/v1/counters/flow-{count[0] % 50}/add", json={"amount": 1})
                assert answer.status_code == 201
                count[0] += 1
                await asyncio.sleep(0.09)

    flowing = asyncio.create_task(flow())
    try:
        yield count
    finally:
        flowing.cancel()
        with suppress(asyncio.CancelledError):
            await flowing


@asynccontextmanager
async def restarted(log: Published, name: str, environment: dict[str, str], **settings: Any) -> AsyncIterator[None]:
    """The service begun anew with these, as after a rolling update; the others run on."""
    application = log.world.apps[name]
    old: Runtime = application.state.runtime
    await old.stop()
    with told(environment):
        # Its reactions read the services' keys when they are made.
        made = service(Folds()) if name == "audit" else old.service
        application.state.runtime = Runtime(made, old.settings.model_copy(update=settings))
        await application.state.runtime.start()
        yield


def keys(*seeds: bytes) -> dict[str, str]:
    return {"LOG_KEYS": json.dumps([b64encode(seed).decode() for seed in seeds])}


async def grown(log: Published) -> int:
    """The size of a checkpoint that holds what is told now, though more comes meanwhile."""
    async with log.world.client("toy") as client:
        answer = await client.post("/v1/counters/flowing/add", json={"amount": 1})
        assert answer.status_code == 201
    version = answer.headers["etag"].strip('"')

    async def so() -> int | None:
        told = "SELECT position FROM log WHERE aggregate_id = 'flowing' AND version = $1"
        for row in await log.world.fetch("toy", told, int(version)):
            covered = (
                "SELECT size FROM published, entries"
                " WHERE source = '/services/toy' AND position = $1 AND size > entries.index"
            )
            for found in await log.world.fetch("audit", covered, row["position"]):
                return int(found["size"])
        return None

    return await log.world.until(so, 30, "a checkpoint holds it")


async def bundle(log: Published) -> bytes:
    await grown(log)
    async with log.world.client("audit", "audit.yan") as auditor:
        answer = await auditor.get("/v1/cases/flowing/bundle")
    assert answer.status_code == 200, answer.text
    return answer.content


def trusting(log: Published, raw: bytes, key: SigningKey) -> Verdict:
    return verify(raw, [key.verifier(), log.witness.key])


async def until_signed_by(log: Published, *wanted: SigningKey) -> None:
    """A checkpoint that just these have signed, cosigned as ever."""

    async def so() -> bool:
        async with log.world.client("audit") as nobody:
            note = Note.read((await nobody.get("/log/checkpoint")).text)
        known = [LOG_KEY.verifier(), NEW.verifier(), log.witness.key]
        return set(note.signed_by(known)) == {*(key.verifier() for key in wanted), log.witness.key}

    await log.world.until(so, 20, f"{len(wanted)} keys sign")


@pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed here")
async def test_the_logs_key_is_replaced_while_facts_flow(
    log: Published, tmp_path_factory: pytest.TempPathFactory
) -> None:
    verifier = str(tmp_path_factory.mktemp("verifier") / "verifier")
    status, output = await run("go", "build", "-mod=readonly", "-o", verifier, ".", folder=SOURCE)
    assert status == 0, output

    async def another_accepts(key: SigningKey) -> bool:
        token = await log.world.gatekeeper.token("audit.yan")
        url = log.world.urls["audit"]
        return (await run(verifier, url, key.verifier().text(), log.witness.key.text(), token))[0] == 0

    async with facts_flowing(log) as count:
        before = await bundle(log)
        assert trusting(log, before, LOG_KEY).holds
        async with restarted(log, "audit", keys(NEW_SEED, LOG_SEED)):
            await until_signed_by(log, LOG_KEY, NEW)  # while the witness knows the old one only
            during = await bundle(log)
            for key in (LOG_KEY, NEW):
                assert trusting(log, during, key).holds
                assert await another_accepts(key)
        admitted = NEW.verifier(), LOG_KEY.verifier()
        async with witness_told(log, *admitted), restarted(log, "audit", keys(NEW_SEED)):
            await until_signed_by(log, NEW)
            after = await bundle(log)
            assert trusting(log, after, NEW).holds
            assert not trusting(log, after, LOG_KEY).holds
            assert [await another_accepts(key) for key in (NEW, LOG_KEY)] == [True, False]
            assert trusting(log, before, LOG_KEY).holds
            assert trusting(log, during, NEW).holds
            async with log.world.client("audit") as nobody:
                ever = (await nobody.get("/log/keys")).json()["items"]
        assert [(each["key"], each["signs"]) for each in ever] == [
            (LOG_KEY.verifier().text(), False),
            (NEW.verifier().text(), True),
        ]
        assert count[0] > 0
    assert await still_open(log) == []


@asynccontextmanager
async def witness_told(log: Published, *admitted: VerifierKey) -> AsyncIterator[None]:
    """The witness begun anew on its own port and folder, knowing these keys."""
    await log.witness.stop()
    async with witness(log.witness.folder, log.witness.settings.port, *admitted) as again:
        log.witness = again
        yield


async def still_open(log: Published) -> list[tuple[str, str]]:
    async with log.world.client("audit", "audit.yan") as auditor:
        alarms = (await auditor.get("/v1/alarms", params={"open": True})).json()["items"]
    return [(each["kind"], each["source"]) for each in alarms if each["kind"] not in ("gap", "silence")]


async def test_a_checkpoint_of_a_key_that_was_never_admitted_is_refused(log: Published) -> None:
    size = await grown(log)
    async with restarted(log, "audit", keys(STRANGER_SEED)):
        async with log.world.client("toy") as client:
            await client.post("/v1/counters/flowing/add", json={"amount": 1})

        async def alarmed() -> bool:
            return await still_open(log) == [("key", log.witness.key.name)]

        await log.world.until(alarmed, 20, "the alarm names the witness")
        async with log.world.client("audit") as nobody:
            ready = (await nobody.get("/readyz")).json()["degraded"]
            held = Checkpoint.read(Note.read((await nobody.get("/log/checkpoint")).text).text)
        assert "a witness has not admitted the key that signs" in str(ready)
        assert held.size >= size, "what was published stays"
        raw = await bundle_now(log)
        assert trusting(log, raw, LOG_KEY).holds
        assert not trusting(log, raw, SigningKey(ORIGIN, SIGNS, STRANGER_SEED)).holds
    async with restarted(log, "audit", {}):
        await grown(log)
        assert await still_open(log) == []


async def bundle_now(log: Published) -> bytes:
    async with log.world.client("audit", "audit.yan") as auditor:
        return (await auditor.get("/v1/cases/flowing/bundle")).content


async def test_a_lost_key_is_replaced_with_the_witness_alone_to_vouch(log: Published) -> None:
    """Nothing is signed by both; the witness cosigns what follows from what it saw, under the key that it was told."""
    before = await grown(log)
    async with witness_told(log, NEW.verifier()), restarted(log, "audit", keys(NEW_SEED)):
        after = await grown(log)
        assert after > before
        assert trusting(log, await bundle(log), NEW).holds


async def test_a_services_key_is_replaced_while_its_facts_flow(log: Published) -> None:
    """Audit first, then the service, then the old key goes; old facts that are sent again are known as they are."""
    old, new = signing_seed("toy"), b"t" * 32
    others = [Signer(source_of(name), signing_seed(name)).key.text() for name in ("audit", "echo")]
    both = [Signer(source_of("toy"), seed).key.text() for seed in (old, new)]
    async with facts_flowing(log) as count:
        await grown(log)
        async with restarted(log, "audit", {"FACT_KEYS": json.dumps([*others, *both])}):
            await grown(log)
    secret = SecretStr(b64encode(new).decode())
    async with restarted(log, "toy", {}, signing_key=secret), facts_flowing(log):
        await grown(log)
        async with restarted(log, "audit", {"FACT_KEYS": json.dumps([*others, both[1]])}):
            await grown(log)
            await log.world.runtime("toy").relay.resend_after(0)
            await grown(log)
    await log.world.settled(60)
    [toy] = await log.world.fetch("toy", "SELECT max(position) AS last FROM log")
    [found] = await log.world.fetch(
        "audit", "SELECT count(*) AS count, max(position) AS last FROM entries WHERE source = '/services/toy'"
    )
    assert (found["count"], found["last"]) == (toy["last"], toy["last"])
    assert count[0] > 0
    assert await log.world.fetch("audit", "SELECT * FROM conflicts") == []
    assert await still_open(log) == []
