"""Whoever can write to Kafka, or delete from it, but has no service's key: the log is not misled, and misses nothing
without saying so.

Each deed has a source of its own, which tells six facts and a head fact; what is done to them, what the alarms say, and
which positions the log has in the end.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from services.dispatch.facts import CaseWithdrawn
from shared.facts.envelope import source_of
from shared.facts.packing import unpack_headers
from shared.signing.facts import HEADER, Signer
from shared.web.runtime import Runtime
from tests.audit.conftest import minutes
from tests.audit.publishing import Published, publishing
from tests.audit.tampering.deeds import (
    ALTERED,
    FORKED,
    INSERTED,
    KINDS,
    REMOVED,
    ROLLED_BACK,
    SWAPPED,
    TRUNCATED,
    Deed,
)
from tests.audit.telling import Letter, Telling, telling
from tests.kit.world import signing_seed

pytestmark = pytest.mark.timeout(120)
ALL = (1, 2, 3, 4, 5, 6, 7)


@dataclass
class Playing:
    """`letters`: positions 1 to 6, and the head fact that counts them."""

    published: Published
    source: Telling
    letters: list[Letter]


async def alter_the_value(at: Playing) -> None:
    """In flight: the signature is the true one's."""
    at.letters[2] = replace(at.letters[2], value=at.letters[2].value.replace(b"played", b"Played"))
    await at.source.send(*at.letters)


async def alter_a_header(at: Playing) -> None:
    headers = [(name, b"another" if name == "ce_actor" else value) for name, value in at.letters[2].headers]
    at.letters[2] = replace(at.letters[2], headers=headers)
    await at.source.send(*at.letters)


async def leave_one_out(at: Playing) -> None:
    del at.letters[2]
    await at.source.send(*at.letters)


async def leave_out_the_tail(at: Playing) -> None:
    """Only the head fact tells that there was more."""
    del at.letters[4:6]
    await at.source.send(*at.letters)


async def insert_what_nobody_signed(at: Playing) -> None:
    await at.source.send(*at.letters)
    at.source.signer = None
    await at.source.tell(withdrawn("forged"))


async def insert_what_a_strangers_key_signed(at: Playing) -> None:
    await at.source.send(*at.letters)
    at.source.signer = Signer(at.source.source, b"x" * 32)
    await at.source.tell(withdrawn("forged"))


async def insert_before_the_true_one(at: Playing) -> None:
    """It takes the place of the third in Kafka, but not in the log."""
    forged = replace(at.letters[2], headers=[*at.letters[2].headers[:-1], (HEADER, b"nonsense")])
    await at.source.send(*at.letters[:2], forged, *at.letters[2:])


async def swap(at: Playing) -> None:
    await at.source.send(*at.letters[:2], at.letters[3], at.letters[2], *at.letters[4:])


async def send_twice(at: Playing) -> None:
    """As after an older copy of the topic was restored, and the source had sent again what came since."""
    await at.source.send(*at.letters, *at.letters)


