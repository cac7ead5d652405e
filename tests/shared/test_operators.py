"""What operators do with facts that wait and records that nobody can read."""

from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.facts.envelope import lane_of
from shared.listen import waiting
from shared.listen.parking import Quarantined, Record, quarantine
from shared.listen.reactions import Heard
from shared.record.flush import Raced
from shared.web import parked
from tests.kit import reference
from tests.kit.toys.echo import reactions
from tests.kit.voice import Letter
from tests.shared.conftest import Echo

ADMIN, AUDITOR = "admin.ran", "audit.yan"


@pytest.fixture(scope="module", autouse=True)
async def _a_district(echo: Echo) -> None:
    async with echo.world.admin("echo") as admin:
        await reference.put(admin, "echo")
    runtime = echo.world.runtime("echo")
    await runtime.reference.load(runtime.database)


@pytest_asyncio.fixture(loop_scope="session")
async def operator(echo: Echo) -> AsyncIterator[httpx.AsyncClient]:
    async with echo.world.client("echo", ADMIN) as client:
        yield client


def bug(*counters: str) -> Callable[[], None]:
    """What mends it."""

    def raises(heard: Heard) -> None:
        if heard.fact.counter_id in counters:
            raise LookupError("a bug")

    reactions.FAULTS[counters[0]] = raises
    return lambda: reactions.FAULTS.clear()


async def all_pages(client: httpx.AsyncClient, path: str, limit: int = 2) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await client.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor}")).json()
        items += page["items"]
        assert len(page["items"]) <= limit
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize("key", ["/services/toy", "a/b", "a//b", "a/retry", "a%2Fb", "a b?c#d", "案件/一"])
async def test_a_case_with_a_slash_in_its_key_could_not_be_retried(
    echo: Echo, operator: httpx.AsyncClient, key: str
) -> None:
    mend = bug(key)
    await echo.voice.tell(key, 1)
    await echo.until_parked(key, "failed")
    mend()
    if set(key) & set("?#% "):
        answer = await operator.post("/v1/parked/retry", json={"key": key})
    else:
        answer = await operator.post(f"/v1/parked/{key}/retry")
    assert (answer.status_code, answer.json()["handled"]) == (200, 1)
    await echo.until_heard(key, 1)
    assert (await operator.post(f"/v1/parked/{key}/retry")).status_code == 404


async def test_an_escaped_slash_is_one_too(echo: Echo, operator: httpx.AsyncClient) -> None:
    mend = bug("esc/aped")
    await echo.voice.tell("esc/aped", 1)
    await echo.until_parked("esc/aped", "failed")
    mend()
    assert (await operator.post("/v1/parked/esc%2Faped/retry")).status_code == 200


