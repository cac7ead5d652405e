"""Hearing: each fact's effect once and in order, whatever Kafka delivers and whoever else listens."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from deploy.migrate import runtime_url
from shared.facts.envelope import lane_of
from shared.listen.consumer import Listener
from shared.record import rows
from shared.web.runtime import Runtime
from shared.web.settings import Settings
from tests.kit.toy import load_toy
from tests.kit.voice import NOW, Letter, Voice, another_lane, same_lane
from tests.kit.world import the_issuer
from tests.shared.conftest import Echo


async def restart(echo: Echo) -> Listener:
    listener = echo.world.runtime("echo").listener
    await listener.stop()
    listener.joined = False
    listener.readings.clear()
    listener.start()
    await echo.world.until(lambda: listener.joined, 20, "listening again")
    return listener


async def test_facts_have_their_effects_in_order(echo: Echo) -> None:
    await echo.voice.tell("order", 1, 2, 3, 4, 5)
    await echo.until_heard("order", 1, 2, 3, 4, 5)


async def test_a_fact_delivered_twice_has_one_effect(echo: Echo) -> None:
    letters = await echo.voice.tell("twice", 1, 2)
    await echo.voice.send(*letters, letters[0], letters[1], letters[0])
    await echo.voice.tell("twice", 3)
    await echo.until_heard("twice", 1, 2, 3)


async def test_facts_in_the_wrong_order_take_effect_in_the_right_one(echo: Echo) -> None:
    one, two, three = (echo.voice.added("wrong", amount) for amount in (1, 2, 3))
    await echo.voice.send(two)
    await echo.until_parked("wrong", "hole")
    await echo.voice.send(three, one)
    await echo.until_heard("wrong", 1, 2, 3)
    await echo.until_parked("wrong")


async def test_a_missing_fact_stops_its_lane_and_no_other(echo: Echo) -> None:
    neighbour, other = same_lane("hole")[0], another_lane("hole")
    missing = echo.voice.added("hole", 1)
    await echo.voice.tell("hole", 2)
    await echo.voice.tell(neighbour, 7)
    await echo.voice.tell(other, 8)
    await echo.until_heard(other, 8)
    await echo.until_parked(neighbour, "hole")
    assert await echo.heard("hole") == await echo.heard(neighbour) == []
    await echo.voice.send(missing)
    await echo.until_heard("hole", 1, 2)
    await echo.until_heard(neighbour, 7)
    await echo.voice.tell("hole", 3)
    await echo.until_heard("hole", 1, 2, 3)


async def test_two_holes_in_a_lane_heal_one_after_the_other(echo: Echo) -> None:
    letters = [echo.voice.added("holes", amount) for amount in range(1, 7)]
    await echo.voice.send(*(letters[n] for n in (0, 2, 3, 5)))
    await echo.until_parked("holes", "hole", "hole", "hole")
    await echo.voice.send(letters[1])
    await echo.until_heard("holes", 1, 2, 3, 4)
    await echo.until_parked("holes", "hole")
    await echo.voice.send(letters[4])
    await echo.until_heard("holes", 1, 2, 3, 4, 5, 6)


async def test_a_resent_lane_heals_though_the_waiting_facts_come_again(echo: Echo) -> None:
    letters = [echo.voice.added("resend", amount) for amount in range(1, 6)]
    await echo.voice.send(*letters[1:])
    await echo.until_parked("resend", *["hole"] * 4)
    await echo.voice.send(*letters)
    await echo.until_heard("resend", 1, 2, 3, 4, 5)
    await echo.until_parked("resend")


async def test_a_fact_behind_a_hole_that_the_database_refuses_waits_for_its_own_case_only(echo: Echo) -> None:
    neighbour = same_lane("bad~hole")[0]
    missing = echo.voice.added("bad~hole", 1)
    await echo.voice.tell("bad~hole", 666, 3)
    await echo.voice.tell(neighbour, 5)
    await echo.until_parked("bad~hole", "hole", "hole")
    await echo.voice.send(missing)
    await echo.until_parked("bad~hole", "failed", "behind")
    await echo.until_heard(neighbour, 5)
    assert await echo.heard("bad~hole") == [1]


async def test_a_hole_that_was_filled_just_before_a_crash_heals_after_it(echo: Echo) -> None:
    """The missing fact has its effect; what waited for it cannot be touched before the consumer begins again."""
    letters = [echo.voice.added("crash", amount) for amount in (1, 2, 3)]
    await echo.voice.send(letters[1], letters[2])
    await echo.until_parked("crash", "hole", "hole")
    async with echo.world.admin("echo") as admin, withheld(admin, "UPDATE ON parked"):
        with capture_logs() as logs:
            await echo.voice.send(letters[0])
            await echo.until_heard("crash", 1)
            await echo.world.until(lambda: said(logs, "nothing is read on", "denied for table parked"))
        await echo.world.runtime("echo").listener.stop()
    await restart(echo)
    await echo.until_heard("crash", 1, 2, 3)


@asynccontextmanager
async def withheld(admin: asyncpg.Connection, right: str) -> AsyncIterator[None]:
    """echo's role is without it meanwhile."""
    await admin.execute(f"REVOKE {right} FROM lianzhi_echo")
    try:
        yield
    finally:
        await admin.execute(f"GRANT {right} TO lianzhi_echo")


