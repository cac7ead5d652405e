"""What is said of a failure, and which failures are whose: the work's, the moment's, the environment's."""

import asyncio
import errno
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
import structlog
from sqlalchemy import text

from shared.record.database import Database, Unreachable, is_environment, is_transient
from shared.refusals.failures import describe, where
from shared.web.logs import without_data
from shared.world.world import WorldClock
from tests.kit.toys.toy.model import TooLarge
from tests.kit.world import World

SECRET = "secret-zhangsan"


async def add(toys: World, counter: str, amount: int = 1, **headers: str) -> httpx.Response:
    async with toys.client("toy") as client:
        return await client.post(f"/v1/counters/{counter}/add", json={"amount": amount}, headers=headers)


async def error_of(toys: World, query: str, *values: object) -> BaseException:
    async with toys.runtime("toy").database.plain() as connection:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is the question
            await connection.fetch(query, *values)
    return caught.value


@asynccontextmanager
async def without_a_column(toys: World) -> AsyncIterator[None]:
    """As a database is to new code before its migration."""
    async with toys.admin("toy") as admin:
        await admin.execute("ALTER TABLE counter RENAME COLUMN total TO sum")
        try:
            yield
        finally:
            await admin.execute("ALTER TABLE counter RENAME COLUMN sum TO total")


async def test_a_whole_row_was_in_the_log(toys: World, capfd: pytest.CaptureFixture[str]) -> None:
    answer = await add(toys, SECRET, 666, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    logged = "".join(capfd.readouterr())
    assert answer.status_code == 500
    assert SECRET not in logged + answer.text
    [line] = [line for line in logged.splitlines() if "a request failed" in line]
    assert "CheckViolationError 23514: table counter, constraint not_the_beast" in line
    assert "shared/record/flush.py" in line
    assert "'/v1/counters/{id}/add'" in line
    assert answer.headers["x-request-id"] in line
    assert "a" * 32 in line


async def test_a_failed_request_has_its_id_and_is_counted_as_what_it_was(toys: World) -> None:
    await add(toys, "counted", 666)
    async with without_a_column(toys):
        answer = await add(toys, "counted", 1)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])
    async with toys.client("toy") as client:
        metrics = (await client.get("/metrics")).text
    route = 'http_request_seconds_count{method="POST",route="/v1/counters/{id}/add"'
    assert {f'{route},status="{status}"}}' for status in (500, 503)} <= {
        line.rpartition(" ")[0] for line in metrics.splitlines()
    }


