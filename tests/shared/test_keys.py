"""Idempotency-Keys: whose they are, what the table tells, how long an answer is kept."""

from datetime import timedelta

import httpx
import pytest

from shared.record import idempotency
from shared.record.idempotency import forget_answers
from shared.web.runtime import Runtime
from tests.kit.toy import load_toy
from tests.kit.world import World


async def add(client: httpx.AsyncClient, counter: str, amount: int, **headers: str) -> httpx.Response:
    named = {"Idempotency-Key": "my-first", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await client.post(f"/v1/counters/{counter}/add", json={"amount": amount}, headers=named)


async def test_two_residents_with_the_same_key_are_two_requests(toys: World) -> None:
    async with toys.client("toy") as client:
        one, other = await add(client, "shared", 1), await add(client, "shared", 2)
        again = await add(client, "shared", 1)
    assert [one.json()["total"], other.json()["total"]] == [1, 3]
    assert (again.json(), again.headers["idempotent-replay"]) == (one.json(), "true")


async def test_an_answer_is_repeated_for_the_same_tracking_code_only(toys: World) -> None:
    async with toys.client("toy") as client:
        mine = await add(client, "coded", 1, tracking_code="MINE")
        theirs = await add(client, "coded", 1, tracking_code="THEIRS")
        again = await add(client, "coded", 1, tracking_code="MINE")
    assert [mine.json()["total"], theirs.json()["total"], again.json()["total"]] == [1, 2, 1]


async def test_the_table_shows_neither_answer_nor_key_nor_what_was_asked(toys: World) -> None:
    async with toys.client("toy") as client:
        await add(client, "covered", 41)
    rows = await toys.fetch("toy", "SELECT key, request, answer FROM idempotency")
    assert rows
    assert not any("covered" in row["answer"] or "my-first" in row["key"] for row in rows)
    vault = toys.runtime("toy").vault
    plain = b'request\0POST /v1/counters/covered/add\0{"amount":41}'
    assert vault.fingerprint(plain) in [row["request"] for row in rows], "by the master key alone"


async def aged(world: World, prefix: str, count: int, age: timedelta) -> None:
    async with world.admin("toy") as admin:
        await admin.execute(
            "INSERT INTO idempotency SELECT $1 || n, '', '', now() - $3::interval FROM generate_series(1, $2) AS n",
            prefix,
            count,
            age,
        )


async def left(world: World, prefix: str) -> int:
    query = "SELECT count(*) AS n FROM idempotency WHERE key LIKE $1 || '%'"
    return int((await world.fetch("toy", query, prefix))[0]["n"])


async def test_answers_of_two_days_ago_are_forgotten_in_portions(toys: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "BATCH", 4)
    await aged(toys, "old", 7, timedelta(hours=49))
    await aged(toys, "young", 3, timedelta(hours=47))
    database = toys.runtime("toy").database
    assert [await forget_answers(database) for _ in range(3)] == [4, 3, 0]
    assert (await left(toys, "old"), await left(toys, "young")) == (0, 3)


async def test_every_service_forgets_by_itself(toys: World) -> None:
    """At its start, and then every few minutes."""
    await aged(toys, "alone", 2, timedelta(hours=49))
    replica = Runtime(load_toy("toy"), toys.runtime("toy").settings)

    async def gone() -> bool:
        return await left(toys, "alone") == 0

    await replica.start()
    try:
        await toys.until(gone)
    finally:
        await replica.stop()