def said(logs: Sequence[Mapping[str, Any]], event: str, error: str) -> bool:
    return any(event in line["event"] and error in line.get("error", "") for line in logs)


async def test_a_consumer_whose_offset_was_moved_by_another_lets_go_and_reads_again(echo: Echo) -> None:
    letters = await echo.voice.tell("fence", 1)
    await echo.until_heard("fence", 1)
    await echo.until_read()
    async with echo.world.admin("echo") as admin:
        await admin.execute(
            "UPDATE offsets SET next = 0, source = NULL, position = NULL WHERE topic = 'cases' AND partition = $1",
            letters[0].partition,
        )
    await echo.voice.tell("fence", 2, 3)
    await echo.until_heard("fence", 1, 2, 3)


async def test_an_offset_beyond_the_end_is_noticed(echo: Echo) -> None:
    letters = await echo.voice.tell("beyond", 1)
    await echo.until_heard("beyond", 1)
    await echo.until_read()
    await echo.world.runtime("echo").listener.stop()
    async with echo.world.admin("echo") as admin:
        await admin.execute(
            "UPDATE offsets SET next = 100000 WHERE topic = 'cases' AND partition = $1", letters[0].partition
        )
    await restart(echo)
    await echo.voice.tell("beyond", 2)
    await echo.until_heard("beyond", 1, 2)


async def test_a_gap_is_looked_for_from_the_beginning_before_its_lane_waits(echo: Echo) -> None:
    """The consumer stands behind a record that it never handled, as if the log had been replaced under it and grown."""
    await echo.voice.tell("replaced", 1)
    await echo.until_heard("replaced", 1)
    await echo.until_read()
    await echo.world.runtime("echo").listener.stop()
    unseen, after = echo.voice.added("replaced", 2), echo.voice.added("replaced", 3)
    [offset] = await echo.voice.send(unseen)
    async with echo.world.admin("echo") as admin:
        await admin.execute(
            "UPDATE offsets SET next = $2, source = $3, position = $4 WHERE topic = 'cases' AND partition = $1",
            unseen.partition,
            offset + 1,
            echo.voice.source,
            unseen.position,
        )
    await restart(echo)
    await echo.voice.send(after)
    await echo.until_heard("replaced", 1, 2, 3)
    await echo.until_parked("replaced")


async def test_a_stored_offset_that_cannot_be_read_stops_the_consumer(echo: Echo) -> None:
    listener = echo.world.runtime("echo").listener
    await listener.stop()
    async with echo.world.admin("echo") as admin, withheld(admin, "SELECT ON offsets"):
        handled = listener.handled
        with capture_logs() as logs:
            listener.start()
            await echo.voice.tell("unreadable", 1, 2)
            await echo.world.until(lambda: said(logs, "listening interrupted", "denied for table offsets"), 20)
        assert (listener.handled, await echo.heard("unreadable")) == (handled, [])
    await echo.until_heard("unreadable", 1, 2)


async def test_a_lost_database_pauses_and_parks_nothing(echo: Echo) -> None:
    async with echo.world.admin("echo") as admin:
        for amount in range(1, 30):
            await echo.voice.tell("paused", amount)
            if amount % 5 == 0:
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lianzhi_echo'"
                )
    await echo.until_heard("paused", *range(1, 30))
    await echo.until_parked("paused")


async def test_two_consumers_of_a_service_share_the_work_and_nothing_happens_twice(echo: Echo) -> None:
    settings = Settings(
        database_url=runtime_url(echo.world.admin_url, "echo", echo.world.servers.secrets),
        kafka_bootstrap=echo.world.servers.bootstrap,
        oidc_issuer=the_issuer().url,
        master_key=echo.world.servers.secrets["master"],
        session_timeout=6,
    )
    counters = [f"share{n}" for n in range(16)]
    for turn in range(3):
        second = Runtime(load_toy("echo"), settings)
        await second.start()
        try:
            for counter in counters:
                await echo.voice.tell(counter, turn)
            await echo.world.until(lambda second=second: second.listener.readings, 20, "the second one has work")
            for counter in counters:
                await echo.voice.tell(counter, 10 + turn)
        finally:
            await second.stop()
    wanted = [0, 10, 1, 11, 2, 12]
    for counter in counters:
        await echo.until_heard(counter, *wanted)


