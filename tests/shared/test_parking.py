"""Poison: what cannot be handled stops its own case, what cannot even be read stops nothing."""

import asyncio
import secrets
from dataclasses import replace
from typing import Any

import pytest

from shared.facts.envelope import lane_of
from shared.listen import consumer
from shared.listen.parking import unpack_headers
from shared.listen.reactions import Heard
from tests.kit.appointing import Person, appoint
from tests.kit.toys.echo import reactions
from tests.kit.voice import Letter, another_lane, same_lane
from tests.shared.conftest import Echo

ADMIN = "admin.ran"


@pytest.fixture(scope="module", autouse=True)
async def _an_administrator(echo: Echo) -> None:
    from tests.kit import reference

    async with echo.world.admin("echo") as admin:
        await reference.put(admin, "echo")
    runtime = echo.world.runtime("echo")
    await runtime.reference.load(runtime.database)


def bug(counter: str) -> None:
    def raises(heard: Heard) -> None:
        if heard.fact.counter_id == counter:
            raise LookupError("a bug with 张三 in it")

    reactions.FAULTS[counter] = raises


def mended(counter: str) -> None:
    del reactions.FAULTS[counter]


async def retry(echo: Echo, key: str) -> Any:
    async with echo.world.client("echo", ADMIN) as client:
        return await client.post(f"/v1/parked/{key}/retry")


async def quarantined(echo: Echo) -> int:
    return (await echo.world.fetch("echo", "SELECT count(*) FROM quarantine"))[0]["count"]


def changed(letter: Letter, **fields: Any) -> Letter:
    return replace(letter, **fields)


UNREADABLE_DATA = {
    "no JSON": b"{'not json",
    "a list": b"[1, 2, 3]",
    "nothing": b"",
    "no body": None,
    "a number": b"17",
    "not UTF-8": b"\xff\xfe\x00",
    "a missing field": b'{"counter_id": "x"}',
    "a wrong type": b'{"counter_id": "x", "amount": "many", "total": 0}',
    "deeply nested": b'{"counter_id":' + b"[" * 100_000,
    "a megabyte": b'{"counter_id": "' + b"x" * 1_000_000 + b'"}',
}


@pytest.mark.parametrize("what", UNREADABLE_DATA)
async def test_a_fact_whose_data_cannot_be_read_parks_its_case_only(echo: Echo, what: str) -> None:
    case = f"data/{what}"
    neighbour = same_lane(case)[0]
    await echo.voice.tell(case, 1)
    poison = changed(echo.voice.added(case, 2), value=UNREADABLE_DATA[what])
    await echo.voice.send(poison)
    await echo.voice.tell(case, 3)
    await echo.voice.tell(neighbour, 4)
    await echo.until_heard(neighbour, 4)
    rows = await echo.until_parked(case, "failed", "behind")
    assert await echo.heard(case) == [1]
    assert rows[0]["problem"].startswith("NotUnderstood")
    assert rows[0]["value"] == (poison.value or b"")


async def test_a_version_from_the_future_parks_its_case(echo: Echo) -> None:
    await echo.voice.send(echo.voice.added("v99").with_header("ce_type", b"lianzhi.toy.added.v99"))
    rows = await echo.until_parked("v99", "failed")
    assert "newer than this service" in rows[0]["problem"]


async def test_a_version_from_the_future_of_a_kind_that_concerns_nobody_here_is_passed_over(echo: Echo) -> None:
    await echo.voice.send(echo.voice.added("closed99").with_header("ce_type", b"lianzhi.toy.closed.v99"))
    await echo.voice.tell("closed99", 1)
    await echo.until_heard("closed99", 1)