async def test_all_cases_that_one_bug_has_stopped_are_retried_at_once(
    echo: Echo, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [f"bulk{n}" for n in range(5)]
    mend = bug(*keys)
    for key in keys:
        await echo.voice.tell(key, 1, 2)
        await echo.until_parked(key, "failed", "failed")
    answer = await operator.post("/v1/parked/retry", json={"type": "lianzhi.toy.added.v2", "problem": "LookupError"})
    assert answer.json() == {"handled": 0, "stopped": dict.fromkeys(keys, "LookupError"), "more": False}
    mend()
    monkeypatch.setattr(parked, "AT_ONCE", 3)
    answers = [(await operator.post("/v1/parked/retry", json={"problem": "LookupError"})).json() for _ in range(2)]
    assert answers == [
        {"handled": 6, "stopped": {}, "more": True},
        {"handled": 4, "stopped": {}, "more": False},
    ]
    for key in keys:
        await echo.until_heard(key, 1, 2)


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": "a\0b"}, {"type": 7}, {"else": "x"}, {"key": None}])
async def test_a_bulk_retry_says_of_what(operator: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await operator.post("/v1/parked/retry", json=body)).status_code == 422


async def test_a_retry_that_another_was_faster_than_is_tried_again(
    echo: Echo, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend = bug("raced")
    await echo.voice.tell("raced", 1)
    await echo.until_parked("raced", "failed")
    mend()
    flush, times = waiting.flush, iter(range(100))

    async def beaten(*given: Any) -> None:
        if next(times) < races:
            raise Raced
        await flush(*given)

    monkeypatch.setattr(waiting, "flush", beaten)
    races = 99
    assert (await operator.post("/v1/parked/raced/retry")).status_code == 429
    times, races = iter(range(100)), 3
    assert (await operator.post("/v1/parked/raced/retry")).json()["handled"] == 1
    await echo.until_heard("raced", 1)


async def test_more_than_a_page_waits(echo: Echo, operator: httpx.AsyncClient) -> None:
    mend = bug("pages", "others")
    await echo.voice.tell("others", 1)
    await echo.voice.tell("pages", *range(5))
    await echo.until_parked("pages", *["failed"] * 5)
    await echo.until_parked("others", "failed")
    every = await all_pages(operator, "/v1/parked")
    assert [row["id"] for row in every] == sorted({row["id"] for row in every})
    assert {"pages", "others"} <= {row["key"] for row in every}
    of_one = await all_pages(operator, "/v1/parked?key=pages&cause=failed")
    assert [row["sequence"] for row in of_one] == sorted(row["sequence"] for row in of_one)
    assert len(of_one) == 5
    assert await all_pages(operator, "/v1/parked?key=pages&cause=hole") == []
    assert (await operator.get("/v1/parked?cursor=nonsense")).status_code == 422
    mend()
    for key in ("pages", "others"):
        await operator.post(f"/v1/parked/{key}/retry")


async def test_a_lane_that_waits_for_a_lost_fact_is_shown_and_goes_on_without_it(
    echo: Echo, operator: httpx.AsyncClient
) -> None:
    echo.voice.added("lost", 1)
    await echo.voice.tell("lost", 2)
    await echo.until_parked("lost", "hole")
    lane = {"source": "/services/toy", "topic": "cases", "lane": lane_of("lost")}
    [hole] = [hole for hole in (await operator.get("/v1/holes")).json() if hole["lane"] == lane["lane"]]
    assert (hole["first"], hole["last"], hole["waiting"]) == (1, 1, 1)
    async with echo.world.client("echo", AUDITOR) as auditor:
        assert (await auditor.get("/v1/holes")).status_code == 200
        assert (await auditor.post("/v1/holes/skip", json=lane)).status_code == 403
    for wrong in ({}, {**lane, "lane": 256}, {**lane, "source": "a\0b"}):
        assert (await operator.post("/v1/holes/skip", json=wrong)).status_code == 422
    assert (await operator.post("/v1/holes/skip", json=lane)).status_code == 204
    await echo.until_heard("lost", 2)
    assert (await operator.post("/v1/holes/skip", json=lane)).status_code == 404


async def unreadable(echo: Echo, count: int) -> list[dict[str, Any]]:
    """That many records without an envelope, as they are listed."""
    headers = [("ce_id", b"\xff\x00"), ("nothing", None)]
    garbage = [Letter("cases", n % 8, b"k\xff", f"garbage {n}".encode(), headers) for n in range(count)]  # type: ignore[arg-type]
    before = len(await echo.world.fetch("echo", "SELECT 1 FROM quarantine"))
    await echo.voice.send(*garbage)

    async def there() -> list[dict[str, Any]] | None:
        rows = await echo.world.fetch("echo", 'SELECT * FROM quarantine ORDER BY quarantined_at, partition, "offset"')
        return rows[before:] if len(rows) == before + count else None

    return await echo.world.until(there)


def place(row: dict[str, Any]) -> str:
    return f"/v1/quarantine/{row['topic']}/{row['partition']}/{row['offset']}"


async def test_quarantine_is_paged(echo: Echo, operator: httpx.AsyncClient) -> None:
    await unreadable(echo, 5)
    listed = await all_pages(operator, "/v1/quarantine")
    places = [(row["topic"], row["partition"], row["offset"]) for row in listed]
    assert len(places) == len(set(places)) >= 5
    assert (await operator.get("/v1/quarantine?cursor=nonsense")).status_code == 422


async def test_a_record_in_quarantine_could_only_be_listed(
    echo: Echo, operator: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    [row] = await unreadable(echo, 1)
    capfd.readouterr()
    found = (await operator.get(place(row))).json()
    assert b64decode(found["value"]) == b"garbage 0"
    assert b64decode(found["key"]) == b"k\xff"
    assert found["headers"] == [["ce_id", "/wA="], ["nothing", None]]
    assert found["decision"] is None
    [line] = [line for line in capfd.readouterr().out.splitlines() if "was opened" in line]
    assert f"by='{ADMIN}'" in line
    assert f"offset={row['offset']}" in line
    async with echo.world.client("echo", AUDITOR) as auditor:
        assert (await auditor.get(place(row))).status_code == 403
        assert (await auditor.get("/v1/quarantine")).status_code == 200
    for nowhere in ("/v1/quarantine/cases/0/999999", f"/v1/quarantine/cases/0/{2**63 - 1}"):
        assert (await operator.get(nowhere)).status_code == 404
    for wrong in ("/v1/quarantine/cases/x/1", f"/v1/quarantine/cases/0/{2**63}", "/v1/quarantine/cases/-1/0"):
        assert (await operator.get(wrong)).status_code == 422


async def test_a_record_is_dealt_with_by_somebody_for_a_reason_once(echo: Echo, operator: httpx.AsyncClient) -> None:
    done, left = await unreadable(echo, 2)
    async with echo.world.client("echo", AUDITOR) as auditor:
        assert (await auditor.post(f"{place(done)}/dealt-with", json={"why": "x"})).status_code == 403
    for body in ({}, {"why": ""}, {"why": "a\0b"}, {"why": "x" * 6000}):
        assert (await operator.post(f"{place(done)}/dealt-with", json=body)).status_code == 422
    why = "张工的旧系统写错了主题,已停用。"
    assert (await operator.post(f"{place(done)}/dealt-with", json={"why": why})).status_code == 204
    again = await operator.post(f"{place(done)}/dealt-with", json={"why": "another reason"})
    assert (again.status_code, again.json()["code"]) == (409, "already-there")
    assert (await operator.post("/v1/quarantine/cases/0/999999/dealt-with", json={"why": "x"})).status_code == 404
    decision = (await operator.get(place(done))).json()["decision"]
    assert (decision["by"], decision["why"]) == (ADMIN, why)
    open_ = await all_pages(operator, "/v1/quarantine?dealt_with=false")
    assert place(left) in [place(row) for row in open_]
    assert [place(row) for row in await all_pages(operator, "/v1/quarantine?dealt_with=true")] == [place(done)]
    facts = await echo.world.until(
        lambda: echo.world.fetch("echo", "SELECT * FROM log WHERE type = 'lianzhi.echo.record-dealt-with.v1'")
    )
    assert [fact["topic"] for fact in facts] == ["accesses"]
    assert "张工".encode() not in facts[0]["data"], "words stay out of facts"
    assert (await operator.get(place(done))).json()["decision"]["why"] == why, "also once it is in the log"
    assert (await operator.post(f"{place(done)}/dealt-with", json={"why": "late"})).status_code == 409


async def test_a_record_that_is_dealt_with_stays_so_when_the_topic_is_read_again(
    echo: Echo, operator: httpx.AsyncClient
) -> None:
    """Reading from the beginning meets it again; the row with the decision is still there."""
    [row] = await unreadable(echo, 1)
    await operator.post(f"{place(row)}/dealt-with", json={"why": "garbage"})
    record = Record("cases", row["partition"], row["offset"], row["key"], (), row["value"])
    async with echo.world.runtime("echo").database.transaction() as connection:
        await quarantine(connection, [Quarantined(record, "met again")])
    listed = await all_pages(operator, "/v1/quarantine?dealt_with=false", 100)
    assert place(row) not in [place(each) for each in listed]
