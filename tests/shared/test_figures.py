"""Readiness and metrics: what operators are told, above all while something is wrong."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from shared.listen.reactions import Heard
from shared.record.database import Unreachable
from shared.web import operations
from shared.world.world import made_at, new_id
from tests.kit.toys.echo import reactions
from tests.kit.voice import Letter, another_lane
from tests.kit.world import World
from tests.shared.conftest import Echo


async def figures(world: World, service: str) -> dict[str, float]:
    """By name, without labels."""
    async with world.client(service) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@asynccontextmanager
async def away() -> AsyncIterator[Any]:
    raise Unreachable("no connection to the database")
    yield


@asynccontextmanager
async def hanging() -> AsyncIterator[Any]:
    await asyncio.Event().wait()
    yield


async def misses_a_table(connection: asyncpg.Connection) -> str | None:
    found: str | None = await connection.fetchval("SELECT nothing FROM not_yet")
    return found


async def test_metrics_failed_while_the_database_was_away(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(heard: Heard) -> None:
        if heard.fact.counter_id == "known":
            raise LookupError

    reactions.FAULTS["known"] = raises
    await echo.voice.tell("known", 1, 2)
    await echo.until_parked("known", "failed", "failed")
    before = await figures(echo.world, "echo")
    assert (before["database_reachable"], before["listen_parked_facts"]) == (1, 2)
    for gone in (away, hanging):
        with monkeypatch.context() as patch:
            patch.setattr(echo.world.runtime("echo").database, "plain", gone)
            patch.setattr("shared.web.figures._PATIENCE", 0.05)
            during = await figures(echo.world, "echo")
        assert during["database_reachable"] == 0
        assert during["database_figures_seconds"] > 0
        assert during["listen_parked_facts"] == 2, "what is known is shown"
        assert 'http_request_seconds_count{method="GET",route="/metrics",status="200"}' in during
    assert (await figures(echo.world, "echo"))["database_reachable"] == 1


async def test_metrics_tell_what_waits_and_for_how_long(echo: Echo) -> None:
    before = await figures(echo.world, "echo")
    missing = [echo.voice.added(key, 1) for key in ("hole", another_lane("hole"))]
    await echo.voice.tell("hole", 2, 3)
    await echo.voice.tell(another_lane("hole"), 2)
    await echo.voice.send(Letter("cases", 1, b"k", b"garbage", []))
    await echo.until_parked("hole", "hole", "hole")
    await echo.until_parked(another_lane("hole"), "hole")
    await echo.until_read()
    async with echo.world.admin("echo") as admin:
        await admin.execute("UPDATE parked SET parked_at = now() - interval '1 hour'")
    during = await figures(echo.world, "echo")
    assert during["listen_holes"] - before["listen_holes"] == 2
    assert during["listen_parked_facts"] - before["listen_parked_facts"] == 3
    assert during["listen_quarantined_records"] - before["listen_quarantined_records"] == 1
    assert 3600 <= during["listen_parked_seconds"] < 3700
    assert any(name.startswith('listen_lag_records{partition="1",topic="cases"}') for name in during)
    await echo.voice.send(*missing)
    await echo.until_heard("hole", 1, 2, 3)
    await echo.until_heard(another_lane("hole"), 1, 2)
    assert (await figures(echo.world, "echo"))["listen_holes"] == before["listen_holes"]


async def nothing_pending(echo: Echo) -> None:
    async def so() -> bool:
        return not await echo.world.fetch("echo", "SELECT 1 FROM pending")

    await echo.world.until(so)


@asynccontextmanager
async def one_pending(echo: Echo, counter: str, id: str) -> AsyncIterator[None]:
    """A fact of that identifier that nobody seals."""
    relay = echo.world.runtime("echo").relay
    await nothing_pending(echo)
    await relay.stop()
    try:
        await echo.voice.tell(counter, 1)
        await echo.until_heard(counter, 1)
        async with echo.world.admin("echo") as admin:
            changed = "jsonb_set(attributes::jsonb, '{id}', to_jsonb($1::text))::text"
            await admin.execute(f"UPDATE pending SET attributes = {changed}", id)
        yield
    finally:
        relay.start()
        await nothing_pending(echo)


async def test_metrics_tell_what_is_not_sealed_and_who_leads(echo: Echo) -> None:
    hour_ago = f"{int((time.time() - 3600) * 1000):012x}"
    async with one_pending(echo, "late", f"{hour_ago[:8]}-{hour_ago[8:]}-7000-8000-000000000000"):
        late = await figures(echo.world, "echo")
        assert late["relay_pending_facts"] == 1
        assert 3600 <= late["relay_pending_seconds"] < 3700
    calm = await figures(echo.world, "echo")
    assert calm["relay_pending_seconds"] < 60, "a head fact of just now may be there"
    assert calm["relay_leading"] == 1
    assert calm["relay_sealed_position"] >= late["relay_sealed_position"]


async def test_an_identifier_that_is_none_of_ours_blinds_nobody(echo: Echo) -> None:
    async with one_pending(echo, "foreign", "x"):
        assert (await figures(echo.world, "echo"))["relay_pending_facts"] == 1


def test_an_identifier_tells_when_it_was_made() -> None:
    assert abs(made_at(new_id()) - time.time()) < 1
    assert made_at("no identifier") == 0


@pytest.mark.parametrize("who", ["relay", "listener"])
async def test_a_loop_of_failures_was_ready_as_if_nothing_was(
    echo: Echo, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with echo.world.client("echo") as client:
        assert (await client.get("/readyz")).json()["degraded"] == {}
        worker = getattr(echo.world.runtime("echo"), who)
        monkeypatch.setattr(worker, "failing_since", time.monotonic() - operations.FAILING / 2, raising=False)
        assert (await client.get("/readyz")).json()["degraded"] == {}, "not for a hiccup"
        monkeypatch.setattr(worker, "failing_since", time.monotonic() - 60)
        answer = await client.get("/readyz")
    assert answer.status_code == 200, "what is recorded is safe, so requests are taken"
    assert answer.json()["degraded"] == {who: "failing for 60 s"}
    assert answer.json()["listening"] is (who == "relay")
    name = {"relay": "relay_failing_seconds", "listener": "listen_failing_seconds"}[who]
    assert 60 <= (await figures(echo.world, "echo"))[name] < 90


async def test_readiness_says_what_is_wrong_with_the_database(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    async with echo.world.client("echo") as client:
        with monkeypatch.context() as patch:
            patch.setattr(echo.world.runtime("echo").database, "plain", away)
            answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert answer.json()["database"] == "unreachable: Unreachable: no connection to the database"
        with monkeypatch.context() as patch:
            patch.setattr(operations, "bypass", misses_a_table)
            answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["database"].startswith("does not fit: UndefinedTableError 42P01: ")
        async with echo.world.admin("echo") as admin:
            await admin.execute("REVOKE USAGE ON SCHEMA echo FROM lianzhi_echo")
            try:
                assert (await client.get("/readyz")).status_code == 503
            finally:
                await admin.execute("GRANT USAGE ON SCHEMA echo TO lianzhi_echo")
        assert (await client.get("/readyz")).status_code == 200