UNREADABLE_ENVELOPES: dict[str, tuple[str, bytes | None]] = {
    "no case": ("ce_partitionkey", None),
    "no id": ("ce_id", None),
    "no sequence": ("ce_lanesequence", None),
    "no source": ("ce_source", None),
    "another CloudEvents": ("ce_specversion", b"0.3"),
    "a sequence that is no number": ("ce_lanesequence", b"many"),
    "a sequence beyond all numbers": ("ce_lanesequence", b"9" * 40),
    "a negative position": ("ce_sequence", b"-4"),
    "a version beyond its column": ("ce_aggregateversion", b"3000000000"),
    "another case's lane": ("ce_lane", b"300"),
    "a NUL in the case": ("ce_partitionkey", b"a\x00b"),
    "a NUL in the type": ("ce_type", b"lianzhi.toy\x00.added.v2"),
    "a source that is not UTF-8": ("ce_source", b"\xff\xff"),
    "no time": ("ce_time", b"yesterday"),
    "a time without a zone": ("ce_time", b"2021-05-06T08:00:00"),
}


@pytest.mark.parametrize("what", UNREADABLE_ENVELOPES)
async def test_a_record_whose_envelope_cannot_be_read_goes_to_quarantine(echo: Echo, what: str) -> None:
    case, before = f"envelope/{what}", await quarantined(echo)
    name, value = UNREADABLE_ENVELOPES[what]
    fact = echo.voice.added(case, 1)
    [offset] = await echo.voice.send(fact.with_header(name, value))
    await echo.voice.send(fact)  # what the owner really said
    await echo.until_heard(case, 1)
    rows = await echo.world.fetch(
        "echo", 'SELECT * FROM quarantine WHERE partition = $1 AND "offset" = $2', fact.partition, offset
    )
    assert [row["value"] for row in rows] == [fact.value]
    assert dict(unpack_headers(rows[0]["headers"])) == dict(fact.with_header(name, value).headers)
    assert await quarantined(echo) == before + 1
    await echo.until_parked(case)


async def test_a_record_without_key_and_headers_goes_to_quarantine(echo: Echo) -> None:
    before = await quarantined(echo)
    await echo.voice.send(Letter("cases", 3, None, b"\x00\x01garbage", []), Letter("cases", 3, None, b"", []))

    async def both() -> bool:
        return await quarantined(echo) == before + 2

    await echo.world.until(both)
    async with echo.world.client("echo", ADMIN) as client:
        told = (await client.get("/v1/quarantine?limit=500")).json()["items"]
    assert "value" not in told[-1]
    assert told[-1]["topic"] == "cases"


async def test_after_a_quarantined_record_a_restart_goes_on_from_there(echo: Echo) -> None:
    letter = echo.voice.added("last~quarantined", 1)
    await echo.voice.send(letter.with_header("ce_id", None))
    await echo.until_read()
    listener = echo.world.runtime("echo").listener
    await listener.stop()
    listener.start()
    await echo.voice.send(letter)
    await echo.until_heard("last~quarantined", 1)


async def test_a_bug_in_a_reaction_parks_its_case_and_retrying_empties_it_in_order(echo: Echo) -> None:
    bug("mend")
    await echo.voice.tell("mend", 1, 2, 3)
    rows = await echo.until_parked("mend", "failed", "failed", "failed")
    assert rows[0]["problem"] == "LookupError"  # the kind only: its text may name somebody
    again = await retry(echo, "mend")
    assert again.json() == {"handled": 0, "stopped_by": "LookupError"}
    mended("mend")
    assert (await retry(echo, "mend")).json() == {"handled": 3, "stopped_by": None}
    await echo.voice.tell("mend", 4)
    await echo.until_heard("mend", 1, 2, 3, 4)
    assert (await retry(echo, "mend")).status_code == 404


async def test_a_constraint_broken_by_one_fact_of_a_batch_parks_that_case_only(echo: Echo) -> None:
    others = [f"constraint{n}" for n in range(40)]
    letters = [echo.voice.added(other, 1) for other in others]
    letters[20:20] = [echo.voice.added("beast", 1), echo.voice.added("beast", 666), echo.voice.added("beast", 2)]
    await echo.voice.send(*letters)
    for other in others:
        await echo.until_heard(other, 1)
    await echo.until_parked("beast", "failed", "behind")
    assert await echo.heard("beast") == [1]