async def test_own_facts_are_not_heard(echo: Echo) -> None:
    """echo publishes to the topic that it reads: its facts only advance its marks."""
    await echo.voice.tell("own", 1)
    await echo.until_heard("own", 1)

    async def marked() -> list[dict[str, Any]]:
        return await echo.world.fetch(
            "echo", "SELECT 1 FROM marks WHERE source = '/services/echo' AND lane = $1", lane_of("own")
        )

    await echo.world.until(marked, 10)
    await echo.until_parked("own")


async def test_a_fact_of_an_unknown_kind_only_advances_the_marks(echo: Echo) -> None:
    letter = echo.voice.added("unknown", 1).with_header("ce_type", b"lianzhi.toy.never-heard-of.v1")
    await echo.voice.send(letter)
    await echo.voice.tell("unknown", 2)
    await echo.until_heard("unknown", 2)


async def test_an_older_version_is_lifted(echo: Echo) -> None:
    letter = echo.voice.added("older", 1).with_header("ce_type", b"lianzhi.toy.added.v1")
    old = Letter(letter.topic, letter.partition, letter.key, b'{"counter_id":"older","delta":41}', letter.headers)
    await echo.voice.send(old)
    await echo.until_heard("older", 41)


async def test_effects_carry_the_trail(echo: Echo) -> None:
    letter = echo.voice.added("trail", 1)
    traced = letter.with_header("ce_traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")
    await echo.voice.send(traced)
    await echo.until_heard("trail", 1)
    row = (
        await echo.world.fetch(
            "echo",
            "SELECT attributes::jsonb AS a FROM (SELECT * FROM pending UNION ALL SELECT 0, aggregate, aggregate_id,"
            " version, topic, key, type, attributes, data FROM log) AS f WHERE key = 'trail'",
        )
    )[0]["a"]
    cause = dict(letter.headers)["ce_id"].decode()
    assert f'"causationid": "{cause}"' in row
    assert "a" * 32 in row
    assert '"actor": "service:echo"' in row


async def test_a_batch_is_tried_again_when_another_creates_the_same_aggregate(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, raced = rows.inserting_new, [3]

    def beaten(table: Any, given: Any) -> rows.Statement:
        statement = real(table, given)
        if raced[0]:
            raced[0] -= 1
            return replace(statement, must=len(given) + 1)
        return statement

    monkeypatch.setattr(rows, "inserting_new", beaten)
    await echo.voice.tell("raced", 1, 2)
    await echo.until_heard("raced", 1, 2)
    assert raced == [0]


async def test_a_voice_of_another_service_has_its_own_sequences(echo: Echo) -> None:
    async with Voice(echo.world.servers.bootstrap, "other") as other:
        letter = other.added("voices", 5).with_header("ce_source", b"/services/other")
        await other.send(letter)
        await echo.voice.tell("voices", 6)
        await echo.until_heard("voices", *([5, 6] if await _first(echo) == 5 else [6, 5]))


async def _first(echo: Echo) -> int:
    async def found() -> list[int]:
        heard = await echo.heard("voices")
        return heard if len(heard) == 2 else []

    return (await echo.world.until(found))[0]


async def test_time_of_a_fact_is_the_tellers(echo: Echo) -> None:
    await echo.voice.tell("time", 1)
    await echo.until_heard("time", 1)
    found = await echo.world.fetch(
        "echo",
        "SELECT attributes::jsonb ->> 'time' AS t FROM log WHERE key = 'time' UNION ALL"
        " SELECT attributes::jsonb ->> 'time' FROM pending WHERE key = 'time'",
    )
    assert [row["t"] for row in found] == [NOW.isoformat().replace("+00:00", "Z")]


async def test_a_recreated_topic_that_has_outgrown_what_was_read_is_read_from_its_beginning(echo: Echo) -> None:
    """Where the consumer stood lies another record now, and a fact that it never saw lies before that."""
    letters = await echo.voice.tell("outgrown", 1, 2, 3)
    await echo.until_heard("outgrown", 1, 2, 3)
    await echo.until_read()
    await echo.world.runtime("echo").listener.stop()
    place = ("cases", letters[0].partition)
    [stored] = await echo.world.fetch("echo", "SELECT next FROM offsets WHERE topic = $1 AND partition = $2", *place)
    await echo.world.servers.fresh_topics()
    await echo.voice.send(echo.voice.added("outgrown", 4))
    while (await echo.voice.ends())[place] <= stored["next"]:
        # never the third, which was handled last: it could come to lie just where it lay
        await echo.voice.send(*letters[:2])
    await restart(echo)
    await echo.until_heard("outgrown", 1, 2, 3, 4)