async def delete_before_it_is_read(at: Playing) -> None:
    """All records of the partition that the fourth fact is in, while audit does not run."""
    application = at.published.world.apps["audit"]
    old: Runtime = application.state.runtime
    await old.stop()
    await at.source.send(*at.letters[:4])
    place = TopicPartition("cases", at.letters[3].partition)
    admin = AIOKafkaAdminClient(bootstrap_servers=at.published.world.servers.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()
    await at.source.send(*at.letters[4:])
    application.state.runtime = Runtime(old.service, old.settings)
    await application.state.runtime.start()


async def tell_another_story(at: Playing) -> None:
    """Its own key signs another fact at a position that was told already."""
    await at.source.send(*at.letters)
    letter = at.letters[2]
    value = letter.value.replace(b"played", b"Played")
    [signature] = at.source.signer.sign([(letter.headers[:-1], value)])  # type: ignore[union-attr]
    headers = [*letter.headers[:-1], (HEADER, signature.encode())]
    await at.source.send(replace(letter, headers=headers, value=value))


def but(*missing: int) -> tuple[int, ...]:
    return tuple(position for position in ALL if position not in missing)


# The alarms by kind, first and last position; then the positions that the log has.
DEEDS = (
    Deed(ALTERED, "a value", alter_the_value, [[("signature", 3, 3), ("gap", 3, 3)], but(3)]),
    Deed(ALTERED, "a header", alter_a_header, [[("signature", 3, 3), ("gap", 3, 3)], but(3)]),
    Deed(REMOVED, "one", leave_one_out, [[("gap", 3, 3)], but(3)]),
    Deed(REMOVED, "the last", leave_out_the_tail, [[("gap", 5, 6)], but(5, 6)]),
    Deed(INSERTED, "unsigned", insert_what_nobody_signed, [[("signature", 8, 8)], ALL]),
    Deed(INSERTED, "signed by a stranger", insert_what_a_strangers_key_signed, [[("signature", 8, 8)], ALL]),
    Deed(INSERTED, "before the true one", insert_before_the_true_one, [[("signature", 3, 3)], ALL]),
    Deed(SWAPPED, "two", swap, [[], ALL]),
    Deed(TRUNCATED, "before it is read", delete_before_it_is_read, [[("gap", 4, 4)], but(4)]),
    Deed(ROLLED_BACK, "all comes twice", send_twice, [[], ALL]),
    Deed(FORKED, "by its own key", tell_another_story, [[("conflict", 3, 3)], ALL]),
)


def withdrawn(case_id: str) -> CaseWithdrawn:
    return CaseWithdrawn(at=minutes(0), by="somebody", case_id=case_id)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    played = [f"deed{n}" for n in range(len(DEEDS))]
    async with publishing(tmp_path_factory.mktemp("witness"), played=played) as published:
        yield published


@pytest.mark.parametrize("number", range(len(DEEDS)), ids=[str(deed) for deed in DEEDS])
async def test_it_is_found_and_the_alarm_says_where(log: Published, number: int) -> None:
    deed, name = DEEDS[number], f"deed{number}"
    async with telling(log.world.servers.bootstrap, name, Signer(source_of(name), signing_seed(name))) as source:
        letters = [source.write(withdrawn(f"played-{name}-{n}")) for n in range(6)]
        at = Playing(log, source, [*letters, source.head(minutes(0))])
        await deed.do(at)
        wanted, positions = deed.said
        seen: list[Any] = []

        async def so() -> bool:
            seen[:] = [await alarms(log, source.source), await appended(log, source.source)]
            return seen == [sorted(wanted), list(positions)]

        await log.world.until(so, 20, f"alarms and positions are {wanted} {positions}, not {seen}")
        await source.send(*letters)  # the source sends all of it again
        await log.world.until(lambda: complete(log, source), 20, "what was missing has come, and its alarm is over")


async def alarms(log: Published, source: str) -> list[tuple[str, int, int]]:
    """Those that are open, but of silence: these sources do not go on."""
    async with log.world.client("audit", "audit.yan") as auditor:
        items = (await auditor.get("/v1/alarms", params={"open": True, "limit": 200})).json()["items"]
    found = [(each["kind"], each["first"], each["last"]) for each in items if each["source"] == source]
    return sorted(each for each in found if each[0] != "silence")


async def appended(log: Published, source: str) -> Sequence[int]:
    rows = await log.world.fetch("audit", "SELECT position FROM entries WHERE source = $1 ORDER BY position", source)
    return [row["position"] for row in rows]


async def complete(log: Published, source: Telling) -> bool:
    """Each fact once, as its source signed it; a forgery, or another story, stays on record for good."""
    rows = await log.world.fetch(
        "audit", "SELECT value FROM entries WHERE source = $1 ORDER BY position", source.source
    )
    kinds = {kind for kind, *_ in await alarms(log, source.source)}
    return [row["value"] for row in rows] == source.data[:7] and "gap" not in kinds


def test_every_kind_is_tried() -> None:
    assert {deed.kind for deed in DEEDS} == set(KINDS)


async def test_what_was_refused_is_kept_as_evidence(log: Published) -> None:
    rows = await log.world.fetch("audit", "SELECT source, position FROM conflicts ORDER BY source, position")
    kept = {(row["source"], row["position"]) for row in rows}
    expected = {
        (source_of(f"deed{number}"), first)
        for number, deed in enumerate(DEEDS)
        for kind, first, _ in deed.said[0]
        if kind != "gap"
    }
    assert kept == expected


async def test_every_fact_that_a_service_seals_is_signed(log: Published) -> None:
    await log.grown("signed-facts")
    rows = await log.world.fetch("audit", "SELECT headers FROM entries")
    assert all(unpack_headers(row["headers"])[-1][0] == HEADER for row in rows)


async def test_topics_made_anew_are_filled_again_by_their_sources(log: Published) -> None:
    """All of Kafka is lost: each service sends again what it has in its own log, the same to the byte."""
    world = log.world
    before = await log.grown(*[f"recreated-{n % 7}" for n in range(40)])
    conflicts = await world.fetch("audit", "SELECT count(*) FROM conflicts")
    await world.servers.fresh_topics()
    for name in ("toy", "echo", "audit"):
        relay = world.runtime(name).relay
        await relay.resend_after(0)
    after = await log.grown(*[f"recreated-{n % 7}" for n in range(40)])
    assert after.size > before.size
    for name in ("toy", "echo", "audit"):
        [told] = await world.fetch(name, "SELECT max(position) AS last FROM log")
        assert await appended(log, source_of(name)) == list(range(1, told["last"] + 1)), name
    assert await world.fetch("audit", "SELECT count(*) FROM conflicts") == conflicts