async def test_a_value_that_no_column_takes_parks_its_case_only(echo: Echo) -> None:
    await echo.voice.tell("huge", 10**30)
    await echo.voice.tell(another_lane("huge"), 1)
    await echo.until_parked("huge", "failed")
    await echo.until_heard(another_lane("huge"), 1)


async def test_an_unreadable_record_in_a_batch_that_the_database_refuses_is_kept(echo: Echo) -> None:
    before = await quarantined(echo)
    letters = [echo.voice.added("mix", 1), echo.voice.added("mix", 666), echo.voice.added("mix", 2)]
    garbage = Letter("cases", letters[0].partition, b"k", b"garbage", [])
    await echo.voice.send(letters[0], garbage, letters[1], garbage, letters[2], garbage)
    await echo.until_parked("mix", "failed", "behind")

    async def three() -> bool:
        return await quarantined(echo) == before + 3

    await echo.world.until(three)
    assert await echo.heard("mix") == [1]


async def test_a_skipped_fact_is_on_record_and_the_next_follows(echo: Echo) -> None:
    bug("skip")
    await echo.voice.tell("skip", 1, 2)
    first, second = await echo.until_parked("skip", "failed", "failed")
    async with echo.world.client("echo", ADMIN) as client:
        early = await client.post(f"/v1/parked/{second['id']}/skip")
        assert (early.status_code, early.json()["code"], early.json()["first"]) == (409, "not-the-first", first["id"])
        assert (await client.post(f"/v1/parked/{first['id']}/skip")).status_code == 204
        assert (await client.post(f"/v1/parked/{first['id']}/skip")).status_code == 404
    mended("skip")
    assert (await retry(echo, "skip")).json()["handled"] == 1
    await echo.until_heard("skip", 2)
    log = await echo.world.until(
        lambda: echo.world.fetch("echo", "SELECT * FROM log WHERE type = 'lianzhi.echo.fact-skipped.v1'")
    )
    assert f'"position":{first["position"]}'.encode() in log[0]["data"]
    assert ADMIN in log[0]["attributes"]


async def test_what_waited_behind_a_hole_keeps_its_place_behind_the_fact_that_failed(echo: Echo) -> None:
    one, two, three = (echo.voice.added("place", amount) for amount in (1, 2, 3))
    await echo.voice.send(two, three)
    await echo.until_parked("place", "hole", "hole")
    bug("place")
    await echo.voice.send(one)
    await echo.until_parked("place", "failed", "failed", "failed")
    mended("place")
    assert (await retry(echo, "place")).json() == {"handled": 3, "stopped_by": None}
    await echo.until_heard("place", 1, 2, 3)


@pytest.mark.parametrize("name", ["ce_partitionkey", "ce_source", "ce_aggregateid", "ce_type"])
async def test_a_name_that_no_index_takes_goes_to_quarantine_and_stops_nobody(echo: Echo, name: str) -> None:
    before = await quarantined(echo)
    long = secrets.token_hex(6000)
    bad = echo.voice.added("long", 1).with_header(name, long.encode())
    if name == "ce_partitionkey":
        bad = bad.with_header("ce_lane", b"%d" % lane_of(long))
    await echo.voice.send(replace(bad, value=b"{bad"))
    other = f"long{name}"
    for _ in range(12):
        other = another_lane(other, same_partition=False)
        await echo.voice.tell(other, 1)
        await echo.until_heard(other, 1)
    assert await quarantined(echo) == before + 1


async def test_what_waits_behind_a_hole_cannot_be_skipped(echo: Echo) -> None:
    missing = echo.voice.added("hole~skip", 1)
    await echo.voice.tell("hole~skip", 2)
    [row] = await echo.until_parked("hole~skip", "hole")
    async with echo.world.client("echo", ADMIN) as client:
        assert (await client.post(f"/v1/parked/{row['id']}/skip")).status_code == 404
        assert (await client.post("/v1/parked/hole~skip/retry")).status_code == 404
    await echo.voice.send(missing)
    await echo.until_heard("hole~skip", 1, 2)


