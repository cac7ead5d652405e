"""Whoever can write to Kafka, but has no service's key, cannot put a word into its mouth."""

from typing import Any

from aiokafka import AIOKafkaProducer

from services.dispatch.facts import CaseWithdrawn
from shared.facts.envelope import source_of
from shared.facts.packing import unpack_headers
from shared.signing.facts import HEADER, Signer
from tests.audit.conftest import minutes
from tests.audit.publishing import Published
from tests.audit.telling import Letter, Telling

FAR = 50_000


async def forge(published: Published, *letters: Letter) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=published.world.servers.bootstrap)
    await producer.start()
    try:
        for each in letters:
            await producer.send_and_wait(each.topic, each.value, each.key, each.partition, headers=each.headers)
    finally:
        await producer.stop()


def letter(position: int, signer: Signer | None = None) -> Letter:
    """A fact that the toy has not told, at a position of its own."""
    telling = Telling("toy", None, position=position)  # type: ignore[arg-type]
    telling.lanes.clear()
    written = telling.write(CaseWithdrawn(at=minutes(0), by="somebody", case_id=f"forged-{position}"))
    if signer is not None:
        [value] = signer.sign([(written.headers, written.value)])
        written.headers.append((HEADER, value.encode()))
    return written


async def evidence(published: Published, position: int) -> list[dict[str, Any]]:
    return await published.world.fetch(
        "audit", "SELECT * FROM conflicts WHERE source = '/services/toy' AND position = $1", position
    )


async def until_refused(published: Published, position: int) -> None:
    async def kept() -> bool:
        return bool(await evidence(published, position))

    await published.world.until(kept, 10, "the forgery is kept as evidence")
    entries = "SELECT * FROM entries WHERE source = '/services/toy' AND position = $1"
    assert await published.world.fetch("audit", entries, position) == []
    async with published.world.client("audit", "audit.yan") as auditor:
        alarms = (await auditor.get("/v1/alarms", params={"open": True})).json()["items"]
    assert ("signature", "/services/toy", position) in [(a["kind"], a["source"], a["first"]) for a in alarms]


async def test_every_fact_that_a_service_seals_is_signed_and_appended(published: Published) -> None:
    await published.grown("signed-facts")
    rows = await published.world.fetch("audit", "SELECT headers FROM entries")
    assert all(unpack_headers(row["headers"])[-1][0] == HEADER for row in rows)
    assert await published.world.fetch("audit", "SELECT * FROM conflicts") == []


async def test_what_nobody_signed_is_refused(published: Published) -> None:
    await forge(published, letter(FAR))
    await until_refused(published, FAR + 1)


async def test_what_another_key_signed_is_refused(published: Published) -> None:
    await forge(published, letter(FAR + 10, Signer(source_of("toy"), b"x" * 32)))
    await until_refused(published, FAR + 11)


async def test_a_forged_fact_does_not_take_the_place_of_the_true_one(published: Published) -> None:
    """The forger is first: position and lane sequence of the next fact are taken in Kafka, but not in the log."""
    world = published.world
    await published.grown("robbed")
    [row] = await world.fetch("toy", "SELECT position FROM sealing")
    [lane] = await world.fetch("toy", "SELECT * FROM log WHERE key = 'robbed' ORDER BY position DESC LIMIT 1")
    forged = Telling("toy", None, position=row["position"] + 3)  # type: ignore[arg-type]
    forged.lanes["cases", lane["lane"]] = lane["sequence"]
    fact = CaseWithdrawn(at=minutes(0), by="somebody", case_id="robbed")
    await forge(published, forged.write(fact))
    await until_refused(published, row["position"] + 4)
    await published.grown("robbed", "robbed", "robbed", "robbed", "robbed")
    [toy] = await world.fetch("toy", "SELECT max(position) AS last FROM log")
    [found] = await world.fetch(
        "audit",
        "SELECT count(*) AS count FROM entries WHERE source = '/services/toy' AND position <= $1",
        toy["last"],
    )
    assert found["count"] == toy["last"]


async def test_a_fact_sent_again_is_the_same_to_the_byte(published: Published) -> None:
    world = published.world
    await published.grown("again")
    await world.runtime("toy").relay.resend_after(0)
    await published.grown("again")
    conflicts = await world.fetch("audit", "SELECT * FROM alarms WHERE kind = 'conflict'")
    assert conflicts == []