async def test_a_refusal_that_cannot_be_looked_up_is_answered_too(toys: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who repeats a request is told what it was answered first; that look may fail as well."""

    @asynccontextmanager
    async def away() -> AsyncIterator[Any]:
        raise Unreachable("no connection to the database")
        yield

    monkeypatch.setattr(toys.runtime("toy").database, "plain", away)
    async with toys.client("toy") as client:
        answer = await client.post("/v1/counters/x/add", json={"amount": "many"}, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 422
        answer = await client.post("/v1/counters/x/add", json={"amount": 1}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    assert answer.headers["x-request-id"]


async def test_what_is_refused_before_any_route_has_an_id_too(toys: World) -> None:
    async with toys.client("toy") as client:
        nul = await client.get("/v1/counters/a%00b")
        large = await client.post("/v1/counters/a/add", content=b"x" * (13 * 1024 * 1024))
    assert [nul.status_code, large.status_code] == [400, 413]
    assert all(answer.headers["x-request-id"] for answer in (nul, large))


async def test_a_failure_before_the_route_is_answered_and_said(
    toys: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(self: WorldClock) -> None:
        raise LookupError(SECRET)

    monkeypatch.setattr(WorldClock, "now", broken)
    answer = await add(toys, "x")
    assert answer.status_code == 500
    logged = "".join(capfd.readouterr())
    assert answer.headers["x-request-id"] in logged
    assert SECRET not in logged


async def test_what_a_library_logs_of_a_failure_is_without_data(toys: World) -> None:
    error = await error_of(toys, "INSERT INTO counter (id, version, state, total) VALUES ($1, 1, '{}', 666)", SECRET)
    assert SECRET in str(error.detail)  # type: ignore[attr-defined]
    event = without_data(None, "error", {"event": "Exception in ASGI application", "exc_info": error})
    assert event["error"].startswith("CheckViolationError 23514")
    assert SECRET not in str(event)
    assert "exc_info" not in event


@pytest.mark.parametrize(
    ("query", "values", "said"),
    [
        ("SELECT $1::int", (SECRET,), "DataError"),
        ("SELECT ($1::text)::int", (SECRET,), "InvalidTextRepresentationError 22P02"),
        ("SELECT nothing FROM counter WHERE id = $1", (SECRET,), "does not exist"),
    ],
)
async def test_the_description_of_an_error_holds_no_argument(
    toys: World, query: str, values: tuple[object, ...], said: str
) -> None:
    error = await error_of(toys, query, *values)
    assert said in describe(error)
    assert SECRET not in describe(error) + where(error)


def test_the_description_tells_what_it_came_from_and_our_own_words() -> None:
    assert describe(TooLarge(7)) == "TooLarge: 7 is too large"
    assert describe(LookupError(SECRET)) == "LookupError"
    try:
        try:
            raise ConnectionRefusedError(errno.ECONNREFUSED, SECRET)
        except OSError as cause:
            raise Unreachable("no connection to the database") from cause
    except Unreachable as error:
        told = describe(error)
    assert told == "Unreachable: no connection to the database from ConnectionRefusedError: Connection refused"
    circle = LookupError()
    circle.__cause__ = ValueError()
    circle.__cause__.__cause__ = circle
    assert describe(circle) == "LookupError from ValueError"


def test_the_processor_leaves_other_lines_alone() -> None:
    event: structlog.types.EventDict = {"event": "answered", "exc_info": None}
    assert without_data(None, "info", event) == {"event": "answered"}


async def test_a_bug_in_a_statement_is_no_absence_of_the_database(toys: World) -> None:
    wrong_count = await error_of(toys, "SELECT $1::int, $2::int", 1)
    assert "the server expects 2 arguments" in str(wrong_count)
    for error in (wrong_count, FileNotFoundError(errno.ENOENT, "a file"), PermissionError(errno.EACCES, "a file")):
        assert not is_transient(error)
        assert not is_environment(error)


async def test_a_closed_connection_is_the_moments_fault(toys: World) -> None:
    connection = await asyncpg.connect(toys.admin_url)
    await connection.close()
    with pytest.raises(asyncpg.InterfaceError) as caught:
        await connection.fetch("SELECT 1")
    assert is_transient(caught.value)
    assert is_transient(OSError(errno.EMFILE, "too many open files"))
    assert is_transient(asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))


@pytest.mark.parametrize("url", ["postgresql://x@127.0.0.1:1/x", "postgresql://x@/x?host=/nowhere"])
async def test_a_server_that_is_not_there_is_the_moments_fault_by_whatever_way(url: str) -> None:
    """Also the file of a socket that is gone, or each of several addresses."""
    database = Database(url)
    for connecting in (database.plain, database.reading):
        with pytest.raises(Unreachable) as caught:
            async with connecting():
                pass
        assert is_transient(caught.value)
    await database.close()


Doing = Callable[[asyncpg.Connection], Awaitable[Any]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT later FROM counter",
        "SELECT 1 FROM not_yet",
        "SELECT not_yet(1)",
        "SELECT 1::not_yet",
        "SELECT 1 FROM nowhere.counter",
        "DELETE FROM log",
        "INSERT INTO counter (id, version, state, total) VALUES ('x', 1, '{}', 1) ON CONFLICT (version) DO NOTHING",
        "UPDATE counter SET total = 'x'::text",
    ],
)
async def test_code_before_its_migration_or_without_its_grant_is_the_environments_fault(
    toys: World, query: str
) -> None:
    error = await error_of(toys, query)
    assert is_environment(error)
    assert not is_transient(error)
    async with toys.runtime("toy").database.reading() as connection:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - SQLAlchemy's, around the same
            await connection.execute(text(query))
    assert is_environment(caught.value)


async def test_what_a_value_does_is_not_the_environments_fault(toys: World) -> None:
    for query in ("SELECT 1 / 0", "SELECT 'x'::int", "INSERT INTO counter (id) VALUES (NULL)"):
        error = await error_of(toys, query)
        assert not is_environment(error)
        assert not is_transient(error)


async def test_a_transaction_whose_beginning_is_interrupted_leaves_no_trace_in_the_pool(toys: World) -> None:
    """The driver takes it for begun, the server does not: whoever got that connection next would be refused."""
    database = toys.runtime("toy").database

    async def interrupted() -> None:
        async with database.plain() as connection:
            beginning = connection.transaction(isolation="repeatable_read")
            asyncio.current_task().cancel()  # type: ignore[union-attr]
            await beginning.start()

    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(interrupted())
    for _ in range(10):
        async with database.reading() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