async def test_retrying_at_once_and_while_more_comes_keeps_the_order(echo: Echo) -> None:
    bug("busy")
    await echo.voice.tell("busy", *range(20))
    await echo.until_parked("busy", *["failed"] * 20)
    mended("busy")
    told = asyncio.create_task(echo.voice.tell("busy", *range(20, 60)))
    answers = await asyncio.gather(*(retry(echo, "busy") for _ in range(4)))
    await told
    assert {answer.status_code for answer in answers} <= {200, 404}

    async def emptied() -> bool:
        if await echo.parked("busy"):
            await retry(echo, "busy")
        return len(await echo.heard("busy")) == 60

    await echo.world.until(emptied, 20)
    assert await echo.heard("busy") == list(range(60))


async def test_what_waits_is_shown_without_its_data(echo: Echo) -> None:
    bug("show")
    await echo.voice.tell("show", 1)
    await echo.until_parked("show", "failed")
    async with echo.world.client("echo", "audit.yan") as client:
        [row] = (await client.get("/v1/parked?key=show")).json()["items"]
        assert row["type"] == "lianzhi.toy.added.v2"
        assert not {"value", "headers"} & row.keys()
        assert (await client.post("/v1/parked/show/retry")).status_code == 403
    async with echo.world.client("echo") as client:
        assert (await client.get("/v1/parked")).status_code == 401


async def test_a_known_fact_sent_again_never_waits(echo: Echo) -> None:
    letters = await echo.voice.tell("again", 1)
    await echo.until_heard("again", 1)
    bug("again")
    await echo.voice.tell("again", 2)
    await echo.until_parked("again", "failed")
    await echo.voice.send(letters[0], letters[0])
    await echo.until_read()
    mended("again")
    assert (await retry(echo, "again")).json()["handled"] == 1
    await echo.until_heard("again", 1, 2)


async def test_an_administrator_of_one_grid_operates_nothing_for_the_whole_district(echo: Echo) -> None:
    grid = {"department": "governance_center", "area": "50010400200301"}
    await appoint(
        echo.world,
        *(Person(f"grid.{role}", role, **grid) for role in ("administrator", "auditor", "supervisor")),
    )
    for who, language, said in (
        ("grid.administrator", "en", "whole district"),
        ("grid.administrator", "zh", "涉及全区"),
    ):
        async with echo.world.client("echo", who, language) as client:
            for path in ("/v1/relay/resend?after=0", "/v1/parked/1/skip", "/v1/parked/somebody/retry"):
                refused = await client.post(path)
                assert (refused.status_code, refused.json()["code"]) == (403, "whole-district-only")
                assert said in refused.json()["title"]
    for who in ("grid.administrator", "grid.auditor", "grid.supervisor"):
        async with echo.world.client("echo", who) as client:
            for path in ("/v1/parked", "/v1/quarantine"):
                assert (await client.get(path)).status_code == 403
    async with echo.world.client("echo", ADMIN) as client:
        assert (await client.get("/v1/parked")).status_code == 200
        assert (await client.post("/v1/relay/resend?after=0")).status_code == 202


async def test_when_too_many_facts_wait_nothing_is_read_on_until_some_are_handled(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug("many")
    await echo.voice.tell("many", 1, 2)
    await echo.until_parked("many", "failed", "failed")
    await echo.until_read()
    waiting = (await echo.world.fetch("echo", "SELECT count(*) FROM parked"))[0]["count"]
    monkeypatch.setattr(consumer, "MOST_PARKED", waiting)
    monkeypatch.setattr(consumer, "_PARKED", 0.0)
    echo.world.runtime("echo").listener._parked_at = 0.0
    listener = echo.world.runtime("echo").listener
    await echo.world.until(lambda: listener.failing_since, 10, "the listener says that it stands still")
    mended("many")
    await echo.voice.tell("another", 1)
    assert (await retry(echo, "many")).json()["handled"] == 2
    await echo.until_heard("another", 1)
    assert listener.failing_since is None
